"""What tests of the preview share: a browser on this machine that asks the application."""

import asyncio
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send


@dataclass(frozen=True)
class Client:
    """Asks the application as a browser on this machine does; with ``phone``, as somebody whom the door let in."""

    application: Starlette
    phone: bool = False

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers)

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def told(scope: Scope, receive: Receive, send: Send) -> None:
            await self.application({**scope, "state": {"phone": self.phone}}, receive, send)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(told)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(ask())

"""Leaving with one click (RFC 8058), many at once: those that come in together are kept in one transaction.

In the hour after an issue went out many leave, each by a request of his mail program. While one transaction is written
the next requests gather, and share the next one. Nobody is answered before his leaving is kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter.audience.leaving import leave_together
from newsletter.audience.occasion import Occasion
from newsletter.errors import StoreError
from newsletter.links import verify
from newsletter.store.database import Store
from newsletter.web.public import asked, shield
from newsletter.web.public.page import NO_STORE
from newsletter.web.public.service import Service

MOST = 24
"""So many leavings go into one transaction: so few that others are read meanwhile, instead of all waiting in step."""

AT_ONCE = 4
"""So many transactions are written at the same time where the database can; SQLite has one writer."""

Endpoint = Callable[[Request], Awaitable[Response]]
Leaving = tuple[str, Occasion]
"""A subscriber id, and how he leaves."""


_Waiting = tuple[Leaving, "asyncio.Future[None]"]


class Together:
    """Keeps leavings, those that come in together in one transaction. It belongs to one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writers = 1 if store.file else AT_ONCE
        self._waiting: list[_Waiting] = []
        self._writing = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def leave(self, leaving: Leaving) -> None:
        """Return once it is kept. Raises: StoreError."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((leaving, kept))
        if self._writing < self._writers:
            self._writing += 1
            task = asyncio.create_task(self._write())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await kept

    async def _write(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._write_some(some)
        finally:
            self._writing -= 1  # here and at once: who comes next begins a new one

    async def _write_some(self, some: Sequence[_Waiting]) -> None:
        try:
            await run_in_threadpool(self._keep, [leaving for leaving, _ in some])
        except Exception as error:
            if isinstance(error, StoreError) or len(some) == 1:
                _tell(some, error)
                return
            for one in some:  # what one of them is at fault for, the others have no part in
                await self._write_some([one])
        else:
            _tell(some, None)

    def _keep(self, leavings: Sequence[Leaving]) -> None:
        with self._store.writing() as transaction:
            leave_together(transaction, dict(leavings))


def _tell(some: Sequence[_Waiting], error: Exception | None) -> None:
    """Tell those who still wait that their leaving is kept, or why not."""
    for _, kept in some:
        if not kept.done():
            kept.set_exception(error) if error else kept.set_result(None)


def before(service: Service, otherwise: Endpoint) -> Endpoint:
    """Answer what a mail program posts with a link of ours; whatever else comes is dealt with otherwise."""
    together = Together(service.store)

    async def endpoint(request: Request) -> Response:
        read = await asked.read(request, shield.origin(request.scope, service.config.web.proxies))
        who = verify(service.keys, "leave", read.token)
        if who is None or read.form.get("List-Unsubscribe") != "One-Click":
            return await otherwise(request)
        await together.leave((who, service.occasion("one-click", origin=read.origin)))
        return PlainTextResponse("Unsubscribed.\n", headers=NO_STORE)

    return endpoint

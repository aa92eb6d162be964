"""Takes what providers call with: verified, kept as it came, and answered at once; what follows from it comes later.

Whoever calls is believed by two things: the address, which ends with a secret, and his signature. Neither would do by
itself: addresses come to lie in logs, and not every provider signs all of what it tells. A call whose keeping failed is
answered with an error, and comes again. One that was kept is answered with 200: to some (Mailgun) no other status of
success is one.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from newsletter import links
from newsletter.errors import StoreError
from newsletter.links import Key
from newsletter.providers._base import Call, Forged, Receiver
from newsletter.store import webhooks
from newsletter.store.database import Store
from newsletter.store.webhooks import Called
from newsletter.web.together import Together

_LOG = logging.getLogger(__name__)


class Webhooks:
    """The endpoint ``/webhooks/<provider>/<secret>`` of one application. It belongs to one event loop.

    ``receivers`` understand the calls of providers, by their names, and one of ``keys`` made the secrets of their
    addresses; ``now`` tells aware UTC. ``apply`` does what follows from all that was kept, and may raise anything.
    ``keeping`` and ``applying`` are the threads for it.
    """

    def __init__(
        self,
        receivers: Mapping[str, Receiver],
        store: Store,
        *,
        keys: Sequence[Key],
        now: Callable[[], datetime],
        apply: Callable[[], object],
        keeping: CapacityLimiter,
        applying: CapacityLimiter,
    ) -> None:
        self._receivers, self._store, self._keys = receivers, store, keys
        self._now, self._apply = now, apply
        self._together = Together(self._keep, keeping)
        self._applying = applying
        self._task: asyncio.Task[None] | None = None
        self._more = False

    async def take(self, request: Request) -> Response:
        """Keep a genuine call, once.

        Raises: HTTPException (404) for a provider that is not listened to, and for an address that is not ours.
        """
        name, secret = request.path_params["provider"], request.path_params["secret"]
        receiver = self._receivers.get(name)
        if receiver is None or not links.verify_webhook(self._keys, name, secret):
            raise HTTPException(404)
        headers = {key.lower(): value for key, value in request.headers.items()}
        call = Call(headers=headers, body=await request.body(), at=self._now())
        try:
            key = receiver.genuine(call)
        except Forged as forged:
            about = {"event": "webhook_forged", "provider": name}
            _LOG.warning("A call was not believed. %s %s", forged.sentence, forged.hint, extra=about)
            return PlainTextResponse("Not signed as it should be.\n", 401)
        await self._together.keep(Called(provider=name, key=key, at=call.at, body=_text(call.body)))
        self._follow()
        return Response(status_code=200)

    def _keep(self, calls: Sequence[Called]) -> None:
        with self._store.writing() as transaction:
            webhooks.keep(transaction, calls)

    def _follow(self) -> None:
        """Begin to apply what was kept, unless that is under way: then once more after it."""
        self._more = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._apply_all())

    async def _apply_all(self) -> None:
        while self._more:
            self._more = False
            try:
                await run_sync(self._apply, limiter=self._applying)
            except Exception as error:  # it is kept, and applied with the next one, or by a worker
                words = error.sentence if isinstance(error, StoreError) else type(error).__name__
                _LOG.error("What was told could not be applied yet: %s", words, extra={"event": "webhooks_waiting"})


def _text(body: bytes) -> str:
    """A body as a database keeps it; what is no UTF-8, or a null byte, stands in no JSON."""
    return body.decode("utf-8", "replace").replace("\0", "\ufffd")

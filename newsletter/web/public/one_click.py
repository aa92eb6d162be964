"""Leaving with one click (RFC 8058), many at once: those that come in together are kept in one transaction.

In the hour after an issue went out many leave, each by a request of his mail program. While one transaction is written
the next requests gather, and share the next one. Nobody is answered before his leaving is kept.
"""

import asyncio
from collections.abc import Sequence

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.responses import PlainTextResponse, Response

from newsletter.audience.leaving import leave_together
from newsletter.audience.occasion import Occasion
from newsletter.errors import StoreError
from newsletter.links import verify
from newsletter.store.database import Store
from newsletter.web.public.asked import Asked
from newsletter.web.public.page import NO_STORE
from newsletter.web.public.service import Service

MOST = 24
"""So many leavings go into one transaction: so few that others are read meanwhile, instead of all waiting in step."""

Leaving = tuple[str, Occasion]
"""A subscriber id, and how he leaves."""

_Waiting = tuple[Leaving, "asyncio.Future[None]"]


class Together:
    """Keeps leavings, those that come in together in one transaction. It belongs to one event loop.

    ``threads`` are those that write: as many transactions are written at the same time, in SQLite one.
    """

    def __init__(self, store: Store, threads: CapacityLimiter) -> None:
        self._store, self._threads = store, threads
        self._writers = 1 if store.file else int(threads.total_tokens)
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
            await run_sync(self._keep, [leaving for leaving, _ in some], limiter=self._threads)
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


def understood(service: Service, read: Asked) -> Leaving | None:
    """Return who leaves when a mail program posts it with a link of ours; None when it is something else.

    It posts one field (RFC 8058 §3.2). No person chose what else may come with it, a reason say: that is left out.
    """
    who = verify(service.keys, "leave", read.token)
    if who is None or read.form.get("List-Unsubscribe") != "One-Click":
        return None
    return who, service.occasion("one-click", origin=read.origin)


def left() -> Response:
    """Answer a mail program: it needs no page, and whether he was there still makes no difference to it."""
    return PlainTextResponse("Unsubscribed.\n", headers=NO_STORE)

"""What comes in together is kept in one transaction: while one is written the next gathers, and shares the next one.

Nobody is answered before what he brought is kept.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from newsletter.errors import StoreError

MOST = 24
"""So many go into one transaction: so few that others are read meanwhile, instead of all waiting in step."""

T = TypeVar("T")


class Together(Generic[T]):
    """Keeps what comes in together. It belongs to one event loop.

    ``keep`` keeps some in one transaction of its own, in one of the ``threads``; at most ``writers`` do so at a time.
    """

    def __init__(self, keep: Callable[[Sequence[T]], None], threads: CapacityLimiter, *, writers: int = 1) -> None:
        self._keep, self._threads, self._writers = keep, threads, writers
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._writing = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, one: T) -> None:
        """Return once it is kept. Raises: StoreError, and whatever is wrong with this one."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, kept))
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

    async def _write_some(self, some: Sequence[tuple[T, asyncio.Future[None]]]) -> None:
        try:
            await run_sync(self._keep, [one for one, _ in some], limiter=self._threads)
        except Exception as error:
            if isinstance(error, StoreError) or len(some) == 1:
                _tell(some, error)
                return
            for one in some:  # what one of them is at fault for, the others have no part in
                await self._write_some([one])
        else:
            _tell(some, None)


def _tell(some: Sequence[tuple[T, asyncio.Future[None]]], error: Exception | None) -> None:
    """Tell those who still wait that it is kept, or why not."""
    for _, kept in some:
        if not kept.done():
            kept.set_exception(error) if error else kept.set_result(None)

"""Several workers on one PostgreSQL, each in a thread of this process: what the tests of tasks share.

All but the provider is real, the clock too, since the server has one. Of their tables of hints none is told by name.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from dispatched import Dispatch, Post
from sqlalchemy import text

from newsletter import readership
from newsletter.delivery.alert import Alerts
from newsletter.delivery.engine import Engine
from newsletter.delivery.events import Applied
from newsletter.delivery.mark import Mark
from newsletter.delivery.notices.courier import Courier
from newsletter.delivery.settle import Settler
from newsletter.delivery.stages import Stages
from newsletter.delivery.timing import Timing
from newsletter.links import verifying_keys
from newsletter.store.database import Store
from newsletter.worker import Duties, Parts
from newsletter.worker.roll import Roll
from newsletter.worker.sameness import Sameness
from newsletter.worker.tasks import Member

HEARTBEAT, RESCUE = timedelta(seconds=0.3), timedelta(minutes=10)
"""Nobody is taken for dead who is slow."""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Crowd:
    """A store with readers, and workers for it. ``tables`` are those of newsletter.toml."""

    store: Store
    root: Path
    tables: dict[str, dict[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        send = {"connections": 1, **self.tables.get("send", {})}
        quiet: dict[str, dict[str, object]] = {"newsletter": {"quiet": []}}
        self.office = Dispatch(self.store, self.root, now, {**quiet, **self.tables, "send": send})  # type: ignore[arg-type]
        self.config = self.office.config
        self.posts: list[Post] = []

    def member(self, *, post: Post | None = None, slots: int = 1, **how: object) -> Member:
        """A worker of its own process, as far as that can be had here, with a provider of its own."""
        self.posts.append(post or Post(clock=now))
        name = f"worker {len(self.posts)}"
        roll = Roll(self.store, Sameness.of(self.config), name=name, slots=slots, rescue=RESCUE)
        given = {"clock": now, "heartbeat": HEARTBEAT, "rescue": RESCUE, "often": 1, "roll": roll, **how}
        open_ = partial(self.duties, self.posts[-1])
        return Member(self.store, open_, slots=slots, **given)  # type: ignore[arg-type]  # each as it is told

    @contextmanager
    def duties(self, post: Post, notices: bool) -> Iterator[Duties]:
        """What a worker works with."""
        given = (self.store, lambda: post, self.config, verifying_keys(self.config))
        with (
            closing(Mark(self.root / "state", "test")) as mark,
            closing(Engine(*given, mark=mark, timing=Timing(clock=now))) as engine,
            closing(Settler(*given, clock=now)) as settler,
        ):
            courier = Courier(self.store, post, self.config, clock=now, draw=readership.draw)
            parts = Parts(
                engine=engine,
                settler=settler,
                stages=Stages(*given, clock=now),
                alerts=Alerts(self.store, given[1], self.config, clock=now),
                apply=lambda: Applied(calls=0, more=False),
                courier=courier if notices else None,
            )
            yield Duties(parts, clock=now)

    def press(self, *readers: str) -> int:
        """Press a run for readers, due at once."""
        self.office.readers(*readers)
        return self.office.press(now()).id

    @property
    def taken(self) -> list[str]:
        """The addresses that any provider took a mail for, one after the other."""
        return [message.subscriber.address for post in self.posts for _, message in post.taken]

    def on_hints(self, statement: str) -> list[tuple[object, ...]]:
        """Do something with the tables of hints."""
        with self.store.alone() as transaction:
            transaction.execute(text("SET LOCAL search_path TO procrastinate"))
            found = transaction.execute(text(statement))
            return [tuple(row) for row in found] if found.returns_rows else []


@contextmanager
def working(*members: Member, stop: threading.Event | None = None) -> Iterator[None]:
    """Workers that work meanwhile, and end in order. Raises: what one of them ended by."""
    stop, errors = stop or threading.Event(), []

    def work(member: Member) -> None:
        try:
            member.run(stop)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(member,)) for member in members]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]

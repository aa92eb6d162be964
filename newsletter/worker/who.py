"""Who works on a store: on a file whoever holds its lock, on PostgreSQL whoever is in the roll.

A `send` is in no roll; there it is seen while it has requests under way.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from newsletter.delivery.claimer import Claimer
from newsletter.store import workers
from newsletter.store.database import Store
from newsletter.store.workers import Entered

_NAME = re.compile(r"(?P<machine>.+):(?P<pid>\d+):[0-9a-f]{8}")
"""What whoever makes requests is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """One that works: the ``command`` it is, on which machine, since when; all moments are aware UTC.

    Of whoever works on a file no more is known, and of a `send` on PostgreSQL only ``since`` when the first request was
    made that it has under way. ``waits`` says why it takes no work, empty when it does. One that is ``lost`` died
    lately, or cannot reach the database; it was ``seen`` last.
    """

    command: str
    machine: str
    pid: int
    since: datetime
    seen: datetime | None = None
    version: str | None = None
    slots: int | None = None
    doing: tuple[str, ...] = ()
    waits: str = ""
    lost: bool = False

    @property
    def works(self) -> bool:
        """Whether it takes work."""
        return not self.waits and not self.lost


def look(store: Store) -> tuple[Present, ...]:
    """Return those who work, in the order in which they began, then those who are lost. Raises: StoreError."""
    if store.file is not None:
        holder = Claimer(store.file).who()
        if holder is None:
            return ()
        since = datetime.fromisoformat(holder.since)
        return (Present(command=holder.command, machine=holder.machine, pid=holder.pid, since=since),)
    with store.reading() as transaction:
        living, lost, apart = workers.living(transaction), workers.lost(transaction), workers.apart(transaction)
    sending = (_sender(found, since) for name, since in apart.items() if (found := _NAME.fullmatch(name)))
    return (*(_present(one) for one in living), *sending, *(_present(one, lost=True) for one in lost))


def _sender(name: re.Match[str], since: datetime) -> Present:
    return Present(command="send", machine=name["machine"], pid=int(name["pid"]), since=since)


def _present(one: Entered, *, lost: bool = False) -> Present:
    return Present(
        command="worker",
        machine=one.machine,
        pid=one.pid,
        since=one.since,
        seen=one.seen,
        version=one.version,
        slots=one.slots,
        doing=one.doing,
        waits=one.waits,
        lost=lost,
    )

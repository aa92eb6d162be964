"""What one process remembers of a run while it sends it: how its messages are made, and how it goes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from newsletter.config import Config
from newsletter.delivery.copies import Copies
from newsletter.delivery.health import Window
from newsletter.errors import StoreError
from newsletter.links import Key
from newsletter.model.ledger import Delivery, Run
from newsletter.providers._base import Capabilities
from newsletter.store import editions
from newsletter.store.database import Transaction

_OWN = 2_000
"""Bytes that a reader's own headers and values take at most, beside the edition."""


@dataclass(slots=True)
class Course:
    """One run's. ``batch`` is how many readers a request holds; ``at_most`` how many go together with one who was
    among those of whom one is at fault, until he has his answer."""

    copies: Copies
    window: Window
    batch: int
    at_most: dict[int, int] = field(default_factory=dict)

    def batches(self, readers: Sequence[Delivery]) -> Iterator[tuple[Delivery, ...]]:
        """Cut readers into requests, in their order."""
        rest = list(readers)
        while rest:
            size = min(self.batch, self.at_most.get(rest[0].seq, self.batch))
            yield tuple(rest[:size])
            del rest[:size]

    def halve(self, readers: Sequence[Delivery]) -> None:
        """Have readers of whom one is at fault go in two halves the next time."""
        self.at_most |= dict.fromkeys((one.seq for one in readers), (len(readers) + 1) // 2)

    def forget(self, readers: Sequence[Delivery]) -> None:
        """Nobody of these is at fault, or he is refused."""
        for reader in readers:
            self.at_most.pop(reader.seq, None)


class Courses:
    """The courses of all runs that a process sends."""

    def __init__(self, config: Config, keys: Sequence[Key], capabilities: Capabilities) -> None:
        self._config, self._keys, self._capabilities = config, keys, capabilities
        self._known: dict[int, Course] = {}

    def of(self, transaction: Transaction, run: Run) -> Course:
        """Return a run's course. Raises: ConfigError without the key of its links; StoreError for another edition."""
        if run.id not in self._known:
            self._known[run.id] = self._begin(transaction, run)
        return self._known[run.id]

    def begin_anew(self, run: int) -> None:
        """Forget how a run went so far."""
        if course := self._known.get(run):
            course.window = Window(self._config.send.stop_at.refused)

    def _begin(self, transaction: Transaction, run: Run) -> Course:
        try:
            edition = editions.load(transaction, run.edition)
        except LookupError:
            edition = None
        if edition is None or edition.fingerprint != run.edition:
            raise StoreError(
                f"The edition of run {run.id} is not what was pressed: it has another fingerprint.",
                "Something else than newsletter wrote to the database: restore a backup, or cancel the run.",
            )
        copies = Copies(edition, run, self._keys)
        asked, whole = self._capabilities, copies.size * 2
        once, each = (whole, _OWN) if asked.substitutes else (0, whole + _OWN)
        return Course(
            copies=copies,
            window=Window(self._config.send.stop_at.refused),
            batch=max(1, min(asked.batch_messages, (asked.batch_bytes - once) // each)),
        )

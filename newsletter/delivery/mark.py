"""The highest number of an attempt that this machine ever made, in a file outside the database.

A database that was restored from a backup does not know of the mails that left since; sending from it would mail
their readers again. It knows fewer attempts than the file, and that is how it is found out.

The number is written before a request leaves and after its intent was committed. No `fsync` is waited for: a machine
that loses its power may lose the newest number, and then the file is behind the database, which does no harm.
"""

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from newsletter.errors import ConfigError, StoreError
from newsletter.store import attempts
from newsletter.store.database import Store

STATE = "NEWSLETTER_STATE"
"""The variable of the environment that names the folder, should the usual places not do."""

_WIDTH = 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Restored(StoreError):
    """The database is older than what this machine has sent from it."""

    def __init__(self, *, known: int, sent: int, file: Path) -> None:
        super().__init__(
            f"This database knows {known} requests to the provider, and this machine has made {sent} from it: it was "
            "restored from a backup, or is an older copy. Sending from it could mail readers again.",
            "See docs/operations.md, “A restored database”; then say: newsletter runs settle --restored --reason “…”. "
            f"The number stands in {file}.",
        )
        self.sent = sent


class Mark:
    """The file of one database; ``identity`` is what the database calls itself."""

    def __init__(self, folder: Path, identity: str) -> None:
        """Make the folder and the file when they are not there.

        Raises: ConfigError when that is not possible; StoreError while the disk is full.
        """
        self.file = folder / identity
        with ExitStack() as opened, _explained(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600)
            opened.callback(self.close)
            self.lift(0)  # a disk that is full says so now, and not when an intent stands
            opened.pop_all()

    @property
    def number(self) -> int:
        """The highest number in the file, 0 before the first."""
        with suppress(ValueError):
            return int(os.pread(self._descriptor, _WIDTH, 0))
        return 0

    def refuse_older(self, known: int, sent: int) -> None:
        """Raises: Restored when the database knows a lower number than the file did before it was asked."""
        if known < sent:
            raise Restored(known=known, sent=sent, file=self.file)

    def refuse_restored(self, store: Store) -> None:
        """Raises: Restored when a database knows of fewer requests than were made from it; StoreError."""
        sent = self.number  # read first: another process may be making more of them right now
        with store.reading() as transaction:
            self.refuse_older(attempts.highest(transaction), sent)

    def lift(self, number: int) -> None:
        """Write a higher number down; a lower one changes nothing. Several processes may do so at a time."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            if number > self.number or not os.fstat(self._descriptor).st_size:
                os.pwrite(self._descriptor, f"{number:0{_WIDTH}d}".encode(), 0)
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        sentence = f"The state of sending cannot be kept in {folder}: {error.strerror}."
        if error.errno in _FULL:
            raise StoreError(sentence, "Make room on that disk.") from None
        raise ConfigError(sentence, f"Name a folder that the program may write to in {STATE}.") from None


def folder(environment: Mapping[str, str], home: Path) -> Path:
    """Return where the files lie: what the environment names, as systemd and XDG do, else below the home folder."""
    for variable, below in ((STATE, ""), ("STATE_DIRECTORY", ""), ("XDG_STATE_HOME", "newsletter")):
        if named := environment.get(variable):
            return Path(named.split(":")[0]) / below
    return home / ".local" / "state" / "newsletter"

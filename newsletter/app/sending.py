"""What sends an issue, and what rehearses it."""

import secrets
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from newsletter.app.at_hand import get_own, now, who
from newsletter.app.database import has_store, store
from newsletter.app.way_out import provider
from newsletter.app.working import refuse_restored
from newsletter.build import Built
from newsletter.config import Config
from newsletter.errors import StoreError, UsageError
from newsletter.model.mail import Message
from newsletter.providers._base import Provider
from newsletter.send import testmail
from newsletter.send.testmail import Answered
from newsletter.workspace import Workspace

if TYPE_CHECKING:
    from newsletter.audience.mailing import Mailing
    from newsletter.send.pressing import Proposal, Wish
    from newsletter.send.rehearsal import Rehearsal
    from newsletter.store.database import Store

FIRST_MESSAGES = 50
"""Of so many messages a rehearsal keeps the files, and of the largest."""

_REHEARSAL, _LEDGER = "rehearsal-", "ledger.db"


@contextmanager
def mailing(
    workspace: Workspace, built: Built, *, file: Path | None = None, to: str | None = None
) -> Iterator["Mailing"]:
    """Whom a rehearsal of a built issue is for: the readers of a file, else the list of readers or a segment of it.

    Where there is no list yet, the sample readers. They are copied into a list of the rehearsal's own, which goes with
    it. Raises: UsageError, ContentError, ConfigError, StoreError.
    """
    from newsletter.audience import mailing as filled
    from newsletter.delivery.lifecycle import Calendar

    config, date = workspace.config, built.message.letterhead.date
    day = Calendar.of(config).allowed(date).astimezone(config.newsletter.time_zone).date()
    of_list = file is None and (bool(to) or has_store(config))
    file = file or workspace.sample_readers
    if not of_list and not file.exists():
        raise UsageError(f"There is no list of readers {file}.", "Name a file with --list.")
    with _own_list(workspace.build_folder(built.issue.name)) as own:
        if of_list:
            with store(config) as listed:
                found = filled.of_list(listed, own, to, config, issue=built.issue.name, day=day)
        else:
            found = filled.of_file(file, own, day=day)
        yield found


@contextmanager
def _own_list(folder: Path) -> Iterator["Store"]:
    """An empty list in a folder of its own within one, which goes with it; what killed rehearsals left goes before.

    It holds its lock until then, so that it is known to be in use. Raises: StoreError.
    """
    from newsletter.delivery.claimer import Claimer
    from newsletter.store import migrate
    from newsletter.store.database import Store

    try:
        _clear_left(folder.parent)
        folder.mkdir(parents=True, exist_ok=True)
        made = TemporaryDirectory(prefix=_REHEARSAL, dir=folder)
    except OSError as error:
        raise StoreError(f"Nothing can be rehearsed in {folder}: {error.strerror}.", "Make it yours.") from None
    with made as name:
        file = Path(name) / _LEDGER
        with Claimer(file).hold("send --dry-run", at=now()), closing(Store(file, lasting=False)) as own:
            migrate.create(own)
            yield own


def _clear_left(builds: Path) -> None:
    """Remove the lists of rehearsals that were killed, of any issue."""
    from newsletter.delivery.claimer import Claimer

    for file in builds.glob(f"*/{_REHEARSAL}*/{_LEDGER}"):
        if Claimer(file).who() is None:
            shutil.rmtree(file.parent, ignore_errors=True)


def rehearse(
    workspace: Workspace, built: Built, mailing: "Mailing", *, keep_all: bool, progress: Callable[[int], object]
) -> "tuple[Rehearsal, Path]":
    """Rehearse sending a built issue; return also the outbox's folder. Raises: as `rehearsal.rehearse`."""
    from newsletter.providers import outbox
    from newsletter.send import rehearsal

    folder = workspace.build_folder(built.issue.name) / "outbox"
    box = outbox.Settings(folder=folder, keep=None if keep_all else FIRST_MESSAGES)
    return rehearsal.rehearse(built, mailing, workspace.config, box=box, progress=progress), folder


@contextmanager
def list_to_send_to(config: Config) -> Iterator["Store"]:
    """The list of readers, for a real send.

    Raises: ConfigError with all that is missing; StoreError without a list, or with one that must not be sent from.
    """
    from newsletter.send import pressing

    with store(config) as opened:
        pressing.refuse_unready(config, opened)
        refuse_restored(config, opened)
        yield opened


def propose(workspace: Workspace, store: "Store", wish: "Wish") -> "Proposal":
    """Find out all that is to be known of a run before it is pressed. Raises: as `pressing.propose`."""
    from newsletter.send import pressing

    presser = pressing.Presser(name=who(), machine=socket.gethostname(), at=now(), token=secrets.token_hex(8))
    with closing(provider(workspace.config)) as connected:
        return pressing.propose(wish, presser, workspace, store, connected, fetch=get_own(workspace.config))


@contextmanager
def test_mail(
    workspace: Workspace, built: Built, named: Sequence[str]
) -> Iterator[tuple[tuple[Message, ...], Provider]]:
    """The test mail of a built issue for those named, else the configured testers, and its provider while it is open.

    Publishes the pictures and fetches them, and sends nothing. Raises: UsageError, ConfigError, ContentError.
    """
    config = workspace.config
    testers = testmail.testers(named, config)
    with closing(provider(config)) as connected:
        yield testmail.compose(built, testers, config, now=now(), fetch=get_own(config), token=_token), connected


def send_test(messages: Sequence[Message], provider: Provider) -> Iterator[Answered]:
    """Send a test mail; one answer a message, same order, as soon as it is known."""
    return testmail.send(messages, provider, token=_token)


def _token() -> str:
    return secrets.token_hex(12)

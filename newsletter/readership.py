"""What the commands on the list of readers do: the configuration, the store and ``audience/`` brought together."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from newsletter import addresses
from newsletter.audience import erasure, retention, takeback, transfer
from newsletter.audience.consent import Newcomer
from newsletter.audience.erasure import LEAST, VARIABLE, EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.audience.reading import values
from newsletter.audience.reading.values import Unusable
from newsletter.audience.retention import Pruned
from newsletter.audience.takeback import TakenBack
from newsletter.audience.transfer import Manner, Progress, Survey
from newsletter.config import Config
from newsletter.errors import ConfigError, ContentError, UsageError
from newsletter.model.subscriber import ConsentText
from newsletter.store import imports, notices, subscribers
from newsletter.store.database import Store
from newsletter.store.imports import Import
from newsletter.store.notices import Notice
from newsletter.workspace import Workspace

_FEWEST_WORDS = 2
_LEFTOVERS = {"build/*/outbox": "rehearsal", "*.rejected.csv": "rejects", "*.db": "backup"}


def draw() -> str:
    """Draw a new subscriber id: 32 random hexadecimal digits."""
    return secrets.token_hex(16)


def erase_key(config: Config) -> EraseKey | None:
    """Return the key that erased addresses are hashed with, None when none is set. Raises: ConfigError when short."""
    secret = config.secrets.of(VARIABLE)
    if secret is None:
        return None
    if len(secret.get_secret_value()) < LEAST:
        raise ConfigError(
            f"{VARIABLE} is shorter than {LEAST} characters.",
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    return EraseKey(secret=secret.get_secret_value().encode())


def by_operator(config: Config, at: datetime, *, text: str | None = None, note: str | None = None) -> Occasion:
    """The circumstances of what the operator does on the command line."""
    return Occasion(
        at=at,
        zone=config.newsletter.time_zone,
        source="operator",
        text=None if text is None else worded(one_line(text, "consent")),
        note=note,
    )


def worded(text: str) -> ConsentText:
    """Name the words that somebody consented to; the same words are the same version."""
    return ConsentText(text=text, version=hashlib.sha256(text.encode()).hexdigest()[:12])


def newcomer(address: str, name: str, language: str | None) -> Newcomer:
    """Return whom the operator names, held to what a list is held to. Raises: UsageError."""
    try:
        spelt = values.language(language) if language else None
    except Unusable as unusable:
        raise UsageError(str(unusable)) from None
    return Newcomer(address=address, name=one_line(name, "name", values.LONGEST_NAME), language=spelt)


def tags(named: Iterable[str]) -> set[str]:
    """Return tags as a list would have them. Raises: UsageError."""
    found = {one_line(tag, "tag", values.LONGEST_TAG) for tag in named}
    if "" in found:
        raise UsageError("A tag has no name.", "Name it: zuid.")
    return found


def one_line(text: str, what: str, longest: int = values.LONGEST_VALUE) -> str:
    """Return a text without space around it. Raises: UsageError when it is too long or holds a control character."""
    try:
        return values.plain(text, what, longest)
    except Unusable as unusable:
        raise UsageError(str(unusable)) from None


def erasable(store: Store, address: str, key: EraseKey | None) -> bool:
    """Whether somebody has an address that can be erased. Raises: as `erasure.erase`."""
    with store.reading() as transaction:
        erasure.needed_key(transaction, address, key)
        return subscribers.find(transaction, addresses.key(address)) is not None


def may_still_name_him(store: Store, workspace: Workspace) -> tuple[tuple[Path, str], ...]:
    """Return the files that may name an erased reader, each with what it is.

    These are what was written from the store or read into it, where it is still there, and what stands in the
    workspace: rehearsals, refused lines, copies of the database.
    """
    with store.reading() as transaction:
        recorded = erasure.written(transaction)
    found: dict[Path, str] = {Path(path): kind for path, kind in recorded if not _is_gone(Path(path))}
    for pattern, kind in _LEFTOVERS.items():
        for path in sorted(workspace.root.glob(pattern)):
            found.setdefault(path.resolve(), kind)
    if store.file:
        found.pop(store.file.resolve(), None)
    return tuple(found.items())


def _is_gone(path: Path) -> bool:
    """Whether a file is certainly not there any more; what may not be looked at may be."""
    try:
        return not path.exists()
    except OSError:
        return False


def manner(consent: str | None, *, double_opt_in: bool, columns: Mapping[str, str]) -> Manner:
    """How a list is imported. Raises: UsageError for two rights at once, or a consent of no words."""
    if consent is not None and double_opt_in:
        raise UsageError("Readers who consented need not be asked again.", "Give --consent or --double-opt-in.")
    if consent is not None and len(consent.split()) < _FEWEST_WORDS:
        raise UsageError(
            f"--consent “{consent}” does not say what readers consented to.",
            'Write it as you would prove it: --consent "Weekly mail, ticked on the order form, March 2024, our shop".',
        )
    text = None if consent is None else worded(one_line(consent, "consent"))
    return Manner(text=text, double_opt_in=double_opt_in, columns=columns)


def survey(
    store: Store | None, config: Config, file: Path, manner: Manner, *, at: datetime, progress: Progress
) -> AbstractContextManager[Survey]:
    """Say what an import would do. Raises: as `transfer.survey`."""
    return transfer.survey(
        store,
        file,
        manner,
        fields=config.readers.fields,
        zone=config.newsletter.time_zone,
        key=erase_key(config),
        at=at,
        progress=progress,
    )


def refuse_unfit(surveyed: Survey, manner: Manner) -> None:
    """Raises: UsageError when new readers would be mailed by no right, ContentError when no line can be used."""
    if surveyed.lines and not surveyed.spool.lines:
        raise ContentError(
            f"Nobody was imported: none of the {surveyed.lines:,} lines of {surveyed.file.name} can be used.",
            f"{surveyed.rejects} says why.",
        )
    if surveyed.unwarranted and manner.text is None:
        raise UsageError(
            f"{surveyed.unwarranted:,} reader{'' if surveyed.unwarranted == 1 else 's'} would become confirmed, and "
            "nothing says by what right.",
            'Say it with --consent "text, date, place", or have each of them asked with --double-opt-in.',
        )


def import_list(
    store: Store, config: Config, surveyed: Survey, manner: Manner, *, at: datetime, progress: Progress
) -> Import:
    """Import what was surveyed. Raises: as `transfer.apply`."""
    occasion = Occasion(at=at, zone=config.newsletter.time_zone, source="import", text=manner.text)
    return transfer.apply(store, surveyed, manner, occasion, key=erase_key(config), draw=draw, progress=progress)


def undoable(store: Store, number: int) -> Import:
    """Return an import that can be taken back. Raises: UsageError when there is none of that number, or it cannot."""
    with store.reading() as transaction:
        return takeback.refuse_other(imports.get(transaction, number), number)


def take_back(store: Store, config: Config, number: int, *, at: datetime, progress: Progress) -> TakenBack:
    """Take an import back. Raises: as `takeback.take_back`."""
    occasion = by_operator(config, at)
    return takeback.take_back(store, number, occasion, progress=progress)


def prune(store: Store, config: Config, *, at: datetime) -> Pruned:
    """Forget what the configuration keeps no longer. Raises: StoreError."""
    keep = config.readers
    pruned = retention.prune(
        store, now=at, keep_origin=keep.keep_origin, keep_pending=keep.keep_pending, keep_undo=keep.keep_undo
    )
    store.settle()
    return pruned


def doubt(store: Store, number: int) -> tuple[Notice, str]:
    """Return a notice that is in doubt, and the address it goes to. Raises: UsageError when no such one is."""
    with store.reading() as transaction:
        for notice, address in notices.in_states(transaction, "in doubt"):
            if notice.id == number:
                return notice, address
    raise UsageError(f"No notice {number} is in doubt.", "See which are: newsletter notices")


def settle(store: Store, doubt: Notice, *, accepted: bool, reason: str, at: datetime) -> None:
    """Take a notice in doubt for accepted, or have it sent again, as the operator says; his reason is kept with it.

    Raises: UsageError when the program has found out, or is trying again, since it was read.
    """
    attempt, until = doubt.attempt or "", doubt.expires_at
    said = f"{'taken for accepted' if accepted else 'sent again'} by the operator{reason and ': '}{reason}"
    with store.writing() as transaction:
        if accepted:
            done = notices.settle(transaction, doubt.id, attempt, "accepted", at=at, reason=said, expires_at=until)
        else:
            done = notices.postpone(
                transaction, doubt.id, attempt, not_before=at, counts=False, reason=said, expires_at=until
            )
    if not done:
        raise UsageError(f"Notice {doubt.id} is in doubt no more.", "See what became of it: newsletter notices")

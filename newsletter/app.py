"""Composition root: what the commands need, put together from the configuration. Opens nothing until asked."""

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from pydantic import SecretStr, ValidationError

from newsletter import config as configuration
from newsletter import plugins, workspace
from newsletter.audience.files import read_list
from newsletter.audience.mailing import Mailing, sort_out
from newsletter.build import Built
from newsletter.config import PROVIDERS, Config
from newsletter.errors import ConfigError, StoreError, UsageError
from newsletter.model.mail import Message
from newsletter.providers._base import Module, Provider
from newsletter.send import preflight, rehearsal, testmail
from newsletter.send.rehearsal import Rehearsal
from newsletter.send.testmail import Answered
from newsletter.validation import explain, nearest
from newsletter.workspace import Workspace

if TYPE_CHECKING:
    from newsletter.audience.erasure import EraseKey
    from newsletter.delivery.notices.courier import Courier
    from newsletter.doctor import Diagnosis
    from newsletter.fetch import Fetched, Fetcher
    from newsletter.links import Key, Links
    from newsletter.store.database import Store

_PATIENCE = 10
"""Seconds that a page waits for another who writes to the list; a mail program waits not much longer for an answer."""

_OWN = 20.0
"""Seconds that an answer from an address of one's own may take."""

FIRST_MESSAGES = 50
"""Of so many messages a rehearsal keeps the files, and of the largest."""

DATABASE = "NEWSLETTER_DATABASE"
"""The variable of the environment that names the database; it may hold a password."""

SECRET = (SecretStr, SecretStr | None)
"""What a provider's setting is when it comes from the environment and never from a file."""


def secret_variable(provider: str, field: str) -> str:
    """Name the variable of the environment that a provider's secret comes from: ``NEWSLETTER_RESEND_KEY``."""
    return f"NEWSLETTER_{provider}_{field}".upper()


def now() -> datetime:
    """The one clock (aware UTC); everything below is told the time."""
    return datetime.now(UTC)


def here() -> Workspace:
    """The workspace that the current folder belongs to. Raises: ConfigError."""
    return workspace.find(Path.cwd())


def provider(config: Config) -> Provider:
    """Connect the configured provider, with its table and its secrets. Raises: ConfigError."""
    name = config.send.provider
    if name is None:
        known = ", ".join(n for n in plugins.names(PROVIDERS) if n != "outbox")
        raise ConfigError("No provider is configured.", f"Name one as `provider` under [send]: {known}.")
    return _connect(name, {**_located(name, config), **_secrets(name, config)})


def _secrets(name: str, config: Config) -> Mapping[str, SecretStr]:
    """What the environment knows for a provider. Raises: ConfigError when a secret stands in newsletter.toml."""
    known: dict[str, SecretStr] = {}
    for field, about in _module(name).Settings.model_fields.items():
        if about.annotation in SECRET:
            variable = secret_variable(name, field)
            if field in config.send.tables.get(name, {}):
                raise ConfigError(
                    f"{configuration.FILE}: `send.{name}.{field}` is a secret, and a file in git is no place for it.",
                    f"Take it out, and set {variable} in the environment or in .env.",
                )
            if value := config.secrets.of(variable):
                known[field] = value
    return known


def _located(name: str, config: Config) -> Mapping[str, object]:
    """A provider's table, its files looked for in the workspace."""
    fields = _module(name).Settings.model_fields
    return {
        key: config.root / value
        if isinstance(value, str) and key in fields and fields[key].annotation in (Path, Path | None)
        else value
        for key, value in config.send.tables.get(name, {}).items()
    }


def _connect(name: str, table: Mapping[str, object]) -> Provider:
    module = _module(name)
    try:
        return module.connect(module.Settings.model_validate(table))
    except ValidationError as error:
        raise ConfigError(*_explain(error, name, module)) from None


def _explain(error: ValidationError, name: str, module: Module) -> tuple[str, str]:
    """Say what is wrong with a provider's table, its keys spelt as they are written."""
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "missing" and module.Settings.model_fields[field].annotation in SECRET:
        return (
            f"{secret_variable(name, field)} is not set.",
            "Set it in the environment, or in .env beside newsletter.toml.",
        )
    sentence, hint = explain(error, module.Settings, configuration.FILE, within=f"send.{name}")
    return f"{configuration.FILE}: {sentence}", hint


def _module(name: str) -> Module:
    try:
        return cast("Module", plugins.load(PROVIDERS, name))
    except LookupError:
        known = [known for known in plugins.names(PROVIDERS) if known != "outbox"]
        hint = nearest(name, known) or f"There are: {', '.join(known)}."
        raise ConfigError(f"There is no provider “{name}”.", hint) from None


@contextmanager
def store(config: Config, *, create: bool = False, busy: int | None = None) -> Iterator["Store"]:
    """The list of readers, closed at the end; made, when there is none, only with ``create``.

    ``busy`` is for how many seconds it waits for another who writes, if not as long as a command does. Raises:
    StoreError.
    """
    from newsletter.store import migrate
    from newsletter.store.database import BUSY, Store

    with closing(Store(_database(config), busy=BUSY if busy is None else busy)) as opened:
        if create:
            migrate.create(opened)
        yield opened


@contextmanager
def store_if_any(config: Config) -> Iterator["Store | None"]:
    """The list of readers, None when there is none yet. Raises: StoreError."""
    file = _database(config)
    if isinstance(file, Path) and not file.exists():
        yield None
        return
    with store(config) as opened:
        yield opened if opened.revision() else None


def has_store(config: Config) -> bool:
    """Whether there is a list of readers. Raises: StoreError when the database cannot be asked."""
    with store_if_any(config) as opened:
        return opened is not None


def _database(config: Config) -> Path | str:
    """Where the list is kept: a file of the workspace, or the address of a PostgreSQL database."""
    secret = config.secrets.of(DATABASE)
    address = secret.get_secret_value() if secret else config.readers.database
    return address if "://" in address else config.root / address


def mailing(workspace: Workspace, built: Built, *, file: Path | None = None, to: str | None = None) -> Mailing:
    """Whom a rehearsal of a built issue is for: the readers of a file, else the list of readers or a segment of it.

    Where there is no list yet, the sample readers. Raises: UsageError, ContentError, ConfigError, StoreError.
    """
    day = built.message.letterhead.date.astimezone(workspace.config.newsletter.time_zone).date()
    if file is None and (to or has_store(workspace.config)):
        return _mailing_of_store(workspace.config, to, day)
    file = file or workspace.sample_readers
    if not file.exists():
        raise UsageError(f"There is no list of readers {file}.", "Name a file with --list.")
    found = read_list(file)
    return sort_out(found.subscribers, day, file.name, rejects=found.rejects)


def _mailing_of_store(config: Config, to: str | None, day: date) -> Mailing:
    from newsletter.audience import selection

    with store(config) as opened, opened.reading() as transaction:
        place = opened.file.name if opened.file else opened.place
        return selection.mailing(transaction, to, config, day=day, place=place)


def fetcher(workspace: Workspace) -> "Fetcher":
    """What fetches articles for a workspace; nothing is connected to until it is asked."""
    from newsletter.fetch import Fetcher

    config = workspace.config
    return Fetcher(private=config.fetch.private, contact=config.web.url)


def rehearse(
    workspace: Workspace, built: Built, mailing: Mailing, *, keep_all: bool, progress: Callable[[int], None]
) -> tuple[Rehearsal, Path]:
    """Rehearse sending a built issue; return also the outbox's folder. Raises: as `rehearsal.rehearse`."""
    folder = workspace.build_folder(built.issue.name) / "outbox"
    outbox = _connect("outbox", {"folder": folder, "keep": None if keep_all else FIRST_MESSAGES})
    return rehearsal.rehearse(built, mailing, workspace.config, outbox, progress=progress), folder


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
        yield testmail.compose(built, testers, config, now=now(), fetch=_fetch_own(config), token=_token), connected


def send_test(messages: Sequence[Message], provider: Provider) -> Iterator[Answered]:
    """Send a test mail; one answer a message, same order, as soon as it is known."""
    return testmail.send(messages, provider, token=_token)


def _token() -> str:
    return secrets.token_hex(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What readers' pages are served with. ``keys`` verify links, the newest first, and ``links`` are signed with it.

    ``erase_key`` is None where none is set. ``clock`` tells aware UTC, ``draw`` a new subscriber id.
    """

    config: Config
    store: "Store"
    keys: "tuple[Key, ...]"
    links: "Links"
    erase_key: "EraseKey | None"
    courier: "Courier"
    clock: Callable[[], datetime]
    draw: Callable[[], str]


@contextmanager
def serving(config: Config, *, create: bool = False, clock: Callable[[], datetime] = now) -> Iterator[Serving]:
    """Put together what readers' pages need, and let go of it at the end.

    A list of readers is made only with ``create``: with the wrong database, readers who leave would leave an empty
    list, and stay on the one that is mailed to. Raises: ConfigError for what is missing; StoreError.
    """
    from newsletter import links, readership
    from newsletter.delivery.notices.courier import Courier

    _refuse_unready(config)
    keys, erase_key = links.verifying_keys(config), readership.erase_key(config)
    with closing(provider(config)) as connected, store(config, create=create, busy=_PATIENCE) as opened:
        _refuse_unserved(opened, erase_key)
        courier = Courier(opened, connected, config, clock=clock, draw=readership.draw)
        yield Serving(
            config=config,
            store=opened,
            keys=keys,
            links=links.links_of(config),
            erase_key=erase_key,
            courier=courier,
            clock=clock,
            draw=readership.draw,
        )


def _refuse_unready(config: Config) -> None:
    """Raises: ConfigError that names all that is missing; that the address is https is found out at start."""
    missing = [sentence for sentence in preflight.missing(config) if not sentence.startswith("https://")]
    if missing:
        wanted = "\n".join(("Readers' pages cannot be served yet. They want:", *(f"  {one}" for one in missing)))
        raise ConfigError(wanted, "docs/serving.md says how to come by each.")


def _refuse_unserved(store: "Store", key: "EraseKey | None") -> None:
    """Raises: StoreError without a list of this version; ConfigError when its erased readers would not be known."""
    from newsletter.audience.erasure import EraseKey
    from newsletter.store import erased

    if store.revision() is None:
        raise StoreError(
            f"There is no list of readers in {store.place}.",
            "Import one, or begin with an empty one: newsletter serve --create",
        )
    with store.reading() as transaction:
        EraseKey.refuse_wrong(key, erased.check(transaction))


def fetch_own(config: Config) -> "Fetcher":
    """What asks for addresses of one's own: as fast as it can, since one's own patience is one's own matter."""
    from newsletter.fetch import Fetcher

    return Fetcher(private=config.fetch.private, pace=0, longest=_OWN)


def diagnose(*, online: bool) -> "tuple[Diagnosis, ...]":
    """Look at this machine, at the workspace at hand and, when ``online``, at what lies outside."""
    from newsletter import doctor

    around = doctor.Surroundings(
        python=sys.version_info[:3],
        zone=ZoneInfo,
        installed=_installed,
        workspace=here,
        store=store,
        connect=provider,
        fetch=lambda address, config: _fetch_own(config)(address),
        now=now(),
        online=online,
    )
    return tuple(doctor.diagnose(around))


def _installed(part: str) -> bool:
    """Whether an optional part is there, a package with all that it needs; a browser is a program."""
    if part == "chromium":
        return shutil.which(os.environ.get("CHROMIUM") or part) is not None
    try:
        import_module(part)
    except ImportError:
        return False
    return True


def _fetch_own(config: Config) -> "Callable[[str], Fetched]":
    """What fetches addresses of one's own: no leave is asked of robots.txt, and nobody is kept waiting."""
    from newsletter.fetch import Fetcher

    return partial(Fetcher(private=config.fetch.private, pace=0).get, robots=False)

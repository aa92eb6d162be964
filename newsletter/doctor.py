"""What is in order here and what is not: each finding good or with its remedy, and an error where a send would fail.

Errors are what `send.preflight` and the sending itself insist on; a test holds the two together.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsletter import __version__, build, links, readership
from newsletter.audience.erasure import EraseKey
from newsletter.build import Built
from newsletter.config import FILE, Config
from newsletter.errors import ConfigError, FetchError, NewsletterError, StoreError
from newsletter.fetch import Fetched
from newsletter.mime import address_of
from newsletter.model.article import Article
from newsletter.model.issue import Block, Issue, Placement, PlacementKind, Section
from newsletter.providers._base import Provider, ThrottledUntil
from newsletter.rendering import origin
from newsletter.rendering.edition import render
from newsletter.send.pictures import unreachable
from newsletter.send.preflight import obstacles_in
from newsletter.shipped import SHIPPED
from newsletter.store import erased, subscribers
from newsletter.store.database import Store
from newsletter.workspace import Workspace

PATIENCE = 10.0
"""Seconds that everything asked of the network may take together."""

Group = Literal[
    "python", "program", "optional parts", "configuration", "templates", "issues", "readers", "provider", "addresses"
]  # fmt: skip
Level = Literal["good", "warning", "error", "unknown"]

_OLDEST_PYTHON = (3, 11)
_FREE_MAIL = frozenset(
    ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "live.nl", "yahoo.com", "icloud.com")
)
_RESERVED = frozenset(("example", "test", "invalid", "localhost"))  # RFC 2606
_BESIDE = "Put it beside newsletter: pip install {0} (with pipx: pipx inject newsletter {0})"
_OPTIONAL = (
    (
        "trafilatura",
        "finds the text on pages that do not say where it is",
        _BESIDE.format("trafilatura lxml-html-clean"),
    ),
    ("playwright", "drives a browser in the project's own tests", _BESIDE.format("playwright")),
    ("chromium", "is the browser of those tests", "apt install chromium, or set CHROMIUM to where it is."),
)
"""What is used where it is installed: its name, what it does, how to get it."""
_SHOWN: tuple[PlacementKind, ...] = ("story", "brief", "link", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at: *error* when a send would fail of it, *unknown* when it could not be seen."""

    group: Group
    level: Level
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The world as the doctor sees it; nothing is asked of it but through these.

    ``python`` is its version; ``zone`` looks up a time zone; ``installed`` says whether an optional part is there;
    ``workspace`` reads the one at hand, ``store`` opens its list of readers. Without ``online`` no connection is made;
    ``patience`` is in seconds.
    """

    python: tuple[int, int, int]
    zone: Callable[[str], ZoneInfo]
    installed: Callable[[str], bool]
    workspace: Callable[[], Workspace]
    store: Callable[[Config], AbstractContextManager[Store]]
    connect: Callable[[Config], Provider]
    fetch: Callable[[str, Config], Fetched]
    now: datetime
    online: bool = True
    patience: float = PATIENCE


def diagnose(around: Surroundings) -> Iterator[Diagnosis]:
    """Look at everything, group by group; outside a workspace only at the machine."""
    yield from _machine(around)
    try:
        workspace = around.workspace()
    except ConfigError as error:
        yield _trouble("configuration", error)
        return
    yield from _configuration(workspace.config)
    yield from _templates(workspace.config, around.now)
    newest = _newest(workspace)
    yield from _issue(newest, workspace.config, around.now)
    yield from _outside(workspace.config, newest if isinstance(newest, Built) else None, around)


def _good(group: Group, sentence: str) -> Diagnosis:
    return Diagnosis(group=group, level="good", sentence=sentence)


def _wrong(group: Group, level: Level, sentence: str, remedy: str) -> Diagnosis:
    return Diagnosis(group=group, level=level, sentence=sentence, remedy=remedy)


def _trouble(group: Group, error: NewsletterError, level: Level = "error") -> Diagnosis:
    return _wrong(group, level, error.sentence, error.hint)


# The machine


def _machine(around: Surroundings) -> Iterator[Diagnosis]:
    version = ".".join(map(str, around.python))
    if around.python[:2] >= _OLDEST_PYTHON:
        yield _good("python", f"Python {version}.")
    else:
        yield _wrong("python", "error", f"Python {version} is too old.", "Install Python 3.11 or newer.")
    try:
        around.zone("Europe/Amsterdam")
        yield _good("python", "Time zones are known.")
    except (ZoneInfoNotFoundError, OSError):
        yield _wrong("python", "error", "Time zones are not known.", "Install them: pip install tzdata")
    yield _good("program", f"newsletter {__version__}.")
    yield from _optional(around)


def _optional(around: Surroundings) -> Iterator[Diagnosis]:
    for name, use, remedy in _OPTIONAL:
        if around.installed(name):
            yield _good("optional parts", f"{name} is installed; it {use}.")
        else:
            yield _wrong("optional parts", "warning", f"{name} is not installed; it {use}.", remedy)


# The workspace


def _configuration(config: Config) -> Iterator[Diagnosis]:
    yield _good("configuration", f"{FILE} can be read, and knows every key in it.")
    if config.publisher.address:
        yield _good("configuration", "The publisher has a postal address.")
    else:
        remedy = "Write `address` under [publisher]; the law wants it on every mail."
        yield _wrong("configuration", "error", "The publisher has no postal address.", remedy)
    yield _sender(config)
    yield _web(config)
    yield _secret(config)
    if config.pictures_url:
        yield _folder(config)
    if config.send.testers:
        yield _good("configuration", f"Test mail goes to {len(config.send.testers)} by default.")
    else:
        remedy = "List `testers` under [send]."
        yield _wrong("configuration", "warning", "Nobody gets the test mail unless named each time.", remedy)


def _sender(config: Config) -> Diagnosis:
    domain = (address_of(config.sender.from_) or "").rpartition("@")[2].lower()
    if domain in _FREE_MAIL:
        sentence = f"The sender is at {domain}, which forbids others to send in its name."
        return _wrong("configuration", "warning", sentence, "Write `from` under [sender] with a domain of your own.")
    if _RESERVED & set(domain.split(".")[-2:]):
        remedy = "Write `from` under [sender] with your own domain."
        return _wrong("configuration", "warning", f"The sender's domain {domain} is only an example.", remedy)
    return _good("configuration", f"The sender is at {domain}.")


def _web(config: Config) -> Diagnosis:
    url = config.web.url
    if url is None:
        sentence = "There is no public address for readers' pages, so nobody could leave."
        return _wrong("configuration", "error", sentence, "Write `url` under [web].")
    if not url.startswith("https://"):
        sentence = f"{url} is not https://, which leaving with one click needs (RFC 8058)."
        return _wrong("configuration", "error", sentence, "Write `url` under [web] with https://.")
    return _good("configuration", f"Readers' pages are at {url}.")


def _folder(config: Config) -> Diagnosis:
    """Whether pictures can be put where sending puts them; a folder that is not there yet is made in the nearest."""
    folder = config.root / config.pictures.folder
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return _good("configuration", f"Pictures are put into {config.pictures.folder}.")
    remedy = "Let the program write there, or choose another `folder` under [pictures]."
    return _wrong("configuration", "error", f"The pictures cannot be put into {folder}.", remedy)


def _secret(config: Config) -> Diagnosis:
    try:
        key = links.signing_key(config)
    except ConfigError as error:
        return _trouble("configuration", error)
    if key.demo:
        remedy = "Set NEWSLETTER_SECRET in the environment or in .env, and keep a copy: old links need it."
        return _wrong("configuration", "error", "There is no secret to sign readers' links with.", remedy)
    return _good("configuration", "Readers' links are signed with your secret.")


def _templates(config: Config, now: datetime) -> Iterator[Diagnosis]:
    name = config.newsletter.template
    try:
        render(_sample(now), config)
        yield _good("templates", f"The template {name} makes a mail.")
    except NewsletterError as error:
        yield _trouble("templates", error)
    for own in sorted((config.root / "templates").glob("[!_.]*")):
        shipped = SHIPPED / "templates" / own.name
        if shipped.is_dir() and not shipped.samefile(own):
            yield from _copy(own, shipped)


def _copy(own: Path, shipped: Path) -> Iterator[Diagnosis]:
    """An own copy of a template, beside the one that comes with the program."""
    states = origin.states(own, shipped)
    noted = f"Compare them; then note that you have: (cd {shipped} && sha256sum *) > templates/{own.name}/{origin.FILE}"
    for file, state in states.items():
        older = f"templates/{own.name}/{file} is older than {shipped / file}"
        if state == "untouched":
            remedy = "Delete your copy, and the newer one is used."
            yield _wrong("templates", "warning", f"{older}, and nothing was changed in it.", remedy)
        elif state == "changed":
            yield _wrong("templates", "warning", f"{older}, which comes with the program.", noted)
        elif state == "unknown":
            sentence = f"Nothing says whether templates/{own.name}/{file} is older than {shipped / file}."
            yield _wrong("templates", "unknown", sentence, noted)
    if set(states.values()) <= {"current"}:
        yield _good("templates", f"Your copy of the template {own.name} is not behind the program's.")


def _sample(now: datetime) -> Issue:
    """An issue with something in every place: it shows a template at work whatever the newsroom wrote."""
    opening = Placement(article=Article(id="opening", title="Opening"), kind="opening", teaser="Teaser")
    placements = tuple(
        Placement(article=Article(id=kind, title=kind.capitalize()), kind=kind, teaser="Teaser") for kind in _SHOWN
    )
    section = Section(name="Section", placements=placements)
    word = Block(id="word", kind="word", html="<p>Word</p>", text="Word", source="Source")
    return Issue(
        name="sample",
        number=1,
        date=now,
        subject="Subject",
        preheader="Preheader",
        introduction_html="<p>Introduction</p>",
        introduction_text="Introduction",
        opening=opening,
        flow=(section, word),
    )


def _newest(workspace: Workspace) -> Built | NewsletterError | None:
    """The newest issue, built; what keeps it from being built; or None without issues."""
    if not workspace.issues():
        return None
    try:
        return build.build(workspace)
    except NewsletterError as error:
        return error


def _issue(newest: Built | NewsletterError | None, config: Config, now: datetime) -> Iterator[Diagnosis]:
    if newest is None:
        yield _wrong("issues", "warning", "There are no issues yet.", "Make one: newsletter new")
        return
    if isinstance(newest, NewsletterError):
        yield _trouble("issues", newest)
        return
    name = newest.issue.name
    see = f"newsletter build {name}"
    in_the_way = obstacles_in(newest, config, now=now)
    for obstacle in in_the_way:
        yield _wrong("issues", "error", f"{name} cannot be sent. {obstacle}", f"Mend it, and build again: {see}")
    warnings = sum(finding.level == "warning" for finding in newest.findings)
    if warnings:
        yield _wrong("issues", "warning", f"{name} builds; warnings: {warnings}.", f"Read them: {see}")
    elif not in_the_way:
        yield _good("issues", f"{name} builds, and nothing is wrong with it.")


# What lies outside


def _outside(config: Config, newest: Built | None, around: Surroundings) -> Iterator[Diagnosis]:
    """The list of readers, the provider and the public addresses, all asked at once."""
    try:
        provider = around.connect(config)
    except NewsletterError as error:
        yield _trouble("provider", error)
        provider = None
    checks: list[tuple[Group, str, Callable[[], Diagnosis]]] = [
        ("readers", "The list of readers", lambda: _readers(config, around))
    ]
    if provider is not None:
        checks.append(("provider", f"The login of {config.send.provider}", lambda: _login(provider)))
    if config.web.url:
        checks.append(("addresses", config.web.url, lambda: _pages(config, around)))
    if config.pictures_url:
        checks.append(("addresses", config.pictures_url, lambda: _pictures(config, newest, around)))
    if around.online:
        yield from _at_once(checks, around.patience)
    else:
        yield _readers(config, around)
        yield from (_not_tried(group, what) for group, what, _ in checks[1:])


def _not_tried(group: Group, what: str) -> Diagnosis:
    return _wrong(group, "unknown", f"{what} was not tried.", "Leave out --offline.")


def _at_once(checks: Sequence[tuple[Group, str, Callable[[], Diagnosis]]], patience: float) -> Iterator[Diagnosis]:
    """Run checks beside each other; of one that outlasts ``patience`` nothing is known, and it ends with the program.

    So its threads are daemons, which those of an executor are not.
    """
    answers = [_begin(check) for _, _, check in checks]
    wait(answers, timeout=patience)
    for (group, what, _), answer in zip(checks, answers, strict=True):
        if answer.done():
            yield answer.result()
        else:
            sentence = f"{what} has not answered within {patience:g} seconds."
            yield _wrong(group, "unknown", sentence, "Check the address and the connection, and try again.")


def _begin(check: Callable[[], Diagnosis]) -> Future[Diagnosis]:
    answer: Future[Diagnosis] = Future()

    def run() -> None:
        try:
            answer.set_result(check())
        except BaseException as bug:  # of which the traceback belongs to whoever asks for the result
            answer.set_exception(bug)

    Thread(target=run, daemon=True).start()
    return answer


def _readers(config: Config, around: Surroundings) -> Diagnosis:
    """The list: whether it can be mailed to, and whether readers who were erased would be known again."""
    try:
        with around.store(config) as store:
            if store.file is None and not around.online:
                return _not_tried("readers", "The list of readers")
            if store.revision() is None:
                remedy = "Import one: newsletter subscribers import FILE"
                return _wrong("readers", "warning", "There is no list of readers yet.", remedy)
            with store.reading() as transaction:
                confirmed = subscribers.counts(transaction).get(("confirmed", None), 0)
                EraseKey.refuse_wrong(readership.erase_key(config), erased.check(transaction))
    except StoreError as error:
        return _trouble("readers", error)
    except ConfigError as error:  # of the key, without which a list can be mailed to, and nobody be added to it
        return _trouble("readers", error, "warning")
    return _good("readers", f"The list of readers is in {store.place}; confirmed: {confirmed:,}.")


def _login(provider: Provider) -> Diagnosis:
    try:
        with closing(provider):
            login = provider.verify()
    except ThrottledUntil as error:
        return _trouble("provider", error, "warning")
    except NewsletterError as error:
        return _trouble("provider", error)
    if login.verified:
        return _good("provider", login.sentence)
    return _wrong("provider", "unknown", login.sentence, "Send a test mail to be sure: newsletter send --test")


def _pages(config: Config, around: Surroundings) -> Diagnosis:
    address = config.web.url or ""
    try:
        fetched = around.fetch(address, config)
    except FetchError as error:
        remedy = "Readers leave through this address: let it answer on the open internet."
        return _wrong("addresses", "warning", error.sentence, remedy)
    if fetched.status >= 500:
        remedy = "Look at the web server there; readers leave through this address."
        return _wrong("addresses", "warning", f"{address} answers {fetched.status}.", remedy)
    return _good("addresses", f"{address} answers.")


def _pictures(config: Config, newest: Built | None, around: Surroundings) -> Diagnosis:
    """Whether a picture of the newest issue is shown, once one is published; before that, whether anybody answers."""
    address = config.pictures_url or ""
    remedy = f"Let {address} show the files of {config.pictures.folder}."
    folder = config.root / config.pictures.folder
    shown = newest.edition.pictures if newest else ()
    published = next((picture.name for picture in shown if (folder / picture.name).is_file()), None)
    if published:
        fault = next(unreachable([f"{address}/{published}"], lambda picture: around.fetch(picture, config)), None)
        if fault:
            return _wrong("addresses", "error", fault, remedy)
        return _good("addresses", f"{address} shows the pictures of the newest issue.")
    try:
        around.fetch(address, config)
    except FetchError as error:
        return _wrong("addresses", "error", error.sentence, remedy)
    return _good("addresses", f"{address} answers; no picture of the newest issue is published yet.")

"""A newspaper that is well, and the doctor called to it in surroundings that are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from newsletter import app, doctor
from newsletter.config import Config
from newsletter.doctor import Diagnosis, Surroundings
from newsletter.errors import ConfigError, FetchError
from newsletter.fetch import Fetched
from newsletter.model.mail import Message
from newsletter.providers._base import Capabilities, Guard, Login, NotSent, Outcome, Trace
from newsletter.workspace import Workspace

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
SECRET = {"NEWSLETTER_SECRET": "een-geheim-van-zestig-schapen"}
ARTICLE = "---\ntitle: De pont vaart weer\nsection: Binnenland\nurl: https://heuvelbode.nl/1\n---\n\nHet water zakt.\n"
PUBLIC = "https://weekbrief.heuvelbode.nl"


class Post:
    """A provider that only logs in, and answers as it was told to."""

    capabilities = Capabilities(batch_messages=1, batch_bytes=1)

    def __init__(self, answer: Login | Exception | Event) -> None:
        self.answer = answer
        self.closed = False

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        raise AssertionError(attempt, messages, guard)

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        raise AssertionError(attempt, messages)

    def verify(self) -> Login:
        if isinstance(self.answer, Event):
            self.answer.wait()
            raise NotSent("Too late.")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None:
        self.closed = True


OPEN = Login(verified=True, sentence="It took the login.")


def configure(root: Path, old: str, fresh: str) -> None:
    file = root / "newsletter.toml"
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, fresh), "utf-8")


def answer(address: str, _: Config, *, status: int = 200, media: str = "text/html") -> Fetched:
    return Fetched(address=address, status=status, media=media, charset=None, data=b"")


def nowhere(address: str, _: Config) -> Fetched:
    raise FetchError(f"{address} lies on a private network, and is not fetched.", "If it is yours, allow it.")


def diagnosed(paper: Workspace | ConfigError, group: str | None = None, **changed: object) -> list[Diagnosis]:
    """What is found in surroundings where everything is good but for what is ``changed``."""

    def at_hand() -> Workspace:
        if isinstance(paper, ConfigError):
            raise paper
        return paper

    given = {
        "python": (3, 11, 9),
        "zone": ZoneInfo,
        "installed": lambda _: True,
        "workspace": at_hand,
        "store": app.store,
        "connect": lambda _: Post(OPEN),
        "callers": lambda _: {},
        "fetch": answer,
        "now": NOW,
        **changed,
    }
    found = list(doctor.diagnose(Surroundings(**given)))  # type: ignore[arg-type]
    return [one for one in found if group in {None, one.group}]


def told(found: Sequence[Diagnosis], level: str) -> list[str]:
    return [one.sentence for one in found if one.level == level]

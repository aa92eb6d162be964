"""A newspaper whose pages are open: a real server, a real mail server, and a clock that can be put forward."""

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from time import monotonic, sleep

from ports import reserved
from providers.fakes import mail_server
from providers.fakes.mail_server import MailServer, Taken

from newsletter import app, workspace
from newsletter import config as configuration
from newsletter.app import Serving
from newsletter.config import Config
from newsletter.web.public import run
from newsletter.web.public.reach import Knock

SECRET = "een-geheim-van-zestig-schapen"
PATIENCE = 300.0
"""Seconds after which what does not come is taken for lost."""


@dataclass
class Clock:
    """The time of this machine, put forward."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def pass_by(self, **time: float) -> None:
        """Let some time pass: ``pass_by(hours=25)``."""
        self.ahead += timedelta(**time)


@dataclass
class OpenPaper:
    """The newspaper. ``web`` is the address of its pages."""

    web: str
    config: Config
    serving: Serving
    server: MailServer
    clock: Clock
    knock: Knock
    read: dict[str, int] = field(default_factory=dict)
    back: str = ""
    """The link that undoes a move, once it came."""

    def mail_to(self, address: str) -> "Mail":
        """Wait for the next mail to an address that was not read yet."""
        seen = self.read.get(address, 0)
        end = monotonic() + PATIENCE
        while monotonic() < end:
            mine = [taken for taken in self.server.taken if taken.reader == address]
            if len(mine) > seen:
                self.read[address] = seen + 1
                return Mail(mine[seen], self.web)
            sleep(0.02)
        raise AssertionError(f"No mail came to {address}; {len(self.server.taken)} came to others.")


@dataclass
class Mail:
    """A mail as its reader sees it."""

    taken: Taken
    web: str

    @property
    def links(self) -> tuple[str, ...]:
        """All addresses of ours in it, in its parts and headers, each once."""
        found = re.findall(re.escape(self.web) + r"[^\s\"'<>)]*", self._all)
        return tuple(dict.fromkeys(link.rstrip(".,") for link in found))

    def link(self, purpose: str) -> str:
        """The address in it for something: ``confirm``, ``leave`` …"""
        mine = [link for link in self.links if link.startswith(f"{self.web}/{purpose}/")]
        assert mine, f"nothing for {purpose} in {self.taken.subject}"
        return mine[0]

    @property
    def message(self) -> EmailMessage:
        """Its parts and headers."""
        return BytesParser(EmailMessage, policy=default).parsebytes(self.taken.content)

    @property
    def html(self) -> str:
        """Its HTML part."""
        part = self.message.get_body(("html",))
        assert part is not None
        return str(part.get_content())

    @property
    def _all(self) -> str:
        texts = [str(part.get_content()) for part in self.message.walk() if part.get_content_maintype() == "text"]
        return "\n".join([*texts, *(str(value) for value in self.message.values())])


@contextmanager
def opened(
    folder: Path, database: str | Path, *, language: str = "nl", sample: bool = False, path: str = "", **changes: str
) -> Iterator[OpenPaper]:
    """Open the pages of a newspaper in a language, under a path; further keywords are lines of its ``[pages]``."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved())
        web = f"http://127.0.0.1:{port}{path}"
        server = stack.enter_context(mail_server.running())
        workspace.init(folder, language=language, empty=not sample)
        _configure(folder / configuration.FILE, web, server.port, changes)
        environment = {
            "NEWSLETTER_SECRET": SECRET,
            "NEWSLETTER_ERASE_KEY": "sleutel-voor-wie-vergeten-wil-worden",
            "NEWSLETTER_DATABASE": str(database),
        }
        config, clock = configuration.load(folder, environment), Clock()
        serving = stack.enter_context(app.serving(config, clock=clock))
        knock = Knock(key=serving.keys[0])
        stack.enter_context(_running(serving, knock, port))
        yield OpenPaper(web=web, config=config, serving=serving, server=server, clock=clock, knock=knock)


@contextmanager
def _running(serving: Serving, knock: Knock, port: int) -> Iterator[None]:
    answering, until = threading.Event(), threading.Event()
    pages = run.pages(serving, knock)
    arguments = {"host": "127.0.0.1", "port": port, "ready": lambda _: answering.set(), "until": until}
    thread = threading.Thread(target=run.serve, args=(pages, serving.courier), kwargs=arguments)
    thread.start()
    assert answering.wait(PATIENCE)
    try:
        yield
    finally:
        until.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def _configure(file: Path, web: str, port: int, changes: dict[str, str]) -> None:
    text = re.sub(r'^url = "https://week.*"$', f'url = "{web}"', file.read_text("utf-8"), flags=re.MULTILINE)
    lines = {"tags": '{ zuid = "Nieuws uit Zuid", agenda = "De agenda" }', **changes}
    pages = "\n".join(["[pages]", *(f"{key} = {value}" for key, value in lines.items())])
    text = text.replace("[pages]", pages, 1)
    text = re.sub(r"^(?:# )?provider = .*$", 'provider = "smtp"', text, flags=re.MULTILINE)
    smtp = f'[send.smtp]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
    fetch = 'private = ["127.0.0.1"]'
    text = re.sub(r"^# private = .*$", fetch, text, flags=re.MULTILINE)
    file.write_text(f"{text}\n{smtp}", "utf-8")

"""`newsletter serve` from outside: what it wants, what it says, how it ends, and what stands in its log."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from zoneinfo import ZoneInfo

import httpx
import pytest
from listed import one, put
from providers.fakes import mail_server
from providers.fakes.mail_server import MailServer

from newsletter import links, workspace
from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.audience.occasion import Occasion
from newsletter.links import Key
from newsletter.store import migrate, notices
from newsletter.store.database import Store

NEWSLETTER = [sys.executable, "-m", "newsletter"]
HOME = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
SECRET = "een-geheim-van-zestig-schapen"
READER = "j.vandenberg@example.org"
PATIENCE = 300
"""Seconds after which what does not come is taken for lost, on the slowest of machines."""


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server.running() as server:
        yield server


@pytest.fixture
def paper(tmp_path: Path, server: MailServer) -> Path:
    """A newspaper that can be served, with an empty list."""
    workspace.init(tmp_path, empty=True)
    write(tmp_path, r'^url = "https://week.*"$', 'url = "https://weekbrief.invalid"')
    write(tmp_path, r"^# provider = .*$", 'provider = "smtp"')
    with (tmp_path / "newsletter.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[send.smtp]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\n')
    (tmp_path / ".env").write_text(f"NEWSLETTER_SECRET={SECRET}\n", "utf-8")
    with closing(Store(tmp_path / "newsletter.db")) as store:
        migrate.create(store)
    return tmp_path


def write(root: Path, pattern: str, line: str) -> None:
    file = root / "newsletter.toml"
    text, changed = re.subn(pattern, line, file.read_text("utf-8"), flags=re.MULTILINE)
    assert changed, pattern
    file.write_text(text, "utf-8")


def refused(root: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Start it where it cannot be started."""
    done = subprocess.run(
        [*NEWSLETTER, "serve", *options], cwd=root, env=HOME, capture_output=True, text=True, timeout=PATIENCE
    )
    assert "Traceback" not in done.stderr
    return done


class Running:
    """A server that runs. ``said`` is all that it has said so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said = ""

    def until(self, text: str) -> str:
        """Wait until it says something."""
        assert self.process.stderr is not None
        hurry = Timer(PATIENCE, self.process.kill)
        hurry.start()
        while text not in self.said and (line := self.process.stderr.readline()):
            self.said += line
        hurry.cancel()
        assert text in self.said, self.said
        return self.said

    @property
    def address(self) -> str:
        """Where it answers on this machine."""
        found = re.search(r"http://127\.0\.0\.1:\d+", self.until("; Ctrl-C ends it."))
        assert found
        return found[0]

    def ended(self, with_: int) -> int:
        """Send it a signal; return what it ends with."""
        self.process.send_signal(with_)
        hurry = Timer(PATIENCE, self.process.kill)
        hurry.start()
        assert self.process.stderr is not None
        self.said += self.process.stderr.read()
        hurry.cancel()
        return self.process.wait()


Serve = Callable[..., Running]


@pytest.fixture
def serve(paper: Path) -> Iterator[Serve]:
    """``serve()``: start it, at a free port; it ends with the test."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(_serving(paper, options))


@contextmanager
def _serving(paper: Path, options: tuple[str, ...]) -> Iterator[Running]:
    process = subprocess.Popen(
        [*NEWSLETTER, "serve", "--port", "0", *options],
        cwd=paper,
        env=HOME,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A suite that runs in the background of a shell inherits that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (no thread forks here)
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


# What it wants.


@pytest.mark.parametrize(
    ("pattern", "line", "sentence"),
    [
        (r'^provider = "smtp"$', "", "`provider` under [send]"),
        (r'^url = "https://week.*"$', "", "`url` under [web]"),
        (r'^address = "Postbus.*"$', "", "`address` under [publisher]"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_served(paper: Path, pattern: str, line: str, sentence: str) -> None:
    write(paper, pattern, line)
    done = refused(paper)
    assert (done.returncode, sentence in done.stderr) == (3, True)
    assert "docs/serving.md" in done.stderr


def test_without_a_secret_it_does_not_start_with_the_demo_key(paper: Path) -> None:
    (paper / ".env").unlink()
    done = refused(paper)
    assert (done.returncode, "NEWSLETTER_SECRET" in done.stderr) == (3, True)


def test_a_short_secret_is_none_and_neither_is_a_short_old_one(paper: Path) -> None:
    for written in ("NEWSLETTER_SECRET=kort\n", f"NEWSLETTER_SECRET={SECRET}\nNEWSLETTER_OLD_SECRETS=kort\n"):
        (paper / ".env").write_text(written, "utf-8")
        done = refused(paper)
        assert (done.returncode, "shorter than 16 characters" in done.stderr) == (3, True)
        assert "kort" not in done.stderr.replace("korter", "")


def test_all_that_is_missing_is_said_at_once(paper: Path) -> None:
    write(paper, r'^url = "https://week.*"$', "")
    write(paper, r'^address = "Postbus.*"$', "")
    (paper / ".env").unlink()
    said = refused(paper).stderr
    assert all(what in said for what in ("[web]", "[publisher]", "NEWSLETTER_SECRET"))


def test_without_a_list_it_refuses_and_makes_one_only_when_told(paper: Path, serve: Serve) -> None:
    (paper / "newsletter.db").unlink()
    done = refused(paper)
    assert done.returncode == 5
    assert "newsletter serve --create" in done.stderr
    assert not (paper / "newsletter.db").exists()
    running = serve("--create")
    assert httpx.get(f"{running.address}/health", trust_env=False).text == "ok\n"
    assert (paper / "newsletter.db").exists()


def test_a_taken_port_is_said(paper: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = refused(paper, "--port", str(taken.getsockname()[1]))
    assert (done.returncode, "--port" in done.stderr) == (2, True)


def test_an_address_that_is_not_of_this_machine_is_said(paper: Path) -> None:
    done = refused(paper, "--host", "192.0.2.1", "--port", "0")
    assert (done.returncode, "192.0.2.1" in done.stderr) == (2, True)


# What it says.


def test_it_says_what_must_be_reachable_and_goes_on_though_it_is_not(serve: Serve) -> None:
    running = serve()
    said = running.until("docs/serving.md")
    assert "https://weekbrief.invalid/subscribe" in said
    assert "Wrong: There is no host weekbrief.invalid." in said
    assert "Notices waiting: 0; in doubt: 0." in said
    assert "readers cannot have themselves erased" in said
    assert httpx.get(f"{running.address}/health", trust_env=False).status_code == 200


def test_what_waited_is_sent_and_told(paper: Path, serve: Serve, server: MailServer) -> None:
    queue(paper)
    running = serve()
    running.until("notice_accepted")
    assert "Notices waiting: 1; in doubt: 0." in running.said
    assert [taken.reader for taken in server.taken] == [READER]


def queue(paper: Path) -> None:
    """Have a notice wait for a reader."""
    occasion = Occasion(at=datetime.now(UTC), zone=ZoneInfo("Europe/Amsterdam"), source="form")
    with closing(Store(paper / "newsletter.db")) as store, store.writing() as transaction:
        consent.sign_up(transaction, Newcomer(address=READER), occasion, key=None, draw=lambda: "5e" * 16)


# How it ends.


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_with_what_was_begun_settled(
    paper: Path, serve: Serve, server: MailServer, sent: int, code: int
) -> None:
    server.order("DATA", mail_server.SLOW)
    queue(paper)
    running = serve()
    running.until("Notices waiting: 1")
    until = time.monotonic() + PATIENCE
    while "DATA" not in server.commands:
        assert time.monotonic() < until, running.said
        time.sleep(0.005)
    assert running.ended(sent) == code, running.said
    with closing(Store(paper / "newsletter.db")) as store, store.reading() as transaction:
        assert {state: count for state, count in notices.counts(transaction).items() if count} == {"accepted": 1}
    assert "Traceback" not in running.said


# What stands in its log.


def test_its_log_tells_what_was_done_and_of_nobody(paper: Path, serve: Serve) -> None:
    person = one(READER)
    with closing(Store(paper / "newsletter.db")) as store:
        put(store, person)
    with (paper / ".env").open("a", encoding="utf-8") as file:
        file.write("NEWSLETTER_RESEND_KEY=re_proef\nNEWSLETTER_RESEND_WEBHOOK=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    key = Key(secret=SECRET.encode())
    token, webhook = links.sign(key, "leave", person.id), links.sign_webhook(key, "resend")
    running = serve()
    headers = {"Host": "weekbrief.invalid", "X-Forwarded-For": "192.0.2.77"}
    with httpx.Client(base_url=running.address, headers=headers, trust_env=False) as client:
        one_click = client.post(f"/leave/{token}", data={"List-Unsubscribe": "One-Click"})
        assert one_click.status_code == 200
        client.post("/subscribe", data={"email": "p.vandam@example.org"})
        client.get(f"/subscribe/{READER}")
        assert client.post(f"/webhooks/resend/{webhook}", content=b"{}").status_code == 401
    assert running.ended(signal.SIGTERM) == 0
    assert "POST /leave/… 200 in " in running.said
    assert "POST /webhooks/resend/… 401 in " in running.said
    assert "What these tell of mails is taken: resend; newsletter doctor shows at which address." in running.said
    assert re.search(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO web\.answered POST /subscribe \d+ in", running.said, re.M)
    assert not any(secret in running.said for secret in (token, webhook, READER, "p.vandam", "192.0.2.77", SECRET))
    assert "server" not in one_click.headers
    with closing(Store(paper / "newsletter.db")) as store, store.reading() as transaction:
        assert consent.known_by(transaction, READER, to_change=False).subscriber.status == "left"

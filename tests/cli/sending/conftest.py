"""A newspaper with fifty readers and a real mail server, and somebody at the keyboard."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from at_keyboard import Keyboard
from commandline import Typed
from fifty_readers import ISSUE, lay_out, subscribe
from providers.fakes import mail_server
from providers.fakes.mail_server import MailServer


@pytest.fixture
def server() -> Iterator[MailServer]:
    """It takes every mail, unless it has an order."""
    with mail_server.running() as server:
        yield server


@pytest.fixture
def paper(tmp_path: Path, server: MailServer, sqlite_addresses: Callable[[], Path]) -> Path:
    """A newspaper without quiet days, whose mail server is on this machine; fifty readers wait for its issue."""
    root = tmp_path / "paper"
    lay_out(root, server)
    sqlite_addresses().rename(root / "newsletter.db")
    subscribe(root)
    return root


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("--at", "now")``: what comes of sending the issue so."""
    return partial(typed_in, paper, "send", ISSUE)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``answer("50")``: somebody is at the keyboard, and types this."""
    return lambda line: monkeypatch.setattr(sys, "stdin", Keyboard(f"{line}\n"))

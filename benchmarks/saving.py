"""Saving an article to its being on the screen, in a real browser. Goal: at most the issue's build + 150 ms.

A build from nothing and the rebuild that the preview makes of it take turns with the savings, in the same process.
"""

import os
import re
import shutil
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

from playwright.sync_api import Page, sync_playwright

from newsletter import build, workspace
from newsletter.web import preview
from newsletter.web.preview.shelf import Shelf

GOAL = 0.150
ROUNDS = 20
ISSUE = "2026-10-03"
ARTICLE = f"issues/{ISSUE}/articles/pont-naar-school.md"
PAUSE = 0.4
_CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
_SHOWN = """title => [...document.querySelectorAll("iframe:not(.coming)")].some(
    frame => frame.contentDocument.body?.innerText.replaceAll("\\u00a0", " ").includes(title))"""


def main() -> None:
    """Print the medians and the difference."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        workspace.init(root)
        with desk(root) as page:
            saved = [screen(page, root, number) for number in range(ROUNDS + 1)][1:]
        whole, again = builds(root)
    screened = statistics.median(saved)
    print(f"  the issue built from nothing        {whole * 1000:7.0f} ms")
    print(f"  built again, one article saved      {again * 1000:7.0f} ms")
    print(f"  save to screen, median of {ROUNDS}        {screened * 1000:7.0f} ms  (worst {max(saved) * 1000:.0f})")
    print(f"  over the build                      {(screened - whole) * 1000:+7.0f} ms  (goal ≤ {GOAL * 1000:.0f})")


@contextmanager
def desk(root: Path) -> Iterator[Page]:
    """The issue on the desk, served as `newsletter preview` does, in a browser."""
    told: list[str] = []
    ready = threading.Event()

    def tell(address: str) -> None:
        told.append(address)
        ready.set()

    serving = {"root": root, "issue": ISSUE, "port": 0, "ready": tell}
    threading.Thread(target=preview.serve, kwargs=serving, daemon=True).start()
    ready.wait(20)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(told[0])
        sleep(2)
        yield page
        browser.close()


def screen(page: Page, root: Path, number: int) -> float:
    """Save an article with another title; return the seconds until the mail on the page has it."""
    sleep(PAUSE)
    title = f"De pont vaart weer {number}"
    start = perf_counter()
    retitle(root, title)
    page.wait_for_function(_SHOWN, arg=title, polling="raf")
    return perf_counter() - start


def builds(root: Path) -> tuple[float, float]:
    """Seconds of a whole build, and of the preview's after an article was saved, medians in turns."""
    space, shelf = workspace.find(root), Shelf()
    shelf.look(space, ISSUE)
    whole, again = [], []
    for number in range(ROUNDS):
        retitle(root, f"De pont vaart niet {number}")
        sleep(0.05)
        whole.append(seconds(lambda: build.build(space, ISSUE)))
        again.append(seconds(lambda: shelf.look(space, ISSUE)))
    return statistics.median(whole), statistics.median(again)


def retitle(root: Path, title: str) -> None:
    """Save an article with another title."""
    article = root / ARTICLE
    article.write_text(re.sub(r"(?m)^title: .*", f"title: {title}", article.read_text("utf-8")), "utf-8")


def seconds(run: Callable[[], object]) -> float:
    """How long it takes."""
    start = perf_counter()
    run()
    return perf_counter() - start

"""What tests share: a workspace with pictures, the issues of `examples` rendered once, and a browser."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import examples
import pytest
from commandline import typed_in  # noqa: F401 (fixture)
from databases import (  # noqa: F401 (fixtures)
    addresses,
    fresh,
    in_memory,
    kept_database,
    postgresql,
    postgresql_addresses,
    sql_known,
    sqlite_addresses,
    store,
)
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from newsletter.config import Config
from newsletter.model.mail import Edition, Message
from newsletter.rendering.merge import Merge

# Machines are shared and noisy: how long one example takes says nothing here, nor how long one takes to draw.
# The examples are the same each time, so that the same tests pass and fail each time; with
# ``--hypothesis-profile=exploring`` they are others.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("the same", _UNHURRIED, derandomize=True)
settings.register_profile("exploring", _UNHURRIED)
settings.load_profile("the same")

PATIENCE = 300_000
"""Milliseconds that a browser may take for anything, on the slowest of machines."""
expect.set_options(timeout=PATIENCE)


def pytest_xdist_auto_num_workers() -> int:
    """One more than cores: many tests wait for a process, a server or a browser."""
    return (os.cpu_count() or 1) + 1


CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
NO_BROWSER = "No Chromium here (set CHROMIUM): the tests that look at the mail in a browser did not run."


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace's folder that holds pictures and nothing else. Tests that write use ``tmp_path``."""
    return examples.pictures_in(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="session")
def config(root: Path) -> Callable[..., Config]:
    """``config(brand={"colour": …})``: a configuration in which some keys are replaced."""
    return lambda **tables: examples.config(root, **tables)


@pytest.fixture(scope="session")
def edition_of(root: Path) -> Callable[[str], Edition]:
    """``edition_of("reference")``: an issue of `examples` rendered, once per session."""
    return cache(lambda name: examples.rendered(name, root))


@pytest.fixture(scope="session")
def merge_for(config: Callable[..., Config]) -> Callable[[Edition], Merge]:
    """``merge_for(edition)``: what makes its messages."""
    return lambda edition: examples.merge_for(edition, config())


@pytest.fixture(scope="session")
def message_of(edition_of: Callable[[str], Edition], config: Callable[..., Config]) -> Callable[[str], Message]:
    """``message_of("reference")``: an issue of `examples` as the sample reader gets it."""
    return cache(lambda name: examples.message_for(edition_of(name), config()))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Where there is none its tests are skipped, or fail when NEWSLETTER_REQUIRE_BROWSER is set."""
    if not Path(CHROMIUM).is_file():
        (pytest.fail if os.environ.get("NEWSLETTER_REQUIRE_BROWSER") else pytest.skip)(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE
        )
        yield _patient(browser)
        browser.close()


def _patient(browser: Browser) -> Browser:
    """Have its pages wait for as long as a busy machine takes."""
    contexts, pages = browser.new_context, browser.new_page

    def waiting(opened: BrowserContext | Page) -> Any:
        opened.set_default_timeout(PATIENCE)
        return opened

    browser.new_context = lambda **how: waiting(contexts(**how))  # type: ignore[method-assign]
    browser.new_page = lambda **how: waiting(pages(**how))  # type: ignore[method-assign]
    return browser


def pytest_configure() -> None:
    """Have the folders of tests lie in memory, where there is room: see `databases`."""
    if folder := in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)


def pytest_collection_finish() -> None:
    """Have the garbage collector pass over all that was made until now: it stays to the end."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line that browser tests were skipped; ``-q`` shows no more than an “s”."""
    skipped = terminalreporter.stats.get("skipped", [])
    if any(NO_BROWSER in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(NO_BROWSER, yellow=True)

"""The doctor: whatever it looks at is good or has a remedy, and an error is what a send would fail of."""

from pathlib import Path
from threading import Event

import examples
import pytest
from surgery import OPEN, PUBLIC, SECRET, Post, diagnosed, told

from newsletter import app, workspace
from newsletter.config import Config, load
from newsletter.errors import ConfigError
from newsletter.fetch import Fetched
from newsletter.providers._base import Provider
from newsletter.send.preflight import missing
from newsletter.workspace import Workspace


def test_where_all_is_well_everything_is_good(paper: Workspace) -> None:
    with app.store(paper.config, create=True):
        found = diagnosed(paper)
    assert {one.level for one in found} == {"good"}
    assert list(dict.fromkeys(one.group for one in found)) == [
        "python", "program", "optional parts", "configuration", "templates", "issues", "readers", "workers",
        "provider", "addresses",
    ]  # fmt: skip


def test_outside_a_workspace_the_machine_is_looked_at_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.find(tmp_path, {})
    found = diagnosed(caught.value)
    assert [one.group for one in found if one.level == "good"].count("python") == 2
    assert (found[-1].group, found[-1].level) == ("configuration", "error")
    assert "newsletter init" in found[-1].remedy


@pytest.mark.parametrize("provider", [None, "smtp", "duif"])
@pytest.mark.parametrize("secret", [{}, SECRET], ids=["no secret", "secret"])
@pytest.mark.parametrize("url", [None, PUBLIC, PUBLIC.replace("https", "http")])
@pytest.mark.parametrize("address", ["", "Postbus 1"])
def test_there_is_an_error_whenever_a_real_send_is_missing_something(
    tmp_path: Path, provider: str | None, secret: dict[str, str], url: str | None, address: str
) -> None:
    workspace.init(tmp_path, empty=True)
    tables = {"publisher": {"address": address}, "web": {"url": url}, "send": {"provider": provider}}
    config = examples.config(tmp_path, **tables)
    config = config.model_copy(update={"secrets": load(tmp_path, secret).secrets})

    def connect(config: Config) -> Provider:
        return Post(OPEN) if config.send.provider == "smtp" else app.provider(config)

    found = diagnosed(Workspace(root=tmp_path, config=config), connect=connect)
    assert bool(told(found, "error")) == bool(missing(config))


def test_offline_nothing_is_asked_and_each_address_says_so(paper: Workspace) -> None:
    def never(*_: object) -> Fetched:
        raise AssertionError

    found = diagnosed(paper, connect=lambda _: Post(AssertionError()), fetch=never, online=False)
    assert [one.group for one in found if one.level == "unknown"] == ["provider", "addresses", "addresses"]
    assert not told(found, "error")


def test_a_server_that_says_nothing_holds_nobody_up(paper: Workspace) -> None:
    silence = Event()
    found = diagnosed(paper, connect=lambda _: Post(silence), patience=0.01)
    silence.set()
    assert "The login of smtp has not answered within 0.01 seconds." in told(found, "unknown")


def test_a_mistake_of_ours_keeps_its_traceback(paper: Workspace) -> None:
    with pytest.raises(ZeroDivisionError):
        diagnosed(paper, connect=lambda _: Post(ZeroDivisionError()))

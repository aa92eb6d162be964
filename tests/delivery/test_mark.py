"""The number outside the database: how a restored database is found out."""

import threading
from pathlib import Path

import pytest

from newsletter.delivery.mark import Mark, Restored, folder
from newsletter.errors import ConfigError, StoreError


def test_a_database_that_knows_fewer_requests_than_were_made_is_refused(tmp_path: Path) -> None:
    Mark(tmp_path, "brief").lift(40)
    mark = Mark(tmp_path, "brief")
    mark.refuse_older(40, mark.number)
    mark.refuse_older(41, mark.number)
    with pytest.raises(Restored, match="knows 39 requests to the provider, and this machine has made 40"):
        mark.refuse_older(39, mark.number)


def test_another_databases_number_is_another(tmp_path: Path) -> None:
    Mark(tmp_path, "brief").lift(40)
    assert Mark(tmp_path, "andere").number == 0


def test_the_number_never_falls(tmp_path: Path) -> None:
    one, two = Mark(tmp_path, "brief"), Mark(tmp_path, "brief")
    one.lift(100)
    two.lift(50)
    assert one.number == two.number == 100


def test_the_number_is_the_highest_of_all_who_write_at_a_time(tmp_path: Path) -> None:
    def write(first: int) -> None:
        mark = Mark(tmp_path, "brief")
        for number in range(first, 2_000, 4):
            mark.lift(number)

    threads = [threading.Thread(target=write, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Mark(tmp_path, "brief").number == 1_999


def test_a_file_with_something_else_in_it_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "brief").write_text("kladje")
    assert Mark(tmp_path, "brief").number == 0


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(ConfigError, match="cannot be kept"):
        Mark(tmp_path / "state", "brief")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_a_disk_that_is_full_is_no_fault_of_the_settings_and_is_tried_again_when_there_is_room(tmp_path: Path) -> None:
    (tmp_path / "brief").symlink_to("/dev/full")
    with pytest.raises(StoreError, match=r"cannot be kept in .*: No space left on device"):
        Mark(tmp_path, "brief")
    (tmp_path / "brief").unlink()
    Mark(tmp_path, "brief").lift(40)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "home/.local/state/newsletter"),
        ({"XDG_STATE_HOME": "xdg"}, "xdg/newsletter"),
        ({"XDG_STATE_HOME": "xdg", "STATE_DIRECTORY": "systemd:other"}, "systemd"),
        ({"STATE_DIRECTORY": "systemd", "NEWSLETTER_STATE": "own"}, "own"),
    ],
)
def test_the_folder_is_the_one_that_is_named_or_the_usual_one(environment: dict[str, str], expected: str) -> None:
    assert folder(environment, Path("home")) == Path(expected)

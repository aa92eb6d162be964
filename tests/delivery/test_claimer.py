"""One sender for a SQLite file."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.delivery.claimer import Busy, Claimer

NOW = datetime(2026, 11, 28, 5, tzinfo=UTC)

_HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from newsletter.delivery.claimer import Claimer
with Claimer(Path(sys.argv[1])).hold("worker", at=datetime(2026, 11, 28, 5, tzinfo=UTC)):
    print("holds", flush=True)
    sys.stdin.read()
"""


def test_a_second_sender_is_refused_and_told_who_sends(tmp_path: Path) -> None:
    claimer = Claimer(tmp_path / "newsletter.db")
    with (
        claimer.hold("send 2026-11-28", at=NOW),
        pytest.raises(Busy) as refused,
        Claimer(tmp_path / "newsletter.db").hold("worker", at=NOW),
    ):
        pass
    assert "`newsletter send 2026-11-28` (process " in refused.value.sentence
    assert "since 2026-11-28T05:00:00Z" in refused.value.sentence


def test_two_ways_to_one_file_are_one_lock(tmp_path: Path) -> None:
    (tmp_path / "list.db").touch()
    (tmp_path / "link.db").symlink_to("list.db")
    (tmp_path / "folder").symlink_to(tmp_path)
    with Claimer(tmp_path / "list.db").hold("worker", at=NOW):
        for other in ("link.db", "folder/list.db", "folder/link.db"):
            with pytest.raises(Busy, match=other), Claimer(tmp_path / other).hold("send", at=NOW):
                pass


def test_nobody_sends_before_and_after(tmp_path: Path) -> None:
    claimer = Claimer(tmp_path / "newsletter.db")
    assert claimer.who() is None
    with claimer.hold("worker", at=NOW):
        holder = claimer.who()
        assert holder is not None
        assert (holder.command, holder.since) == ("worker", "2026-11-28T05:00:00Z")
    assert claimer.who() is None


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    file = tmp_path / "newsletter.db"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "holds\n"
        with pytest.raises(Busy, match="newsletter worker"), Claimer(file).hold("send", at=NOW):
            pass
        other.kill()
        other.wait()
        with Claimer(file).hold("send", at=NOW):
            pass

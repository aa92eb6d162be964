"""What commands say to people: counts below each other, a bar without a known end, and whom they cannot ask."""

import io

import pytest

from newsletter.cli import _out
from newsletter.errors import UsageError


def test_counts_stand_below_each_other_and_parts_below_what_they_are_of(capsys: pytest.CaptureFixture[str]) -> None:
    _out.say_counts([("new", 181_204, ""), ("changed", 12, ""), ("  name", 3, "[red]as written[/red]")])
    said = capsys.readouterr()
    lines = [line.rstrip() for line in said.err.splitlines()]
    assert lines == ["new      181,204", "changed       12", "  name         3  [red]as written[/red]"]
    assert said.out == ""


@pytest.mark.parametrize("total", [None, 3])
@pytest.mark.parametrize("in_bytes", [True, False])
def test_a_bar_moves_also_towards_an_end_that_nobody_knows(
    capsys: pytest.CaptureFixture[str], total: int | None, in_bytes: bool
) -> None:
    with _out.progress("Reading", total, in_bytes=in_bytes) as advance:
        advance(1)
        advance(2)
    assert capsys.readouterr().out == ""


def test_where_nobody_can_answer_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(UsageError) as caught:
        _out.confirm("Take these in?")
    assert "--yes" in caught.value.hint
    assert capsys.readouterr().err == ""

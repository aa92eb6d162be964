"""`newsletter runs list|show` as one types them: which runs there are, and how one stands."""

import json
import re
from pathlib import Path

import pytest
from commandline import Typed, refused, run
from under_way import ISSUE, NOW

from newsletter.delivery.claimer import Claimer
from newsletter.model.ledger import Run


def test_before_anything_was_sent_there_is_nothing_to_list_or_show(typed: Typed) -> None:
    assert typed("list").err == "No issue was sent to the list yet.\n"
    refused(typed("show"), 2, "No issue was sent to the list yet.")


def test_runs_are_listed_with_what_became_of_their_readers(typed: Typed, begun: Run) -> None:
    said = typed("list").out
    assert f"1  2026-11-28: sending, due 2026-11-28 06:00, edition {begun.edition[:8]}" in said
    assert "5 readers: 2 waiting, 1 accepted, 1 refused, 1 in doubt" in said
    (one,) = json.loads(typed("list", "--json").out)
    assert (one["run"], one["counts"]["waiting"], one["due_at"]) == (1, 2, "2026-11-28T06:00:00+01:00")


def test_a_run_is_shown_with_its_sum_and_the_provider_s_words(typed: Typed, begun: Run) -> None:
    code, out, err = typed("show")
    assert (code, err) == (0, "")
    assert "The sum holds: 5 = 2 + 0 + 1 + 1 + 0 + 1." in out
    assert "Somebody who sends: newsletter send 2026-11-28, or newsletter worker." in out
    assert out.count("550 5.1.1 unknown") == 2
    assert "no answer in time" in out
    assert "example.nl" in out


@pytest.mark.parametrize("named", ["1", ISSUE, None])
def test_a_run_is_named_by_its_number_or_its_issue_or_is_the_newest(
    typed: Typed, begun: Run, named: str | None
) -> None:
    found = json.loads(typed("show", *([named] if named else []), "--json").out)
    assert (found["run"], found["sum_holds"], found["domains"]["example.nl"]["accepted"]) == (1, True, 1)


def test_a_run_that_is_not_there_is_no_run(typed: Typed, begun: Run) -> None:
    refused(typed("show", "2026-11-29"), 2, "There is no run 2026-11-29, and no run of an issue 2026-11-29.")


def test_a_run_that_somebody_sends_waits_for_nobody(typed: Typed, paper: Path, begun: Run) -> None:
    with Claimer(paper / "newsletter.db").hold("worker", at=NOW):
        assert "waits for" not in typed("show").out


def test_it_fits_a_narrow_terminal_and_has_no_colour_where_none_is_wanted(paper: Path, begun: Run) -> None:
    for command in ("show", "readers"):
        said = run(paper, "runs", command, COLUMNS="60", FORCE_COLOR="1", NO_COLOR="1", TERM="xterm")
        assert said.code == 0
        assert "\x1b[3" not in said.out
        lines = re.sub(r"\x1b\[[0-9;]*m", "", said.out).splitlines()
        assert max(map(len, lines)) <= 60

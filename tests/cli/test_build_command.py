"""``newsletter build`` as one types it: what it writes, what it prints where, and what comes next."""

import json
from pathlib import Path

from commandline import refused, run
from short_issue import BROKEN, SAMPLE, put


def test_build_writes_the_mail_prints_results_and_says_what_comes_next(sample: Path) -> None:
    done = run(sample, "build")
    assert done.code == 0
    assert f"build/{SAMPLE}/edition.html" in done.out
    assert "17 (" in done.out
    assert f"Next: newsletter preview {SAMPLE}" in done.err
    assert "Next:" not in done.out
    assert (sample / "build" / SAMPLE / "edition.html").exists()


def test_build_works_from_any_folder_in_the_workspace(paper: Path) -> None:
    done = run(paper / "issues" / SAMPLE, "build")
    assert done.code == 0
    assert f"../../build/{SAMPLE}/edition.html" in done.out
    assert (paper / "build" / SAMPLE / "edition.html").exists()


def test_build_as_json_prints_what_edition_json_says(paper: Path) -> None:
    done = run(paper, "build", "--json")
    assert json.loads(done.out) == json.loads((paper / "build" / SAMPLE / "edition.json").read_text("utf-8"))
    assert done.err == ""


def test_build_all_as_json_is_a_list_the_newest_first(paper: Path) -> None:
    (paper / "issues" / "2026-10-10").mkdir()
    names = [data["issue"] for data in json.loads(run(paper, "build", "--all", "--json").out)]
    assert names == ["2026-10-10", SAMPLE]


def test_of_an_issue_without_articles_it_says_so_and_to_mend_the_one_thing_that_is_wrong(paper: Path) -> None:
    (paper / "issues" / "2026-10-10").mkdir()
    done = run(paper, "build")
    assert done.code == 4
    assert done.err.endswith("1 thing is wrong, so this could not be sent.\nMend it and build again.\n")
    assert "articles     none" in done.out


def test_build_standalone_writes_one_page(sample: Path) -> None:
    done = run(sample, "build", SAMPLE, "--standalone")
    page = (sample / "build" / SAMPLE / "standalone.html").read_text("utf-8")
    assert "standalone.html" in done.out
    assert "data:image/jpeg;base64," in page


def test_build_skips_what_is_broken_only_when_asked(paper: Path) -> None:
    put(paper, "kim", BROKEN)
    refused(run(paper, "build"), 4, 'kim.md:2: a value with a colon needs quotes: `title: "Kim: terug"`')
    assert not (paper / "build").exists()
    done = run(paper, "build", "--skip-broken")
    assert done.code == 0
    assert "kim.md:2" in done.out + done.err


def test_build_takes_now_with_and_without_an_offset(paper: Path) -> None:
    put(paper, "dicht", "---\ntitle: Dicht\nnot_before: 2026-10-05 08:00\n---\n\nx\n")
    counts = [
        len(json.loads(run(paper, "build", "--json", "--now", now).out)["articles"])
        for now in ("2026-10-05T07:59", "2026-10-05T06:00+00:00")
    ]
    assert counts == [1, 2]

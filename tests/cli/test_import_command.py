"""``newsletter import`` as one types it: what it read, where it wrote, and what is to be looked at."""

import json
import re
from pathlib import Path

from commandline import refused, run
from short_issue import BROKEN, SAMPLE


def test_import_prints_what_it_read_and_says_where_it_wrote(paper: Path, sample: Path) -> None:
    text = sample / "issues" / SAMPLE / "articles" / "vuurtoren.txt"
    done = run(paper, "import", str(text), "--issue", "2026-11-28")
    assert done.code == 0
    assert re.search(r"^title +De vuurtoren van Inishglas", done.out, re.MULTILINE)
    assert re.search(r"^written +issues/2026-11-28/articles/vuurtoren\.md", done.out, re.MULTILINE)
    assert "line 32 left out" in done.err


def test_import_as_json_is_a_list_with_an_object_for_each_file(paper: Path, sample: Path) -> None:
    texts = sorted(str(file) for file in (sample / "issues" / SAMPLE / "articles").glob("*.txt"))
    done = run(paper, "import", *texts, "--issue", "2026-11-28", "--json")
    data = json.loads(done.out)
    assert len(data) == len(texts) == 2
    keys = (
        "file title section topic label lead authors place published modified language url pictures passages tags "
        "sureness notes lines"
    )
    assert set(keys.split()) <= set(data[0])
    assert data[0]["published"].endswith("+02:00")
    assert data[0]["place"] is None or isinstance(data[0]["place"], str)


def test_import_reads_standard_input(paper: Path) -> None:
    done = run(paper, "import", "-", "--issue", "2026-11-28", stdin="---\ntitle: De sluis\n---\n\nx\n")
    assert done.code == 0
    assert (paper / "issues" / "2026-11-28" / "articles" / "de-sluis.md").exists()


def test_import_of_several_files_does_what_it_can_and_ends_with_4(paper: Path) -> None:
    (paper / "goed.md").write_text("---\ntitle: Goed\n---\n\nx\n", "utf-8")
    (paper / "kim.md").write_text(BROKEN, "utf-8")
    done = run(paper, "import", "kim.md", "weg.md", "goed.md", "--issue", "2026-11-28", "--json")
    assert done.code == 4
    assert [article["title"] for article in json.loads(done.out)] == ["Goed"]
    assert "kim.md:2" in done.err
    assert "weg.md cannot be read" in done.err
    assert (paper / "issues" / "2026-11-28" / "articles" / "goed.md").exists()


def test_import_strict_ends_with_4_only_when_something_is_to_be_looked_at(paper: Path) -> None:
    (paper / "goed.md").write_text("---\ntitle: Goed\n---\n\nx\n", "utf-8")
    (paper / "vaag.md").write_text("---\ntitle: Vaag\ndate: gisteren\n---\n\nx\n", "utf-8")
    assert run(paper, "import", "goed.md", "--issue", "2026-11-28", "--strict").code == 0
    done = run(paper, "import", "vaag.md", "--issue", "2026-11-28", "--strict")
    assert done.code == 4
    assert "to be looked at" in done.err


def test_import_does_not_overwrite_unless_asked(paper: Path) -> None:
    (paper / "goed.md").write_text("---\ntitle: Goed\n---\n\nx\n", "utf-8")
    again = ("import", "goed.md", "--issue", "2026-11-28")
    assert run(paper, *again).code == 0
    refused(run(paper, *again), 4, "there already")
    assert run(paper, *again, "--replace").code == 0

"""``newsletter init`` as one types it."""

from pathlib import Path

from commandline import refused, run


def test_init_makes_a_workspace_and_the_line_it_says_next_works(tmp_path: Path) -> None:
    done = run(tmp_path, "init", "my-paper")
    assert done.code == 0
    assert "Next: cd my-paper && newsletter build" in done.err
    assert run(tmp_path / "my-paper", "build").code == 0


def test_without_a_sample_it_says_to_write_who_one_is_and_the_line_it_says_next_works(tmp_path: Path) -> None:
    done = run(tmp_path, "init", "my-paper", "--empty")
    assert "Say in my-paper/newsletter.toml who you are." in done.err
    assert done.err.endswith("Next: cd my-paper && newsletter new\n")
    refused(run(tmp_path / "my-paper", "build"), 2, "There are no issues yet.\nMake one: newsletter new")
    assert run(tmp_path / "my-paper", "new").code == 0


def test_init_refuses_to_overwrite(paper: Path) -> None:
    refused(run(paper, "init"), 4, "is there already, and nothing is overwritten")


def test_init_copies_a_template(paper: Path) -> None:
    assert run(paper, "init", "--template", "digest").code == 0
    assert (paper / "templates" / "digest" / "edition.html").exists()
    refused(run(paper, "init", "--template", "diggest"), 2, "There is no template “diggest”")

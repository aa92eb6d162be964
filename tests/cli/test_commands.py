"""The commands as one types them: exit codes, what goes where, and never a traceback for a user's mistake."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter import plugins, workspace
from newsletter.cli import main

SAMPLE = "2026-10-03"
COMMANDS = plugins.names("newsletter.cli")
NEWSLETTER = [sys.executable, "-m", "newsletter"]
HOME = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSLETTER_", "FORCE_COLOR"))}
BROKEN = "---\ntitle: Kim: terug\n---\n\nx\n"

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample issue. Tests that change it take ``paper``."""
    root = tmp_path_factory.mktemp("sample")
    workspace.init(root)
    return root


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace of a test's own, with one short issue."""
    root = tmp_path / "paper"
    workspace.init(root, empty=True)
    put(root, "pont", "---\ntitle: De pont vaart weer\nsection: Binnenland\n---\n\nHet water zakt.\n")
    (root / "sample-readers.csv").write_text("email,name\nlezer@example.nl,Jan\n", "utf-8")
    return root


def put(root: Path, name: str, text: str) -> None:
    file = root / "issues" / SAMPLE / "articles" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def run(root: Path, *arguments: str, stdin: str = "", **environment: str) -> Done:
    """Run a command in a folder; what it says of itself is checked of every one."""
    done = subprocess.run(
        [*NEWSLETTER, *arguments], cwd=root, env={**HOME, **environment}, input=stdin, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert environment.get("FORCE_COLOR") or "\x1b" not in done.stderr + done.stdout
    return done


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``typed(root, "build", …)``: as ``run``, in this process, for commands that end in a mistake."""

    def type_(root: Path, *arguments: str) -> Done:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["newsletter", *arguments])
        monkeypatch.delenv("NEWSLETTER_SECRET", raising=False)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(arguments, int(ended.value.code or 0), said.out, said.err)

    return type_


def refused(done: Done, code: int, sentence: str) -> None:
    """A mistake: its exit code, its sentence on stderr with a hint below it, and nothing on stdout."""
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert len(done.stderr.strip().split("\n")) >= 2
    assert done.stdout == ""


# Help


def test_without_a_command_the_commands_are_listed(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert all(re.search(rf"^  {command}\b", done.stdout + done.stderr, re.MULTILINE) for command in COMMANDS)


def test_an_unknown_command_or_option_is_a_mistake_in_usage(tmp_path: Path) -> None:
    assert run(tmp_path, "biuld").returncode == 2
    assert run(tmp_path, "build", "--standalon").returncode == 2
    assert run(tmp_path, "import").returncode == 2


# Build


def test_build_writes_the_mail_prints_results_and_says_what_comes_next(sample: Path) -> None:
    done = run(sample, "build")
    assert done.returncode == 0
    assert f"build/{SAMPLE}/edition.html" in done.stdout
    assert "17 (" in done.stdout
    assert f"Next: newsletter preview {SAMPLE}" in done.stderr
    assert "Next:" not in done.stdout
    assert (sample / "build" / SAMPLE / "edition.html").exists()


def test_build_works_from_any_folder_in_the_workspace(paper: Path) -> None:
    done = run(paper / "issues" / SAMPLE, "build")
    assert done.returncode == 0
    assert f"../../build/{SAMPLE}/edition.html" in done.stdout
    assert (paper / "build" / SAMPLE / "edition.html").exists()


def test_build_as_json_prints_what_edition_json_says(paper: Path) -> None:
    done = run(paper, "build", "--json")
    assert json.loads(done.stdout) == json.loads((paper / "build" / SAMPLE / "edition.json").read_text("utf-8"))
    assert done.stderr == ""


def test_build_all_as_json_is_a_list_the_newest_first(paper: Path) -> None:
    (paper / "issues" / "2026-10-10").mkdir()
    names = [data["issue"] for data in json.loads(run(paper, "build", "--all", "--json").stdout)]
    assert names == ["2026-10-10", SAMPLE]


def test_build_standalone_writes_one_page(sample: Path) -> None:
    done = run(sample, "build", SAMPLE, "--standalone")
    page = (sample / "build" / SAMPLE / "standalone.html").read_text("utf-8")
    assert "standalone.html" in done.stdout
    assert "data:image/jpeg;base64," in page


def test_build_skips_what_is_broken_only_when_asked(paper: Path) -> None:
    put(paper, "kim", BROKEN)
    refused(run(paper, "build"), 4, 'kim.md:2: a value with a colon needs quotes: `title: "Kim: terug"`')
    assert not (paper / "build").exists()
    done = run(paper, "build", "--skip-broken")
    assert done.returncode == 0
    assert "kim.md:2" in done.stdout + done.stderr


def test_build_takes_now_with_and_without_an_offset(paper: Path) -> None:
    put(paper, "dicht", "---\ntitle: Dicht\nnot_before: 2026-10-05 08:00\n---\n\nx\n")
    counts = [
        len(json.loads(run(paper, "build", "--json", "--now", now).stdout)["articles"])
        for now in ("2026-10-05T07:59", "2026-10-05T06:00+00:00")
    ]
    assert counts == [1, 2]


# Import


def test_import_prints_what_it_read_and_says_where_it_wrote(paper: Path, sample: Path) -> None:
    text = sample / "issues" / SAMPLE / "articles" / "vuurtoren.txt"
    done = run(paper, "import", str(text), "--issue", "2026-11-28")
    assert done.returncode == 0
    assert re.search(r"^title +De vuurtoren van Inishglas", done.stdout, re.MULTILINE)
    assert re.search(r"^written +issues/2026-11-28/articles/vuurtoren\.md", done.stdout, re.MULTILINE)
    assert "line 32 left out" in done.stderr


def test_import_as_json_is_a_list_with_an_object_for_each_file(paper: Path, sample: Path) -> None:
    texts = sorted(str(file) for file in (sample / "issues" / SAMPLE / "articles").glob("*.txt"))
    done = run(paper, "import", *texts, "--issue", "2026-11-28", "--json")
    data = json.loads(done.stdout)
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
    assert done.returncode == 0
    assert (paper / "issues" / "2026-11-28" / "articles" / "de-sluis.md").exists()


def test_import_of_several_files_does_what_it_can_and_ends_with_4(paper: Path) -> None:
    (paper / "goed.md").write_text("---\ntitle: Goed\n---\n\nx\n", "utf-8")
    (paper / "kim.md").write_text(BROKEN, "utf-8")
    done = run(paper, "import", "kim.md", "weg.md", "goed.md", "--issue", "2026-11-28", "--json")
    assert done.returncode == 4
    assert [article["title"] for article in json.loads(done.stdout)] == ["Goed"]
    assert "kim.md:2" in done.stderr
    assert "weg.md cannot be read" in done.stderr
    assert (paper / "issues" / "2026-11-28" / "articles" / "goed.md").exists()


def test_import_strict_ends_with_4_only_when_something_is_to_be_looked_at(paper: Path) -> None:
    (paper / "goed.md").write_text("---\ntitle: Goed\n---\n\nx\n", "utf-8")
    (paper / "vaag.md").write_text("---\ntitle: Vaag\ndate: gisteren\n---\n\nx\n", "utf-8")
    assert run(paper, "import", "goed.md", "--issue", "2026-11-28", "--strict").returncode == 0
    done = run(paper, "import", "vaag.md", "--issue", "2026-11-28", "--strict")
    assert done.returncode == 4
    assert "to be looked at" in done.stderr


def test_import_does_not_overwrite_unless_asked(paper: Path) -> None:
    (paper / "goed.md").write_text("---\ntitle: Goed\n---\n\nx\n", "utf-8")
    again = ("import", "goed.md", "--issue", "2026-11-28")
    assert run(paper, *again).returncode == 0
    refused(run(paper, *again), 4, "there already")
    assert run(paper, *again, "--replace").returncode == 0


# Send


def test_send_rehearses_and_says_what_would_happen(sample: Path) -> None:
    done = run(sample, "send", "--dry-run")
    assert done.returncode == 0
    assert "10 of sample-readers.csv would be mailed; not: 1 invalid, 1 double" in done.stdout
    assert (sample / "build" / SAMPLE / "outbox" / "outbox.csv").exists()
    assert "demo key" in done.stdout + done.stderr
    assert "Still missing" in done.stdout + done.stderr
    assert "List-Unsubscribe" in done.stdout + done.stderr


def test_send_as_json_can_be_read(sample: Path) -> None:
    data = json.loads(run(sample, "send", "--dry-run", "--json").stdout)
    assert data["readers"] == 10
    assert len(data["rejects"]) == 2
    assert data["faults"] == []
    assert data["demo_key"] is True


def test_send_alone_says_what_is_not_there_yet_even_without_a_workspace(tmp_path: Path) -> None:
    done = run(tmp_path, "send")
    refused(done, 2, "Sending to the list is not there yet.")
    assert "newsletter send --dry-run" in done.stderr


def test_send_ends_with_4_when_a_message_would_be_wrong(paper: Path) -> None:
    toml = (paper / "newsletter.toml").read_text("utf-8").replace("https://weekbrief", "http://weekbrief")
    (paper / "newsletter.toml").write_text(toml, "utf-8")
    done = run(paper, "send", "--dry-run")
    assert done.returncode == 4
    assert "lezer@example.nl" in done.stdout + done.stderr
    assert "RFC 8058" in done.stdout + done.stderr


def test_send_never_shows_the_secret(paper: Path) -> None:
    secret = "een-geheim-van-zestig-schapen"
    done = run(paper, "send", "--dry-run", NEWSLETTER_SECRET=secret)
    assert done.returncode == 0
    assert secret not in done.stdout + done.stderr
    assert "demo key" not in done.stdout + done.stderr


# Init


def test_init_makes_a_workspace_and_the_line_it_says_next_works(tmp_path: Path) -> None:
    done = run(tmp_path, "init", "my-paper")
    assert done.returncode == 0
    assert "Next: cd my-paper && newsletter build" in done.stderr
    assert run(tmp_path / "my-paper", "build").returncode == 0


def test_init_refuses_to_overwrite(paper: Path) -> None:
    refused(run(paper, "init"), 4, "is there already, and nothing is overwritten")


def test_init_copies_a_template(paper: Path) -> None:
    assert run(paper, "init", "--template", "digest").returncode == 0
    assert (paper / "templates" / "digest" / "edition.html").exists()
    refused(run(paper, "init", "--template", "diggest"), 2, "There is no template “diggest”")


# Mistakes


@pytest.mark.parametrize(
    "arguments",
    [("build",), ("import", "x.md"), ("send", "--dry-run"), ("preview", "--no-open"), ("init", "--template", "digest")],
    ids=" ".join,
)
def test_without_a_workspace_every_command_says_how_to_make_one(
    arguments: tuple[str, ...], tmp_path: Path, typed: Run
) -> None:
    done = typed(tmp_path, *arguments)
    refused(done, 3, "There is no newsletter.toml in ")
    assert "newsletter init" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("build", "2026-10-04"), 2, "There is no issue “2026-10-04”"),
        (("build", "../x"), 2, "There is no issue “../x”"),
        (("build", "--now", "morgen"), 2, "“morgen” is no time."),
        (("send", "--dry-run", "--now", "25:00"), 2, "“25:00” is no time."),
        (("send", "--dry-run", "--list", "weg.csv"), 2, "There is no list of readers weg.csv"),
        (("send", "--dry-run", "--list", "issues"), 4, "issues is a folder"),
        (("send", "--dry-run", "--list", "beeld.csv"), 4, "beeld.csv is no text"),
        (("send", "--dry-run", "--list", "kapot.csv"), 4, "kapot.csv has no reader who can be mailed"),
        (("import", "weg.md"), 4, "weg.md cannot be read"),
        (("build", "2026-10-03", "--all"), 2, "--all builds every issue"),
        (("import", "weg.md", "--url", "example.nl"), 2, "“example.nl” is no web address"),
        (("import", "x.md", "--issue", "../x"), 2, "“../x” cannot be an issue's name"),
        (("import", "a", "b", "--url", "https://example.nl/x"), 2, "--url is the address of one article"),
        (("preview", "2026-10-04", "--no-open", "--port", "0"), 2, "There is no issue “2026-10-04”"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_gets_a_sentence_a_hint_and_its_exit_code(
    paper: Path, typed: Run, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    (paper / "beeld.csv").write_bytes(b"\x89PNG\x00\x00")
    (paper / "kapot.csv").write_text('email,name\n"a@example.nl" x,"Jan\n')
    refused(typed(paper, *arguments), code, sentence)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ("[newsletter]\nname = x\n", "newsletter.toml is not valid TOML"),
        ("[newsletter]\nnaem = 'x'\n", "newsletter.toml: `"),
    ],
)
def test_a_broken_configuration_ends_with_3(paper: Path, typed: Run, toml: str, sentence: str) -> None:
    (paper / "newsletter.toml").write_text(toml, "utf-8")
    refused(typed(paper, "build"), 3, sentence)


def test_a_broken_issue_toml_ends_with_4(paper: Path, typed: Run) -> None:
    (paper / "issues" / SAMPLE / "issue.toml").write_text('subjet = "x"\n', "utf-8")
    refused(typed(paper, "build"), 4, f"issues/{SAMPLE}/issue.toml: `subjet` is not a known key.")


def test_a_template_that_names_what_is_not_there_ends_with_4(paper: Path, typed: Run) -> None:
    workspace.init_template(paper, "digest")
    template = paper / "templates" / "digest" / "edition.html"
    template.write_text(template.read_text("utf-8").replace("<body", "{{ issue.naam }}<body", 1), "utf-8")
    refused(typed(paper, "build"), 4, "edition.html:")


def test_a_folder_that_cannot_be_written_is_a_sentence(paper: Path, typed: Run) -> None:
    (paper / "build").write_text("van mij", "utf-8")
    refused(typed(paper, "build"), 1, "build")
    assert (paper / "build").read_text("utf-8") == "van mij"


# Where things go


def test_a_terminal_that_asks_for_no_colour_gets_none(paper: Path) -> None:
    put(paper, "kaal", "---\ntitle: Kaal\nimage: weg.jpg\n---\n\nx\n")
    coloured = run(paper, "build", FORCE_COLOR="1")
    assert "\x1b[" in coloured.stdout + coloured.stderr
    quiet = run(paper, "build", FORCE_COLOR="1", NO_COLOR="1")
    assert not re.search(r"\x1b\[(?:\d+;)*3\d", quiet.stdout + quiet.stderr)


def test_words_in_brackets_are_shown_as_they_are(paper: Path) -> None:
    put(paper, "haken", "---\ntitle: '[red]Haken[/red] :smile: [bold]'\n---\n\nx\n")
    assert (
        "[red]Haken[/red] :smile: [bold]" in run(paper, "build", SAMPLE).stdout + run(paper, "build", "--json").stdout
    )


def test_a_reader_of_the_output_that_stops_early_is_no_traceback(sample: Path) -> None:
    with subprocess.Popen(
        [*NEWSLETTER, "build", "--json"],
        cwd=sample,
        env=HOME,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


def wait_until_it_reads(pid: int) -> None:
    """Wait until a process has loaded the command and sleeps in a read of its standard input."""
    state = Path(f"/proc/{pid}/wchan")
    for _ in range(200):
        time.sleep(0.02)
        if "pipe" in state.read_text():
            return


def test_ctrl_c_ends_with_130(paper: Path) -> None:
    with subprocess.Popen(
        [*NEWSLETTER, "import", "-"],
        cwd=paper,
        env=HOME,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A suite that runs in the background of a shell inherits that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (no thread runs here)
    ) as process:
        assert process.stdin
        assert process.stderr
        wait_until_it_reads(process.pid)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        process.stdin.close()
    assert "Traceback" not in said
    assert process.returncode == 130


def test_a_terminal_that_knows_no_unicode_gets_the_result_all_the_same(paper: Path) -> None:
    put(paper, "vuur", "---\ntitle: Het vuur – 日本\npinned: true\n---\n\nx\n")
    done = run(paper, "build", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "Het vuur ? ??" in done.stdout

"""The rehearsal from the list of readers: whom it is for, whom it leaves out, and what it says when it cannot be."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from commandline import Typed
from listed import SINCE, one, put

from newsletter import app, build, links, workspace
from newsletter.errors import ConfigError, ContentError, StoreError, UsageError
from newsletter.send.rehearsal import Rehearsal
from newsletter.store import erased, migrate
from newsletter.store.database import Store

ISSUE = "2026-11-28"
ARTICLE = "---\ntitle: De pont vaart weer\nsection: Binnenland\n---\n\nHet water zakt.\n"
PEOPLE = (
    one("anna@example.nl", name="Anna", tags=("zuid",)),
    one("bram@example.nl", tags=("noord",)),
    one("cees@example.nl", "pending"),
    one("dora@example.nl", "left", tags=("zuid",)),
    one("evert@example.nl", "bounced"),
    one("froukje@example.nl", "complained"),
    one("gerrit@example.nl", "blocked"),
    one("hanna@example.nl", paused_until=date(2026, 11, 29)),
    one("ids@example.nl", paused_until=date(2026, 12, 19)),
    one("jan@example.nl", paused_until=date(2026, 11, 28)),
)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace with an issue of one article, one sample reader, a named segment, and no list."""
    workspace.init(tmp_path, empty=True)
    (tmp_path / "issues" / ISSUE / "articles").mkdir(parents=True)
    (tmp_path / "issues" / ISSUE / "articles" / "pont.md").write_text(ARTICLE, "utf-8")
    (tmp_path / "sample-readers.csv").write_text("email\nproef@example.nl\n", "utf-8")
    file = tmp_path / "newsletter.toml"
    toml = file.read_text("utf-8").replace(
        "[segments]", "[segments]\nsouth = \"tag('zuid')\"\nnowhere = \"tag('zee')\""
    )
    file.write_text(toml, "utf-8")
    return tmp_path


@pytest.fixture
def store(paper: Path, sqlite_addresses: Callable[[], Path]) -> Iterator[Store]:
    """The workspace's own list, with a reader in every state; one more was erased."""
    sqlite_addresses().rename(paper / "newsletter.db")
    with closing(Store(paper / "newsletter.db")) as store:
        put(store, *PEOPLE)
        with store.writing() as transaction:
            erased.add(transaction, "5e" * 32, SINCE)
        yield store


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("--to", "south")``: what a rehearsal in the workspace ends with and says on stdout and stderr."""
    return partial(typed_in, paper, "send")


def rehearsed(root: Path, **whom: Path | str | None) -> Rehearsal:
    paper = workspace.find(root, {})
    built = build.build(paper)
    with app.mailing(paper, built, **whom) as mailing:  # type: ignore[arg-type]  # file or to
        return app.rehearse(paper, built, mailing, keep_all=False, progress=lambda _: None)[0]


def mailed(root: Path) -> list[str]:
    lines = (root / "build" / ISSUE / "outbox" / "outbox.csv").read_text("utf-8").splitlines()[1:]
    return sorted(line.split(",")[2] for line in lines)


# For whom it is


def test_without_a_list_it_is_for_the_sample_readers(paper: Path) -> None:
    rehearsal = rehearsed(paper)
    assert (rehearsal.source, rehearsal.readers) == ("sample-readers.csv", 1)
    assert not (paper / "newsletter.db").exists()


def test_with_a_list_it_is_for_the_confirmed_who_do_not_pause_on_the_day_of_the_issue(
    paper: Path, store: Store
) -> None:
    rehearsal = rehearsed(paper)
    assert mailed(paper) == ["anna@example.nl", "bram@example.nl", "jan@example.nl"]
    assert rehearsal.readers == 3
    assert rehearsal.left_out == {
        "pending": 1, "left": 1, "bounced": 1, "complained": 1, "blocked": 1, "paused": 2, "erased": 1,
    }  # fmt: skip
    assert rehearsal.pauses == (date(2026, 11, 29), date(2026, 12, 19))
    assert rehearsal.rejects == ()


def test_readers_and_those_left_out_are_all_who_are_or_were(paper: Path, store: Store) -> None:
    rehearsal = rehearsed(paper)
    assert rehearsal.readers + sum(rehearsal.left_out.values()) == len(PEOPLE) + 1


def test_with_a_segment_it_is_for_those_whom_it_names(paper: Path, store: Store) -> None:
    rehearsal = rehearsed(paper, to="south")
    assert mailed(paper) == ["anna@example.nl"]
    assert rehearsal.source == "south in newsletter.db"
    assert rehearsal.left_out == {"left": 1, "outside": 8}


def test_an_expression_names_them_as_well(paper: Path, store: Store) -> None:
    rehearsed(paper, to="not tag('zuid') and paused_until > 2026-01-01")
    assert mailed(paper) == ["jan@example.nl"]


def test_a_file_wins_over_the_list(paper: Path, store: Store) -> None:
    rehearsal = rehearsed(paper, file=paper / "sample-readers.csv")
    assert (rehearsal.source, mailed(paper)) == ("sample-readers.csv", ["proef@example.nl"])


def test_a_file_that_says_who_left_is_believed(paper: Path) -> None:
    file = paper / "leden.csv"
    file.write_text("email,status\na@example.nl,confirmed\nb@example.nl,left\nc@,confirmed\n", "utf-8")
    rehearsal = rehearsed(paper, file=file)
    assert (mailed(paper), rehearsal.left_out) == (["a@example.nl"], {"left": 1})
    assert [reject.line for reject in rehearsal.rejects] == [4]


def test_the_link_to_leave_is_the_subscriber_s_own(paper: Path, store: Store) -> None:
    rehearsal = rehearsed(paper, to="south")
    token = rehearsal.headers.partition("/leave/")[2].partition(">")[0]
    assert links.verify([links.DEMO_KEY], "leave", token) == PEOPLE[0].id


@pytest.mark.parametrize("where", ["configuration", "environment"])
def test_the_list_may_be_kept_elsewhere(paper: Path, tmp_path_factory: pytest.TempPathFactory, where: str) -> None:
    file = tmp_path_factory.mktemp("elsewhere") / "lijst.db"
    with closing(Store(file)) as store:
        migrate.create(store)
        put(store, one("elders@example.nl"))
    toml = (paper / "newsletter.toml").read_text("utf-8")
    if where == "configuration":
        (paper / "newsletter.toml").write_text(toml.replace("[readers]", f'[readers]\ndatabase = "{file}"'), "utf-8")
    space = workspace.find(paper, {"NEWSLETTER_DATABASE": str(file)} if where == "environment" else {})
    with app.mailing(space, build.build(space)) as mailing:
        assert (mailing.source, mailing.readers) == ("lijst.db", 1)


# When it cannot be


def refused(root: Path, **whom: str) -> None:
    """Try to find out whom a rehearsal is for."""
    paper = workspace.find(root, {})
    with app.mailing(paper, build.build(paper), **whom):
        pass


def test_a_list_without_a_confirmed_reader_says_what_to_do(paper: Path) -> None:
    with closing(Store(paper / "newsletter.db")) as store:
        migrate.create(store)
        put(store, *PEOPLE[2:5])
    with pytest.raises(ContentError, match=r"no confirmed reader to mail: newsletter\.db") as caught:
        refused(paper)
    assert "newsletter subscribers list --count" in caught.value.hint
    assert "--list FILE" in caught.value.hint


def test_a_segment_of_nobody_is_named(paper: Path, store: Store) -> None:
    with pytest.raises(ContentError, match=r"nowhere in newsletter\.db"):
        refused(paper, to="nowhere")


def test_a_segment_wants_a_list(paper: Path) -> None:
    with pytest.raises(StoreError, match="There is no list of readers") as caught:
        refused(paper, to="south")
    assert "newsletter subscribers import FILE" in caught.value.hint
    assert not (paper / "newsletter.db").exists()


def test_a_segment_that_is_not_there_gets_a_suggestion(paper: Path, store: Store) -> None:
    with pytest.raises(UsageError, match="no segment “suoth”") as caught:
        refused(paper, to="suoth")
    assert caught.value.hint == "Did you mean `south`?"


def test_a_broken_segment_of_the_configuration_is_told_with_its_key(paper: Path, store: Store) -> None:
    toml = (paper / "newsletter.toml").read_text("utf-8").replace("tag('zee')", "tags('zee')")
    (paper / "newsletter.toml").write_text(toml, "utf-8")
    with pytest.raises(ConfigError, match=r"`segments\.nowhere`: Column 1"):
        refused(paper, to="nowhere")


@pytest.mark.parametrize(
    ("revision", "sentence", "hint"),
    [("0001", "schema of an earlier version", "newsletter db upgrade"), ("9999", "schema of a later", "Install")],
)
def test_a_list_of_another_version_says_so(paper: Path, store: Store, revision: str, sentence: str, hint: str) -> None:
    store.close()
    with closing(sqlite3.connect(paper / "newsletter.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    with pytest.raises(StoreError, match=sentence) as caught:
        refused(paper)
    assert hint in caught.value.hint


# The command


def test_it_says_whom_it_leaves_out_and_why(typed: Typed, store: Store) -> None:
    code, out, _ = typed("--dry-run")
    assert code == 0
    assert "3 of newsletter.db would be mailed; not: 1 pending, 1 left, 1 complained," in out
    assert "2 paused until 2026-11-29 … 2026-12-19" in " ".join(out.split())
    assert "1 erased" in " ".join(out.split())


def test_where_nobody_is_left_out_nothing_is_said_of_it(typed: Typed, paper: Path) -> None:
    lines = [line.rstrip() for line in typed("--dry-run")[1].splitlines()]
    assert "readers      1 of sample-readers.csv would be mailed" in lines


def test_as_json_the_same_is_there_for_programs(typed: Typed, store: Store) -> None:
    data = json.loads(typed("--dry-run", "--json")[1])
    assert (data["readers"], data["left_out"]["paused"], data["source"]) == (3, 2, "newsletter.db")
    assert data["pauses"] == ["2026-11-29", "2026-12-19"]


def test_a_segment_and_a_file_at_once_are_refused(typed: Typed, store: Store) -> None:
    code, _, said = typed("--dry-run", "--to", "south", "--list", "sample-readers.csv")
    assert (code, said.splitlines()[0]) == (2, "--to and --list both say for whom it is.")


def test_a_test_goes_to_no_segment(typed: Typed, store: Store) -> None:
    code, _, said = typed("--test", "a@example.nl", "--to", "south")
    assert (code, said.splitlines()[0]) == (2, "A test goes to testers and to no segment.")


def test_the_list_of_a_rehearsal_lies_in_the_workspace_and_goes_with_it(paper: Path) -> None:
    found = workspace.find(paper, {})
    folder = found.build_folder(ISSUE)
    with app.mailing(found, build.build(found)):
        assert len(list(folder.glob("rehearsal-*/ledger.db"))) == 1
    assert list(folder.glob("rehearsal-*")) == []


def test_what_a_killed_rehearsal_left_the_next_one_removes_and_spares_one_under_way(paper: Path) -> None:
    found = workspace.find(paper, {})
    left = paper / "build" / "2026-11-21" / "rehearsal-gone"
    left.mkdir(parents=True)
    (left / "ledger.db").touch()
    with app.mailing(found, build.build(found)) as first:
        assert not left.exists()
        with app.mailing(found, build.build(found)):
            assert first.store.file
            assert first.store.file.exists()

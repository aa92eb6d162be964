"""What the doctor says of the list of readers."""

import pytest
from sqlalchemy import text
from surgery import SECRET, diagnosed

from newsletter import app, workspace
from newsletter.workspace import Workspace


def on_the_list(paper: Workspace, *statements: str) -> Workspace:
    """Make a list of readers, and change its database past the program."""
    with app.store(paper.config, create=True) as store, store.alone() as transaction:
        for statement in statements:
            transaction.execute(text(statement))
    return paper


ERASED = "INSERT INTO facts (name, value) VALUES ('erase_key', 'a hash of nothing under another key')"
READER = (
    "INSERT INTO subscribers (id, address, key, domain, consent, source) "
    "VALUES ('5e', 'anna@example.nl', 'anna@example.nl', 'example.nl', 'confirmed', 'import')"
)


def test_a_list_that_is_not_there_yet_is_a_warning_and_not_made(paper: Workspace) -> None:
    (warning,) = diagnosed(paper, "readers")
    assert (warning.level, warning.sentence) == ("warning", "There is no list of readers yet.")
    assert "newsletter subscribers import" in warning.remedy
    assert not (paper.root / "newsletter.db").exists()


def test_an_empty_postgresql_beside_a_file_with_a_list_says_how_that_moves(paper: Workspace, postgresql: str) -> None:
    there = workspace.find(paper.root, SECRET | {"NEWSLETTER_DATABASE": postgresql})
    assert diagnosed(there, "readers")[0].remedy == "Import one: newsletter subscribers import FILE"
    on_the_list(paper, READER)
    (warning,) = diagnosed(there, "readers")
    assert (warning.level, warning.remedy) == ("warning", "Move it there: newsletter db move newsletter.db")


def test_a_mistyped_address_is_no_file_and_not_repeated(paper: Workspace) -> None:
    mistyped = workspace.find(paper.root, SECRET | {"NEWSLETTER_DATABASE": "postgres//lezer:geheim@db/brief"})
    (error,) = diagnosed(mistyped, "readers")
    assert (error.level, error.sentence) == ("error", "NEWSLETTER_DATABASE names neither a file nor a PostgreSQL.")
    assert "geheim" not in repr(error)


def test_of_a_list_it_says_how_many_are_confirmed(paper: Workspace) -> None:
    (good,) = diagnosed(on_the_list(paper, READER), "readers", online=False)
    assert good.level == "good"
    assert good.sentence.endswith("newsletter.db; confirmed: 1.")


def test_a_list_of_an_earlier_version_is_an_error(paper: Workspace) -> None:
    earlier = on_the_list(paper, "UPDATE alembic_version SET version_num = '0001'")
    (error,) = diagnosed(earlier, "readers")
    assert (error.level, error.remedy) == ("error", "Run `newsletter db upgrade`.")


@pytest.mark.parametrize(
    ("key", "sentence"),
    [({}, "is not set"), ({"NEWSLETTER_ERASE_KEY": "een andere sleutel dan toen"}, "is not the key")],
    ids=["no key", "another key"],
)
def test_erased_readers_who_would_not_be_known_again_are_a_warning(
    paper: Workspace, key: dict[str, str], sentence: str
) -> None:
    on_the_list(paper, ERASED)
    (warning,) = diagnosed(workspace.find(paper.root, SECRET | key), "readers")
    assert warning.level == "warning"
    assert f"NEWSLETTER_ERASE_KEY {sentence}" in warning.sentence


def test_a_list_on_a_server_is_asked_for_only_online_and_its_password_not_shown(paper: Workspace) -> None:
    address = {"NEWSLETTER_DATABASE": "postgresql://lezer:geheim@127.0.0.1:1/brief"}
    away = workspace.find(paper.root, SECRET | address)
    (unknown,), (error,) = diagnosed(away, "readers", online=False), diagnosed(away, "readers")
    assert (unknown.level, unknown.remedy) == ("unknown", "Leave out --offline.")
    assert error.level == "error"
    assert "127.0.0.1:1/brief" in error.sentence
    assert "geheim" not in repr(error)

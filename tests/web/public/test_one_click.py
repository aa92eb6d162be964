"""Leaving with one click while many do: nobody is answered before it is kept, and nobody suffers for another."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

import httpx
import pytest
from listed import everyone, one, put
from open_paper import OpenPaper, opened
from sqlalchemy import event, select

from benchmarks import one_click
from newsletter.store.schema import consents
from newsletter.web.together import MOST

READERS = [one(f"lezer{number}@example.org") for number in range(200)]
BODY = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(params=["sqlite", "postgresql"])
def paper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenPaper]:
    database = request.getfixturevalue(f"{request.param}_addresses")()
    with opened(tmp_path / "paper", database) as paper:
        put(paper.serving.store, *READERS)
        yield paper


def leave(paper: OpenPaper, *links: str) -> list[int]:
    """Post to all of these at once, over 50 connections; return the statuses, in the same order."""

    async def post() -> list[int]:
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=300) as client:
            return [
                answer.status_code for answer in await asyncio.gather(*(client.post(link, data=BODY) for link in links))
            ]

    return asyncio.run(post())


def link(paper: OpenPaper, identity: str) -> str:
    return paper.serving.links.unsubscribe(identity)


def records(paper: OpenPaper) -> list[str]:
    """Who has left, once for each record of it."""
    with paper.serving.store.reading() as transaction:
        return list(transaction.scalars(select(consents.c.subscriber).where(consents.c.what == "left")))


def test_all_who_leave_at_once_have_left_once(paper: OpenPaper) -> None:
    assert set(leave(paper, *(link(paper, reader.id) for reader in READERS))) == {200}
    assert sorted(records(paper)) == sorted(reader.id for reader in READERS)
    assert {reader.status for reader in everyone(paper.serving.store)} == {"left"}


def test_fewer_transactions_than_leavings_are_written(paper: OpenPaper) -> None:
    """Somebody else writes while they come, so that most of them wait together."""
    written: list[None] = []
    store, some = paper.serving.store, READERS[:40]
    event.listen(store.engine, "commit", lambda _: written.append(None))
    with ThreadPoolExecutor(1) as beside:
        with store.writing() as transaction:
            if store.file is None:
                transaction.exec_driver_sql("LOCK TABLE subscribers IN EXCLUSIVE MODE")
            leaving = beside.submit(leave, paper, *(link(paper, reader.id) for reader in some))
            sleep(1)
        assert set(leaving.result()) == {200}
    assert len(some) / MOST <= len(written) < len(some)


def test_who_leaves_twice_at_the_same_moment_has_left_once(paper: OpenPaper) -> None:
    assert leave(paper, *[link(paper, READERS[0].id)] * 30) == [200] * 30
    assert records(paper) == [READERS[0].id]


def test_an_erased_reader_and_a_stranger_among_them_change_nothing_for_the_others(paper: OpenPaper) -> None:
    forged = f"{paper.web}/leave/{'A' * 48}"
    links = [link(paper, reader.id) for reader in READERS[:40]]
    statuses = leave(paper, *links[:20], link(paper, "ab" * 16), forged, *links[20:])
    assert statuses == [200] * 21 + [404] + [200] * 20
    assert len(records(paper)) == 40


def test_what_one_is_at_fault_for_the_others_have_no_part_in(paper: OpenPaper) -> None:
    bad = READERS[7].id
    store = paper.serving.store
    with store.writing() as transaction:
        transaction.exec_driver_sql(_REFUSE[transaction.dialect.name].format(bad))
    statuses = leave(paper, *(link(paper, reader.id) for reader in READERS[:40]))
    assert [number for number, status in enumerate(statuses) if status != 200] == [7]
    assert sorted(records(paper)) == sorted(reader.id for reader in READERS[:40] if reader.id != bad)


_REFUSE = {
    "sqlite": "CREATE TRIGGER refuse BEFORE INSERT ON consents WHEN NEW.subscriber = '{}' "
    "BEGIN SELECT RAISE(ABORT, 'no'); END",
    "postgresql": "ALTER TABLE consents ADD CONSTRAINT refuse CHECK (subscriber <> '{}') NOT VALID",
}
"""Make a database that keeps no record of one reader."""


def test_a_database_that_cannot_be_used_is_said_and_nobody_is_told_that_he_left(paper: OpenPaper) -> None:
    store = paper.serving.store
    with store.writing() as transaction:
        transaction.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert set(leave(paper, *(link(paper, reader.id) for reader in READERS[:40]))) == {503}
    with store.alone() as transaction:
        assert transaction.scalars(select(consents.c.subscriber).where(consents.c.what == "left")).all() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_a_method_that_it_does_not_have_is_told_all_that_it_has(paper: OpenPaper, method: str) -> None:
    answer = httpx.request(method, link(paper, READERS[0].id), trust_env=False)
    assert answer.status_code == 405
    assert {*answer.headers["allow"].split(", ")} == {"GET", "HEAD", "POST"}


def test_looking_at_the_link_leaves_nothing(paper: OpenPaper) -> None:
    for method in ("GET", "HEAD"):
        answer = httpx.request(method, link(paper, READERS[0].id), params=BODY, trust_env=False)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert records(paper) == []


def test_what_a_mail_program_sends_besides_is_left_out(paper: OpenPaper) -> None:
    answer = httpx.post(link(paper, READERS[0].id), data={**BODY, "reason": "Te veel post"}, trust_env=False)
    assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    with paper.serving.store.reading() as transaction:
        assert transaction.execute(select(consents.c.source, consents.c.note)).all() == [("one-click", None)]


def test_what_a_browser_posts_is_answered_with_a_page(paper: OpenPaper) -> None:
    answer = httpx.post(link(paper, READERS[0].id), data={"reason": "Te veel post"}, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert records(paper) == [READERS[0].id]


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_under_load_every_leaving_that_was_answered_is_kept(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    address: Callable[[], str] = request.getfixturevalue("postgresql_addresses") if kind == "postgresql" else str
    figure = one_click.measure(tmp_path / "paper", address(), one_click.SECONDS)
    with capsys.disabled():
        print(f"\n{kind}: {figure.ours:,.0f} a second, share {figure.share:.2f} of the bare route's {figure.bare:,.0f}")
    assert set(figure.statuses) == {"200"}
    assert (figure.taken > 0, figure.lost) == (True, 0)

"""Two at once: whatever the order, nobody is on the list twice, nobody who left is mailed, and nobody waits forever."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from time import sleep

import pytest
from deeds import KEY, Deeds

from newsletter.audience import consent
from newsletter.errors import ConsentError
from newsletter.model.subscriber import ConsentText
from newsletter.store import consents, erased, subscribers
from newsletter.store.database import Store

ROUNDS = 5
A_MOMENT = 0.3
"""Seconds in which the other one comes as far as it can."""

Deed = Callable[[], object]


@pytest.fixture
def rounds(shared: Store) -> tuple[Deeds, ...]:
    """Deeds about one Anna after the other: who is first is chance."""
    return tuple(Deeds(shared) for _ in range(ROUNDS))


def at_once(*deeds: Deed) -> list[object]:
    """Do deeds at the same moment; what each returns, or the refusal it got."""
    ready = Barrier(len(deeds))

    def do(deed: Deed) -> object:
        ready.wait()
        try:
            return deed()
        except ConsentError as refused:
            return refused

    with ThreadPoolExecutor(len(deeds)) as threads:
        return [future.result() for future in [threads.submit(do, deed) for deed in deeds]]


@contextmanager
def meanwhile(deed: Deed) -> Iterator[Future[object]]:
    """Begin a deed, and have it come as far as it can while something else holds it up."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(deed)
        sleep(A_MOMENT)
        yield future


def test_two_sign_ups_of_one_new_address_make_one_reader(rounds: tuple[Deeds, ...]) -> None:
    for deeds in rounds:
        first, second = at_once(deeds.sign_up, deeds.sign_up)
        assert first != second
        assert deeds.story() == ["signed up", "signed up"]
        assert [notice.state for notice in deeds.notices()] == ["waiting", "skipped"]


def test_adding_one_new_address_twice_at_once_adds_it_once(rounds: tuple[Deeds, ...]) -> None:
    for deeds in rounds:
        first, second = at_once(deeds.add, deeds.add)
        assert first == second
        assert deeds.story() == ["added"]


def test_a_sign_up_while_the_operator_adds_him_ends_confirmed(rounds: tuple[Deeds, ...]) -> None:
    for deeds in rounds:
        at_once(deeds.sign_up, deeds.add)
        assert deeds.story() in (["added", "asked again"], ["signed up", "added"])
        assert deeds.standing() == "confirmed"


def test_whoever_leaves_while_he_confirms_has_left(rounds: tuple[Deeds, ...]) -> None:
    for deeds in rounds:
        request = deeds.sign_up()
        left, confirmed = at_once(deeds.leave, lambda deeds=deeds, request=request: deeds.confirm(request))
        assert left
        assert isinstance(confirmed, ConsentError) == (deeds.story() == ["signed up", "left"])
        assert deeds.story()[-1] == "left"
        assert deeds.standing() == "left"


def test_confirming_twice_at_once_works_once(rounds: tuple[Deeds, ...]) -> None:
    for deeds in rounds:
        request = deeds.sign_up()
        answers = at_once(*[lambda deeds=deeds, request=request: deeds.confirm(request, welcome=True)] * 2)
        assert sum(isinstance(answer, ConsentError) for answer in answers) == 1
        assert deeds.story() == ["signed up", "confirmed"]
        assert [notice.kind for notice in deeds.notices()] == ["confirm", "welcome"]


def test_leaving_twice_at_once_is_one_leaving(rounds: tuple[Deeds, ...]) -> None:
    for deeds in rounds:
        deeds.joins()
        assert sorted(at_once(deeds.leave, deeds.leave)) == [False, True]  # type: ignore[type-var]
        assert deeds.story() == ["signed up", "confirmed", "left"]


def test_whoever_is_erased_while_he_is_added_stays_erased(rounds: tuple[Deeds, ...]) -> None:
    for deeds in rounds:
        at_once(deeds.erase, deeds.add)
        assert deeds.standing() == "nobody"
        with deeds.store.reading() as transaction:
            assert erased.among(transaction, [KEY.hash(deeds.anna)])


def test_the_first_two_who_are_erased_at_once_both_are(store: Store) -> None:
    deeds = Deeds(store)
    at_once(deeds.erase, deeds.erase, lambda: deeds.erase("bram@example.nl"))
    with store.reading() as transaction:
        assert erased.count(transaction) == 2


def test_one_text_that_two_readers_are_the_first_to_be_shown_is_kept_once(deeds: Deeds, shared: Store) -> None:
    other = Deeds(shared)
    deeds.joins()
    other.joins()
    text = ConsentText(text=f"Tot ziens, {deeds.anna}.", version="1")
    with shared.writing() as transaction:
        first = consents.text_id(transaction, text)
        with meanwhile(lambda: other.leave(text=text)) as leaving:
            transaction.commit()
            assert leaving.result()
    with shared.writing() as transaction:
        assert consents.text_id(transaction, text) == first
    assert other.records()[-1].text == text


def test_whoever_leaves_is_not_refused_since_a_list_is_about_to_change_him(deeds: Deeds) -> None:
    anna = deeds.joins().id

    def import_chunk() -> None:
        with deeds.store.writing() as transaction:
            subscribers.hold(transaction)
            subscribers.change_many(transaction, [(anna, {"name": "Anna Wit"})])

    with deeds.store.writing() as transaction:
        subscribers.get(transaction, anna, to_change=True)
        with meanwhile(import_chunk) as chunk:
            consent.leave(transaction, anna, deeds.occasion("one-click"))
            transaction.commit()
            chunk.result()
    known = deeds.known()
    assert known is not None
    assert (known.subscriber.status, known.subscriber.name) == ("left", "Anna Wit")


def test_a_sign_up_waits_for_the_list_that_brings_the_same_reader(deeds: Deeds) -> None:
    with deeds.store.writing() as transaction:
        subscribers.hold(transaction)
        with meanwhile(deeds.sign_up) as sign_up:
            newcomer = consent.Newcomer(address=deeds.anna)
            consent.add(transaction, newcomer, deeds.occasion("operator"), key=KEY, draw=lambda: "f" * 32)
            transaction.commit()
            assert sign_up.result() is None
    assert deeds.standing() == "confirmed"

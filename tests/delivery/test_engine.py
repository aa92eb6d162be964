"""The engine: what becomes of readers, of the run, and of what was under way when somebody stopped."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from dispatch import BATCHES, EDITION, NOW, Desk, Dispatch
from listed import everyone
from sqlalchemy import text

from newsletter.audience import consent
from newsletter.audience.occasion import Occasion
from newsletter.delivery.engine import Turned
from newsletter.providers._base import (
    Accepted,
    Deferred,
    InDoubt,
    NotSent,
    ReaderAtFault,
    Refused,
    RequestRefused,
)
from newsletter.store import attempts, deliveries, runs
from newsletter.store.database import Store


@pytest.fixture
def dispatch(store: Store, tmp_path: Path) -> Dispatch:
    return Dispatch(store, tmp_path)


@pytest.fixture
def batches(store: Store, tmp_path: Path) -> Dispatch:
    return Dispatch(store, tmp_path, desk=Desk(capabilities=BATCHES))


def test_everybody_gets_one_mail_and_the_run_is_finished(batches: Dispatch) -> None:
    number = batches.send("anna", "bram", "cees", "dora", "evert")
    batches.drain()
    assert batches.desk.mailed == [f"{name}@example.nl" for name in ("anna", "bram", "cees", "dora", "evert")]
    assert [len(readers) for _, readers in batches.desk.asked] == [4, 1]
    run = batches.run(number)
    assert (run.state, run.ended_at) == ("finished", NOW)
    assert Counter(one.provider_id for one in batches.ledger(number).values()) == Counter(
        f"p-{run.delivery_id(one.seq)}" for one in batches.ledger(number).values()
    )


def test_the_intent_stands_in_the_ledger_before_a_byte_leaves(dispatch: Dispatch) -> None:
    number = dispatch.send("anna")
    seen: list[object] = []

    def look() -> None:
        with dispatch.store.reading() as transaction:
            seen.extend(attempts.every(transaction, number))
            seen.append(deliveries.counts(transaction, number)["sending"])

    dispatch.desk.before_guard = look
    dispatch.drain()
    attempt, sending = seen
    assert (attempt.state, attempt.seqs, attempt.worker, attempt.expires_at) == (  # type: ignore[attr-defined]
        "open", (1,), "proef", NOW + timedelta(minutes=5),
    )  # fmt: skip
    assert sending == 1
    assert dispatch.desk.asked[0][0] == f"{dispatch.run(number).token}-{attempt.id}"  # type: ignore[attr-defined]


def test_a_refused_reader_is_refused_with_the_providers_words_and_the_others_have_it(batches: Dispatch) -> None:
    batches.desk.script.append(
        lambda messages: [
            Refused(delivery=m.delivery, reason="422 no\x00such\nthing") if n == 1 else Accepted(delivery=m.delivery)
            for n, m in enumerate(messages)
        ]
    )
    number = batches.send("anna", "bram", "cees")
    batches.drain()
    assert Counter(batches.states(number).values()) == {"accepted": 2, "refused": 1}
    assert [one.reason for one in batches.ledger(number).values() if one.state == "refused"] == ["422 no such thing"]
    assert batches.run(number).state == "finished"


def test_an_address_that_does_not_exist_is_suppressed_at_once(dispatch: Dispatch) -> None:
    dispatch.desk.script.append(
        lambda messages: [Refused(delivery=messages[0].delivery, reason="550 5.1.1 nobody", bounced="550 5.1.1")]
    )
    dispatch.send("anna")
    dispatch.drain()
    assert [one.reason for one in everyone(dispatch.store)] == ["bounced"]


def test_who_is_put_off_waits_his_time_and_is_given_up_in_the_end(dispatch: Dispatch) -> None:
    dispatch.desk.script.extend([lambda m: [Deferred(delivery=m[0].delivery, reason="450 greylisted")]] * 15)
    number = dispatch.send("anna")
    dispatch.drain(slice_=1)
    row = dispatch.ledger(number)["anna"]
    assert (row.state, row.tries, row.reason) == ("waiting", 1, "450 greylisted")
    assert row.not_before == NOW + timedelta(minutes=5)
    assert dispatch.run(number).state == "sending"
    for _ in range(14):
        dispatch.clock.now = dispatch.ledger(number)["anna"].not_before
        dispatch.drain(slice_=1)
    row = dispatch.ledger(number)["anna"]
    assert (row.state, row.reason) == ("refused", "gave up after 15 tries: 450 greylisted")
    with dispatch.store.reading() as transaction:
        said = attempts.said(transaction, number, row.seq)
        assert len(attempts.of(transaction, number, row.seq)) == 15
    assert [one.what for one in said] == ["put off"] * 14 + ["refused"]


def test_a_lost_answer_puts_a_whole_batch_in_doubt_and_nobody_of_it_is_mailed_again(batches: Dispatch) -> None:
    batches.desk.script.append(InDoubt("the line broke"))
    number = batches.send("anna", "bram", "cees", "dora", "evert")
    batches.drain()
    assert Counter(batches.states(number).values()) == {"in doubt": 4, "accepted": 1}
    assert batches.run(number).state == "finished with doubts"
    batches.clock.later(86_400)
    batches.drain()
    assert len(batches.desk.asked) == 2


def test_an_answer_about_others_is_no_answer(batches: Dispatch) -> None:
    batches.desk.script.append(lambda messages: [Accepted(delivery=m.delivery) for m in messages[::-1]])
    number = batches.send("anna", "bram")
    batches.drain()
    assert set(batches.states(number).values()) == {"in doubt"}


@pytest.mark.parametrize("accepted", [False, True])
def test_a_fault_of_the_providers_own_is_a_doubt_only_when_something_left(
    dispatch: Dispatch, accepted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError(dispatch.desk.asked)

    if accepted:
        dispatch.desk.script.append(stumble)  # type: ignore[arg-type]
    else:
        dispatch.desk.before_guard = stumble
    number = dispatch.send("anna")
    dispatch.drain(slice_=1)
    assert dispatch.states(number) == {"anna": "in doubt" if accepted else "waiting"}
    assert "anna@" not in caplog.text


def test_a_refused_login_pauses_the_run_and_mails_nobody(batches: Dispatch) -> None:
    batches.desk.script.append(RequestRefused("401 no such key.", "Set NEWSLETTER_RESEND_KEY."))
    number = batches.send("anna", "bram", "cees", "dora", "evert")
    batches.drain()
    run = batches.run(number)
    assert (run.state, run.why, run.sentence) == ("paused", "provider", "401 no such key. Set NEWSLETTER_RESEND_KEY.")
    assert set(batches.states(number).values()) == {"waiting"}
    assert len(batches.desk.asked) == 1
    batches.change(number, state="sending")
    batches.drain()
    assert set(batches.states(number).values()) == {"accepted"}


def test_a_run_of_which_no_mail_can_be_made_pauses_and_the_others_go_on(dispatch: Dispatch) -> None:
    dispatch.put("anna")
    lost = dispatch.press(edition=replace(EDITION, issue="2026-11-21", subject="Vorige week"))
    dispatch.begin(lost)
    with dispatch.store.writing() as transaction:
        terms = {**asdict(dispatch.run(lost).terms), "key": "0" * 8}
        assert runs.change(transaction, lost, {"sending"}, terms=terms)
    number = dispatch.press()
    dispatch.begin(number)
    dispatch.drain()
    assert dispatch.run(number).state == "finished"
    run = dispatch.run(lost)
    assert (run.state, run.why) == ("paused", "faults")
    assert "another secret than NEWSLETTER_SECRET" in run.sentence


def test_no_address_stands_in_what_is_said_of_a_run(dispatch: Dispatch) -> None:
    dispatch.desk.script.append(RequestRefused("403 <anna@example.nl> may not be mailed.", "Ask anna@example.nl."))
    number = dispatch.send("anna")
    dispatch.drain()
    assert dispatch.run(number).sentence == "403 <…> may not be mailed. Ask …"
    with dispatch.store.reading() as transaction:
        assert [one.note for one in attempts.every(transaction, number)] == ["403 <…> may not be mailed."]


def test_one_reader_at_fault_is_found_by_halving_and_he_alone_is_refused(batches: Dispatch) -> None:
    def digest(messages: object) -> list[Accepted]:
        if any(m.subscriber.name == "Cees" for m in messages):  # type: ignore[attr-defined]
            raise ReaderAtFault("422 one address is no good.")
        batches.desk.taken += messages  # type: ignore[arg-type]
        return [Accepted(delivery=m.delivery) for m in messages]  # type: ignore[attr-defined]

    batches.desk.script.extend([digest] * 20)  # type: ignore[list-item]
    number = batches.send("anna", "bram", "cees", "dora")
    batches.drain()
    assert batches.states(number) == {"anna": "accepted", "bram": "accepted", "cees": "refused", "dora": "accepted"}
    assert sorted(len(readers) for _, readers in batches.desk.asked) == [1, 1, 2, 2, 4]


def test_a_run_stops_by_itself_when_all_are_refused_alike(dispatch: Dispatch) -> None:
    dispatch.desk.script.extend([lambda m: [Refused(delivery=m[0].delivery, reason="554 blocked")]] * 60)
    number = dispatch.send(*(f"lezer{n}" for n in range(60)))
    dispatch.drain()
    run = dispatch.run(number)
    assert (run.state, run.why) == ("paused", "refused")
    assert run.sentence == "The last 20 readers were all refused alike: 554 blocked"
    assert Counter(dispatch.states(number).values()) == {"refused": 20, "waiting": 40}


def test_who_has_left_since_it_was_frozen_is_skipped(batches: Dispatch) -> None:
    number = batches.send("anna", "bram")
    anna = next(one for one in everyone(batches.store) if one.address.startswith("anna"))
    with batches.store.writing() as transaction:
        zone = batches.config.newsletter.time_zone
        consent.leave(transaction, anna.id, Occasion(at=NOW, zone=zone, source="one-click"))
    batches.drain()
    assert batches.states(number) == {"anna": "skipped", "bram": "accepted"}
    assert batches.ledger(number)["anna"].reason == "left since"


def test_a_cancel_takes_effect_within_one_turn_and_what_was_under_way_is_still_written_down(batches: Dispatch) -> None:
    number = batches.send("anna", "bram", "cees", "dora", "evert")

    def cancel() -> None:
        with batches.store.writing() as transaction:
            deliveries.skip_waiting(transaction, number, "cancelled")
        batches.change(number, state="cancelled", ended_at=NOW)

    batches.desk.before_guard = cancel
    batches.drain()
    assert Counter(batches.states(number).values()) == {"accepted": 4, "skipped": 1}
    assert batches.run(number).state == "cancelled"


def test_what_a_cancelled_run_did_not_send_after_all_is_skipped(batches: Dispatch) -> None:
    number = batches.send("anna", "bram")
    batches.desk.script.append(NotSent("no route"))
    batches.desk.before_guard = lambda: batches.change(number, state="cancelled", ended_at=NOW)
    batches.drain()
    assert set(batches.states(number).values()) == {"skipped"}


def test_the_first_readers_get_it_and_then_it_pauses(dispatch: Dispatch) -> None:
    number = dispatch.send("anna", "bram", "cees", first=2)
    dispatch.drain()
    run = dispatch.run(number)
    assert (run.state, run.why) == ("paused", "first")
    assert len(dispatch.desk.taken) == 2
    dispatch.change(number, state="sending", first=None)
    dispatch.drain()
    assert dispatch.run(number).state == "finished"


def test_a_run_of_which_all_are_the_first_is_finished(dispatch: Dispatch) -> None:
    number = dispatch.send("anna", "bram", first=2)
    dispatch.drain()
    assert dispatch.run(number).state == "finished"


def test_a_stopped_engine_takes_no_more_and_writes_down_what_was_under_way(dispatch: Dispatch) -> None:
    number, stop = dispatch.send("anna", "bram", "cees"), Event()
    engine = dispatch.engine()
    dispatch.desk.before_guard = stop.set
    engine.drain(stop)
    assert Counter(dispatch.states(number).values()) == {"accepted": 1, "waiting": 2}
    engine.close()
    assert Counter(dispatch.states(number).values()) == {"accepted": 1, "waiting": 2}


def test_progress_tells_of_each_turn_what_was_written_down(batches: Dispatch) -> None:
    number, told = batches.send("anna", "bram", "cees", "dora", "evert"), list[Turned]()
    batches.engine().drain(Event(), progress=told.append)
    assert sum((one.became for one in told), Counter()) == {"accepted": 5}
    assert {one.run for one in told} == {number}


def test_a_request_that_was_frozen_beyond_its_time_sends_nothing(dispatch: Dispatch) -> None:
    number = dispatch.send("anna")
    dispatch.desk.before_guard = lambda: dispatch.clock.later(301)
    dispatch.drain(slice_=1)
    assert dispatch.desk.taken == []
    assert dispatch.states(number) == {"anna": "waiting"}


def test_a_clock_that_is_set_back_does_not_free_a_request_that_is_over_its_time(dispatch: Dispatch) -> None:
    number = dispatch.send("anna")

    def jump() -> None:
        dispatch.clock.later(301)
        dispatch.clock.now = NOW - timedelta(hours=1)

    dispatch.desk.before_guard = jump
    dispatch.drain(slice_=1)
    assert dispatch.desk.taken == []
    assert dispatch.states(number) == {"anna": "waiting"}


@pytest.mark.parametrize("taken_over", [False, True])
def test_a_zombies_late_refusal_to_send_frees_nobody_whom_another_has_taken_over(
    dispatch: Dispatch, taken_over: bool
) -> None:
    number = dispatch.send("anna")

    def others_come() -> None:
        dispatch.clock.later(301)
        at = dispatch.clock()
        with dispatch.store.writing() as transaction:
            assert attempts.overdue(transaction, at=at) == 1
            (doubt,) = attempts.doubts(transaction)
            if taken_over:
                assert attempts.take(transaction, doubt.id, worker="another", at=at, expires_at=at)

    dispatch.desk.before_guard = others_come
    dispatch.drain(slice_=1)
    assert dispatch.states(number) == {"anna": "in doubt" if taken_over else "waiting"}


@pytest.mark.parametrize("taken_over", [False, True])
def test_a_late_acceptance_is_true_though_the_attempt_was_given_up_for_lost(
    dispatch: Dispatch, taken_over: bool
) -> None:
    number = dispatch.send("anna")

    def accept(messages: list[object]) -> list[Accepted]:
        dispatch.clock.later(301)
        at = dispatch.clock()
        with dispatch.store.writing() as transaction:
            assert attempts.overdue(transaction, at=at) == 1
            (doubt,) = attempts.doubts(transaction)
            if taken_over:
                assert attempts.take(transaction, doubt.id, worker="another", at=at, expires_at=at)
        return [Accepted(delivery=m.delivery) for m in messages]  # type: ignore[attr-defined]

    dispatch.desk.script.append(accept)  # type: ignore[arg-type]
    dispatch.drain(slice_=1)
    assert dispatch.states(number) == {"anna": "accepted"}
    with dispatch.store.reading() as transaction:
        states = [one.state for one in attempts.every(transaction, number)]
    assert states == ["settled" if taken_over else "answered"]
    assert dispatch.run(number).state == "finished"


def test_what_a_dead_predecessor_left_is_in_doubt(dispatch: Dispatch) -> None:
    number = dispatch.send("anna", "bram")
    _leave_open(dispatch, number)
    engine = dispatch.engine()
    engine.adopt()
    engine.drain(Event())
    assert Counter(dispatch.states(number).values()) == {"in doubt": 1, "accepted": 1}
    assert dispatch.run(number).state == "finished with doubts"


def _leave_open(dispatch: Dispatch, number: int) -> None:
    """Write the intent of a request that nobody ever makes."""
    with dispatch.store.writing() as transaction:
        intent = attempts.Intent(seqs=(1,), fingerprint="0" * 64)
        by = attempts.Sender(worker="dead", account="0" * 16)
        attempts.open_(transaction, number, [intent], by, at=NOW, expires_at=NOW + timedelta(minutes=5))


def test_an_edition_that_was_changed_in_the_database_is_not_sent(dispatch: Dispatch) -> None:
    number = dispatch.send("anna")
    with dispatch.store.writing() as transaction:
        transaction.execute(text("UPDATE editions SET subject = 'Koopjes'"))
    dispatch.drain()
    assert dispatch.desk.asked == []
    run = dispatch.run(number)
    assert (run.state, run.why) == ("paused", "faults")
    assert "not what was pressed" in run.sentence


def test_two_engines_share_the_readers_of_a_run(fresh: Callable[[], Store], tmp_path: Path) -> None:
    dispatch = Dispatch(fresh(), tmp_path, desk=Desk(capabilities=BATCHES))
    number = dispatch.send(*(f"lezer{n}" for n in range(40)))
    one, two = dispatch.engine(worker="one"), dispatch.engine(worker="two")
    for _ in range(10):
        one.drain(Event())
        two.drain(Event())
    assert sorted(dispatch.desk.mailed) == sorted(f"lezer{n}@example.nl" for n in range(40))
    assert dispatch.run(number).state == "finished"

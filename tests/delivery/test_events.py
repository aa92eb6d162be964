"""What follows from what a provider tells: whose doubt ends, who is mailed no more, and what cannot be true."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from told_off import AT, ERASE_KEY, LATER, NAMES, Scene, address_of

from newsletter.audience import address, consent, erasure
from newsletter.model.ledger import Event
from newsletter.store import consents, events, notices, runs, schema, webhooks
from newsletter.store.database import Store

DAY = timedelta(days=1)


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store).subscribed(*NAMES)


@pytest.mark.parametrize(
    ("kind", "permanent", "status", "record"),
    [
        ("bounced", True, ("suppressed", "bounced"), ("bounced", "bounce")),
        ("complained", False, ("suppressed", "complained"), ("complained", "complaint")),
        ("unsubscribed", False, ("left", None), ("left", "provider")),
    ],
)
def test_whoever_is_gone_complained_or_left_at_the_provider_is_mailed_no_more(
    scene: Scene, kind: str, permanent: bool, status: tuple[str, str | None], record: tuple[str, str]
) -> None:
    run = scene.sent({"anna": "accepted"})
    said = "550 5.1.1 <anna@example.org> user unknown"
    assert scene.tell(scene.event(run, "anna", kind, permanent=permanent, said=said)) == 1
    assert scene.status("anna") == status
    (written,) = scene.records("anna")
    assert (written.what, written.source) == record
    assert written.note == "post: 550 5.1.1 <…> user unknown"
    assert scene.delivery(run, "anna").state == "accepted"


@pytest.mark.parametrize("kind", ["accepted", "delivered", "deferred", "bounced", "other"])
def test_what_is_no_reason_to_stop_is_kept_and_nothing_follows(scene: Scene, kind: str) -> None:
    run = scene.sent({"anna": "accepted"})
    scene.tell(scene.event(run, "anna", kind, said="mailbox full"))
    assert scene.status("anna") == ("confirmed", None)
    (kept,) = scene.events("anna")
    assert (kept.kind, kept.run, kept.key, kept.said, kept.alarm) == (
        kind,
        run.id,
        "anna@example.org",
        "mailbox full",
        "",
    )


@pytest.mark.parametrize("kind", ["opened", "clicked"])
def test_of_what_a_reader_does_with_his_mail_nothing_is_kept(scene: Scene, kind: str) -> None:
    run = scene.sent({"anna": "in doubt"})
    scene.tell(scene.event(run, "anna", kind))
    assert scene.delivery(run, "anna").state == "accepted"
    assert scene.events("anna") == []
    assert bodies(scene.store) == [""]


@pytest.mark.parametrize("kind", ["delivered", "bounced", "complained", "other"])
def test_whatever_is_told_of_a_mail_in_doubt_proves_that_the_provider_took_it(scene: Scene, kind: str) -> None:
    run = scene.sent({"anna": "in doubt", "bram": "in doubt"})
    with scene.store.writing() as transaction:
        runs.change(transaction, run.id, {"sending"}, state="finished with doubts", ended_at=AT)
    scene.tell(scene.event(run, "anna", kind, provider_id="p-1"))
    assert (scene.delivery(run, "anna").state, scene.delivery(run, "anna").provider_id) == ("accepted", "p-1")
    assert (scene.delivery(run, "bram").state, scene.run(run).state) == ("in doubt", "sending")
    scene.tell(scene.event(run, "bram", kind))
    assert scene.delivery(run, "bram").state == "accepted"


def test_the_last_doubt_that_ends_finishes_its_run(scene: Scene) -> None:
    run = scene.sent(dict.fromkeys(NAMES, "in doubt"))
    scene.tell(*(scene.event(run, name, "delivered") for name in NAMES[1:]))
    assert scene.run(run).state == "finished with doubts"
    scene.tell(scene.event(run, "anna", "delivered"))
    assert scene.run(run).state == "finished"


@pytest.mark.parametrize("state", ["waiting", "refused", "skipped"])
def test_an_event_of_a_mail_that_was_never_taken_is_an_alarm_and_changes_nothing_of_it(
    scene: Scene, state: str
) -> None:
    run = scene.sent({"anna": state})  # type: ignore[dict-item]
    scene.tell(scene.event(run, "anna", "delivered"))
    assert scene.delivery(run, "anna").state == state
    with scene.store.reading() as transaction:
        (alarm,) = events.alarms(transaction, run.id)
    assert alarm.alarm == f"delivered, though its delivery is {state}"


def test_an_event_that_comes_before_the_answer_is_no_alarm(scene: Scene) -> None:
    run = scene.sent({"anna": "sending"})
    scene.tell(scene.event(run, "anna", "delivered"))
    assert scene.delivery(run, "anna").state == "sending"
    assert [one.alarm for one in scene.events("anna")] == [""]


def test_who_has_another_address_by_now_has_nothing_to_do_with_the_old_one(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted", "bram": "accepted"})
    with scene.store.writing() as transaction:
        move = address.ask(transaction, scene.ids["anna"], "anna@example.nl", scene.occasion(), key=ERASE_KEY)
        address.confirm(transaction, move or 0, scene.occasion(), key=ERASE_KEY)
    scene.tell(
        scene.event(run, "anna", "bounced", permanent=True),
        scene.event(run, "anna", "complained"),
        scene.event(run, "bram", "bounced", permanent=True, address=None),
    )
    assert scene.status("anna") == ("confirmed", None)
    assert scene.status("bram") == ("suppressed", "bounced")


def test_what_happened_before_the_operator_lifted_it_changes_nothing(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted"})
    with scene.store.writing() as transaction:
        consent.block(transaction, address_of("anna"), scene.occasion(AT), key=ERASE_KEY, draw=lambda: "f" * 32)
        consent.lift(transaction, address_of("anna"), scene.occasion(LATER))
    scene.tell(scene.event(run, "anna", "bounced", permanent=True))
    assert scene.status("anna") == ("confirmed", None)
    scene.tell(scene.event(run, "anna", "bounced", permanent=True, at=LATER + DAY), at=LATER + DAY)
    assert scene.status("anna") == ("suppressed", "bounced")


@pytest.mark.parametrize(
    ("days", "suppressed"),
    [((0, 7, 14), True), ((0, 0, 0), True), ((0, 7, 15), False), ((0, 14), False), ((0, 7, 20, 21), True)],
)
def test_mail_that_comes_back_for_now_for_three_issues_in_two_weeks_is_back_for_good(
    scene: Scene, days: tuple[int, ...], suppressed: bool
) -> None:
    for number, day in enumerate(days):
        run = scene.sent({"anna": "accepted"}, issue=f"issue-{number}")
        scene.tell(scene.event(run, "anna", "bounced", at=AT + day * DAY, said="mailbox full"))
    assert scene.status("anna") == (("suppressed", "bounced") if suppressed else ("confirmed", None))


def test_one_issue_that_comes_back_again_and_again_counts_once(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted"})
    scene.tell(*(scene.event(run, "anna", "bounced", at=AT + day * DAY) for day in range(5)))
    assert scene.status("anna") == ("confirmed", None)


def test_a_notice_counts_for_its_reader_too(scene: Scene) -> None:
    with scene.store.writing() as transaction:
        record = consents.of(transaction, scene.ids["anna"])[0].id
        notices.queue(transaction, scene.ids["anna"], "welcome", number=record, key="anna@example.org", at=AT)
        notices.claim(transaction, at=AT, limit=1, draw=lambda: "0" * 31 + "7", expires_at=LATER)
    scene.tell(scene.event(None, "anna", "bounced", permanent=True, delivery="0" * 31 + "7"))
    assert scene.status("anna") == ("suppressed", "bounced")


def test_who_is_named_by_his_address_alone_is_found_by_it(scene: Scene) -> None:
    scene.tell(Event(kind="unsubscribed", at=AT, address="ANNA@example.org"))
    assert scene.status("anna") == ("left", None)


def test_what_is_about_nobody_is_kept_and_listed(scene: Scene) -> None:
    strange = [
        Event(kind="bounced", at=AT, delivery="0" * 24, address="niemand@example.org", permanent=True),
        Event(kind="delivered", at=AT, delivery="no id of ours"),
        Event(kind="other", at=AT, said="domain.updated"),
    ]
    assert scene.tell(*strange) == 3
    with scene.store.reading() as transaction:
        assert [one.kind for one in events.unmatched(transaction)] == ["bounced", "delivered"]


def test_a_call_that_comes_twice_is_applied_once(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted"})
    for _ in range(2):
        scene.calls(scene.event(run, "anna", "delivered"), key="msg_1")
        scene.apply()
    assert len(scene.events("anna")) == 1


def test_a_call_that_cannot_be_read_is_kept_with_a_note_and_holds_up_no_other(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted"})
    key = scene.calls()
    del scene.told[scene.body(key)]
    assert scene.tell(scene.event(run, "anna", "complained")) == 2
    with scene.store.reading() as transaction:
        (unread,) = webhooks.unread(transaction)
    assert (unread.key, unread.note, unread.body) == (key, "post called with what cannot be read", scene.body(key))
    assert scene.apply() == 0


def test_a_call_that_nobody_understands_here_waits_for_who_does(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted"})
    scene.calls(scene.event(run, "anna", "complained"))

    def nobody(provider: str, body: bytes) -> list[Event]:
        raise LookupError(provider, body)

    told, scene.read = scene.read, nobody  # type: ignore[method-assign]
    assert scene.apply() == 0
    scene.read = told  # type: ignore[method-assign]
    assert scene.apply() == 1


@pytest.mark.parametrize(("stop_at", "state"), [(0.1, "paused"), (0.2, "sending"), (None, "sending")])
def test_a_run_that_too_many_call_spam_pauses_and_few_readers_count_as_a_thousand(
    scene: Scene, stop_at: float | None, state: str
) -> None:
    run = scene.sent(dict.fromkeys(NAMES[:3], "accepted"))
    scene.tell(*(scene.event(run, name, "complained") for name in NAMES[:2]), stop_at=stop_at)
    now = scene.run(run)
    assert now.state == state
    if state == "paused":
        assert (now.why, now.sentence) == ("complained", "Of 3 readers 2 called it spam, more than 0.1 percent.")


def test_of_an_erased_reader_no_address_stays_whether_a_call_came_before_or_after(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted", "bram": "in doubt"})
    scene.tell(scene.event(run, "anna", "delivered", said="to anna@example.org"), scene.event(run, "bram", "other"))
    with scene.store.writing() as transaction:
        for name in ("anna", "bram"):
            erasure.erase(transaction, address_of(name), scene.occasion(), key=ERASE_KEY)
    scene.tell(
        scene.event(run, "anna", "complained", said="by anna@example.org"),
        Event(kind="bounced", at=AT, address="anna@example.org", said="anna@example.org", permanent=True),
    )
    assert bodies(scene.store) == ["", "", "", ""]
    with scene.store.reading() as transaction:
        told = [*scene.events("anna"), *scene.events("bram"), *events.unmatched(transaction)]
    assert len(told) == 4
    assert {(one.key, one.said) for one in told} == {(None, "")}


@pytest.mark.parametrize("kind", ["delivered", "complained"])
def test_of_a_reader_who_has_himself_erased_just_then_no_address_stays_either(scene: Scene, kind: str) -> None:
    run = scene.sent({"anna": "accepted"})
    scene.calls(scene.event(run, "anna", kind, said="anna@example.org"))
    understood = scene.read

    def read(provider: str, body: bytes) -> Sequence[Event]:
        with scene.store.writing() as transaction:
            erasure.erase(transaction, address_of("anna"), scene.occasion(), key=ERASE_KEY)
        return understood(provider, body)

    scene.read = read  # type: ignore[method-assign]
    assert scene.apply() == 1
    assert bodies(scene.store) == [""]
    assert [(one.key, one.said) for one in scene.events("anna")] == [(None, "")]


def test_a_call_that_cannot_be_applied_holds_up_no_other(scene: Scene) -> None:
    run = scene.sent({"anna": "in doubt", "bram": "accepted"})
    with scene.store.writing() as transaction:
        transaction.execute(update(schema.deliveries).values(attempt=None))  # as nobody ever does
    assert scene.tell(scene.event(run, "anna", "delivered"), scene.event(run, "bram", "complained")) == 1
    assert scene.status("bram") == ("suppressed", "complained")
    with scene.store.reading() as transaction:
        assert webhooks.count_waiting(transaction) == 1


def bodies(store: Store) -> list[str]:
    """What is left of all calls."""
    with store.reading() as transaction:
        return list(transaction.scalars(select(schema.webhooks.c.body).order_by(schema.webhooks.c.id)))

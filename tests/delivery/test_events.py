"""What follows from what a provider tells: whose doubt ends, who is mailed no more, and what cannot be true."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import update
from told_off import ACCOUNT, AT, ERASE_KEY, FINGERPRINT, LATER, NAMES, ZONE, Scene, address_of, bodies

from newsletter.audience import address, consent
from newsletter.delivery import audit, settle
from newsletter.delivery import events as events_applied
from newsletter.errors import ConfigError
from newsletter.model.ledger import DeliveryState, Event, EventKind
from newsletter.model.subscriber import Source
from newsletter.store import attempts, claims, consents, events, notices, runs, schema, webhooks
from newsletter.store.attempts import Intent, Sender
from newsletter.store.database import Store
from newsletter.store.webhooks import Called

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


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


@pytest.mark.parametrize("kind", ["accepted", "delivered", "deferred", "bounced", "failed", "other"])
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
    with scene.store.reading() as transaction:
        said = attempts.said(transaction, run.id, scene.delivery(run, "anna").seq)
    assert [one.what for one in said] == ["told: accepted"]


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


@pytest.mark.parametrize(
    ("state", "kind"), [("refused", "delivered"), ("skipped", "delivered"), ("waiting", "other"), ("waiting", "failed")]
)
def test_an_event_of_a_mail_that_was_never_taken_is_an_alarm_and_changes_nothing_of_it(
    scene: Scene, state: DeliveryState, kind: str
) -> None:
    run = scene.sent({"anna": state})
    scene.tell(scene.event(run, "anna", kind))
    assert scene.delivery(run, "anna").state == state
    with scene.store.reading() as transaction:
        (alarm,) = events.alarms(transaction, run.id)
    assert alarm.alarm == f"{kind}, though its delivery is {state}"


@pytest.mark.parametrize("kind", ["accepted", "delivered", "deferred", "bounced", "complained", "opened", "clicked"])
def test_who_waits_and_has_it_as_the_provider_proves_is_not_mailed_again(scene: Scene, kind: str) -> None:
    run = scene.sent({"anna": "in doubt", "bram": "accepted", "cees": "accepted", "dora": "accepted"})
    settle.send_again(scene.store, run.id, reason="not in the log", who="joke", at=AT + HOUR)
    proof = scene.event(run, "anna", kind, provider_id="p-1", permanent=True)
    scene.calls(proof, proof)
    assert scene.tell(proof, at=LATER + HOUR) == 2
    anna = scene.delivery(run, "anna")
    assert (anna.state, anna.provider_id, scene.run(run).state) == ("accepted", "p-1", "finished")
    with scene.store.writing() as transaction:
        assert claims.claim(transaction, run.id, at=LATER + DAY, day=AT.date(), limit=9) == []
        (account,) = audit.audit(transaction, at=LATER + DAY).accounts
        told = "accepted" if kind in {"opened", "clicked"} else kind
        assert {one.alarm for one in events.alarms(transaction)} == {f"{told}, though its delivery is waiting"}
    assert [breach.law for breach in account.breaches] == ["alarm"]


@pytest.mark.parametrize("kind", ["failed", "other"])
@pytest.mark.parametrize("told", ["while he waits", "under way", "in doubt again"])
def test_what_is_told_late_of_a_request_that_failed_proves_no_later_one(scene: Scene, kind: str, told: str) -> None:
    run = scene.sent({"anna": "in doubt"})
    settle.send_again(scene.store, run.id, reason="not in the log", who="joke", at=AT + HOUR)
    late, seq = scene.event(run, "anna", kind), scene.delivery(run, "anna").seq
    if told == "while he waits":
        scene.tell(late)
    with scene.store.writing() as transaction:
        intent, sender = Intent(seqs=(seq,), fingerprint=FINGERPRINT), Sender(worker="w", account=ACCOUNT)
        (number,) = attempts.open_(transaction, run.id, [intent], sender, at=AT + DAY, expires_at=AT + DAY)
    if told == "under way":
        scene.tell(late)
    with scene.store.writing() as transaction:
        attempts.overdue(transaction, at=AT + DAY)
    if told == "in doubt again":
        scene.tell(late)
    assert scene.delivery(run, "anna").state == "in doubt"
    with scene.store.reading() as transaction:
        (doubt,) = attempts.doubts(transaction)
        assert (doubt.id, events.proofs(transaction, doubt)) == (number, set())
    scene.tell(scene.event(run, "anna", kind, at=AT + DAY))
    assert scene.delivery(run, "anna").state == "accepted"


def test_who_was_never_asked_for_and_has_it_all_the_same_is_not_mailed_either(scene: Scene) -> None:
    run = scene.sent({"anna": "waiting"})
    scene.tell(scene.event(run, "anna", "delivered"))
    assert scene.delivery(run, "anna").state == "accepted"
    with scene.store.reading() as transaction:
        (account,) = audit.audit(transaction, run, at=LATER).accounts
        assert [breach.law for breach in account.breaches] == ["alarm"]


def test_an_alarm_that_the_operator_has_seen_is_told_and_breaks_no_law(scene: Scene) -> None:
    run = scene.sent({"anna": "skipped"})
    scene.tell(scene.event(run, "anna", "delivered"))
    with scene.store.writing() as transaction:
        assert [events.acknowledge(transaction, run.id, "joke: he had left by then") for _ in range(2)] == [1, 0]
        (account,) = audit.audit(transaction, run, at=LATER).accounts
    assert (account.breaches, account.acknowledged) == ((), 1)
    scene.tell(scene.event(run, "anna", "complained"))
    with scene.store.reading() as transaction:
        (account,) = audit.audit(transaction, run, at=LATER).accounts
    assert [breach.law for breach in account.breaches] == ["alarm", "told-unmailed"]


@pytest.mark.parametrize(
    ("kind", "kept"), [("delivered", "delivered"), ("opened", "accepted"), ("clicked", "accepted")]
)
def test_an_event_that_comes_before_the_answer_is_no_alarm_and_proves_what_the_answer_may_not(
    scene: Scene, kind: str, kept: str
) -> None:
    run = scene.sent({"anna": "sending"})
    scene.tell(scene.event(run, "anna", kind))
    assert scene.delivery(run, "anna").state == "sending"
    assert [(one.kind, one.alarm) for one in scene.events("anna")] == [(kept, "")]
    with scene.store.writing() as transaction:
        attempts.overdue(transaction, at=LATER)
        (doubt,) = attempts.doubts(transaction)
        assert events.proofs(transaction, doubt) == {scene.delivery(run, "anna").seq}


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


@pytest.mark.parametrize(("source", "stays"), [("import", False), ("operator", False), ("form", True)], ids=str)
@pytest.mark.parametrize("kind", ["complained", "unsubscribed"])
def test_what_a_reader_said_himself_is_not_taken_back_by_a_list_or_the_operator(
    scene: Scene, kind: str, source: Source, stays: bool
) -> None:
    run = scene.sent({"anna": "accepted"})
    with scene.store.writing() as transaction:
        consents.write(transaction, scene.ids["anna"], "confirmed", at=LATER, source=source)
    scene.tell(scene.event(run, "anna", kind), at=LATER + DAY)
    assert (scene.status("anna") == ("confirmed", None)) is stays


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


@pytest.mark.parametrize(
    ("kind", "permanent", "status"),
    [
        ("unsubscribed", False, ("left", None)),
        ("bounced", True, ("suppressed", "bounced")),
        ("bounced", False, ("confirmed", None)),
        ("complained", False, ("confirmed", None)),
    ],
)
def test_an_address_alone_is_believed_where_it_speaks_of_itself(
    scene: Scene, kind: EventKind, permanent: bool, status: tuple[str, str | None]
) -> None:
    scene.tell(Event(kind=kind, at=AT, address="ANNA@example.org", permanent=permanent))
    assert scene.status("anna") == status


@pytest.mark.parametrize("kind", ["bounced", "complained", "unsubscribed", "delivered"])
@pytest.mark.parametrize("id_", ["ab" * 12, "0" * 32, "een andere krant", ""])
def test_what_comes_with_an_id_that_is_not_ours_touches_none_of_our_readers(
    scene: Scene, kind: EventKind, id_: str
) -> None:
    scene.tell(Event(kind=kind, at=AT, delivery=id_, address="anna@example.org", permanent=True))
    assert (scene.status("anna"), scene.records("anna"), scene.events("anna")) == (("confirmed", None), [], [])
    with scene.store.reading() as transaction:
        assert [one.kind for one in events.unmatched(transaction, limit=9)] == [kind]


def test_what_is_about_nobody_is_kept_and_listed(scene: Scene) -> None:
    strange = [
        Event(kind="bounced", at=AT, delivery="0" * 24, address="niemand@example.org", permanent=True),
        Event(kind="delivered", at=AT, delivery="no id of ours"),
        Event(kind="other", at=AT, said="domain.updated"),
    ]
    assert scene.tell(*strange) == 3
    with scene.store.reading() as transaction:
        some = events.unmatched(transaction, limit=1)
        assert events.count_unmatched(transaction) == 2
    assert [(one.kind, one.at, one.provider, one.webhook) for one in some] == [("delivered", AT, "post", 2)]


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

    told, scene.read = scene.read, nobody  # type: ignore[method-assign]
    assert scene.apply() == 0
    with scene.store.reading() as transaction:
        assert (webhooks.count_waiting(transaction), webhooks.unread(transaction)) == (1, [])
    scene.read = told  # type: ignore[method-assign]
    assert scene.apply() == 1
    assert scene.status("anna") == ("suppressed", "complained")


def nobody(provider: str, body: bytes) -> Sequence[Event]:
    """A machine without the settings of whoever called."""
    raise ConfigError(f"nobody knows {provider} here", repr(body))


def test_calls_that_wait_for_who_understands_them_starve_no_other_and_are_not_read_again_at_once(scene: Scene) -> None:
    run, asked = scene.sent({"anna": "accepted"}), []
    with scene.store.writing() as transaction:
        calls = [Called(provider="left", key=str(number), at=AT, body="x") for number in range(450)]
        webhooks.keep(transaction, calls)
    scene.calls(scene.event(run, "anna", "complained"))

    def read(provider: str, body: bytes) -> Sequence[Event]:
        asked.append(provider)
        return nobody(provider, body) if provider == "left" else scene.read(provider, body)

    no_time = {"within": timedelta(0), "ticks": lambda: 0.0}
    events_applied.apply(scene.store, read, at=LATER, zone=ZONE, **no_time)  # type: ignore[arg-type]
    assert (scene.status("anna"), asked) == (("suppressed", "complained"), ["left", "post"])
    done = events_applied.apply(scene.store, read, at=LATER, zone=ZONE, **no_time)  # type: ignore[arg-type]
    assert done == events_applied.Applied(calls=0, more=False)


def test_a_call_that_cannot_be_applied_holds_up_no_other_and_is_not_tried_for_ever(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    run = scene.sent({"anna": "in doubt", "bram": "accepted"})
    with scene.store.writing() as transaction:
        transaction.execute(update(schema.deliveries).values(attempt=None))  # as nobody ever does
    assert scene.tell(scene.event(run, "anna", "delivered"), scene.event(run, "bram", "complained")) == 1
    assert scene.status("bram") == ("suppressed", "complained")
    with scene.store.reading() as transaction:
        (unread,) = webhooks.unread(transaction)
        assert (unread.note, webhooks.count_waiting(transaction)) == ("it could not be applied: LookupError", 0)
    assert (scene.apply(), len(caplog.records)) == (0, 1)


@pytest.mark.parametrize("failure", [RecursionError, KeyError])
def test_a_receiver_that_fails_holds_up_no_other_call(scene: Scene, failure: type[Exception]) -> None:
    run, understood = scene.sent({"anna": "accepted"}), scene.read
    wrong = scene.body(scene.calls())

    def read(provider: str, body: bytes) -> Sequence[Event]:
        if body.decode() == wrong:
            raise failure
        return understood(provider, body)

    scene.read = read  # type: ignore[method-assign]
    scene.tell(scene.event(run, "anna", "complained"))
    assert scene.status("anna") == ("suppressed", "complained")
    with scene.store.reading() as transaction:
        assert [one.note for one in webhooks.unread(transaction)] == [f"it could not be applied: {failure.__name__}"]


def test_applying_ends_when_its_time_is_over_and_says_that_there_may_be_more(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted"})
    with scene.store.writing() as transaction:
        calls = [Called(provider="post", key=str(number), at=AT, body="x") for number in range(450)]
        webhooks.keep(transaction, calls)
    scene.told["x"] = [scene.event(run, "anna", "delivered")]
    seconds = iter(range(9))

    def some(within: float) -> events_applied.Applied:
        limits = {"within": timedelta(seconds=within), "ticks": lambda: float(next(seconds))}
        return events_applied.apply(scene.store, scene.read, at=LATER, zone=ZONE, **limits)  # type: ignore[arg-type]

    assert some(2.0) == events_applied.Applied(calls=400, more=True)
    assert some(2.0) == events_applied.Applied(calls=50, more=False)

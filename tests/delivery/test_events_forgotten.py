"""What is left of a provider's calls, of whoever has himself erased and of all others after a while."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from told_off import AT, ERASE_KEY, NAMES, Scene, address_of, bodies

from newsletter.audience import erasure
from newsletter.model.ledger import Event
from newsletter.store import schema, webhooks
from newsletter.store.database import Store
from newsletter.store.webhooks import Called

DAY = timedelta(days=1)


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store).subscribed(*NAMES)


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
        told = transaction.execute(select(schema.events.c.key, schema.events.c.said)).all()
    assert told == [(None, "")] * 4


@pytest.mark.parametrize(
    ("spelt", "blank"),
    [("Anna@Example.org", True), ("dora.anna@example.org.nl", True), ("bram@example.org", False)],
)
def test_an_erased_address_stays_in_no_call_that_was_not_read_or_waits_for_who_reads_it(
    scene: Scene, spelt: str, blank: bool
) -> None:
    run = scene.sent({"anna": "accepted"})
    scene.about = f"to {spelt}"
    unread = scene.calls()
    del scene.told[scene.body(unread)]
    scene.apply()
    scene.calls(scene.event(run, "anna", "delivered"))
    with scene.store.writing() as transaction:
        erasure.erase(transaction, address_of("anna"), scene.occasion(), key=ERASE_KEY)
    assert [body == "" for body in bodies(scene.store)] == [blank, blank]
    assert scene.apply() == 1
    with scene.store.reading() as transaction:
        assert webhooks.count_waiting(transaction) == 0
        assert len(webhooks.unread(transaction)) == 1


def test_an_address_with_letters_of_its_own_is_found_however_json_spells_it(scene: Scene) -> None:
    for body in ('{"to": "zoë@example.org"}', json.dumps({"to": "Zoë@example.org"}), '{"to": "chloë@example.org"}'):
        with scene.store.writing() as transaction:
            webhooks.keep(transaction, [Called(provider="post", key=body, at=AT, body=body)])
    with scene.store.writing() as transaction:
        webhooks.forget_address(transaction, "zoë@example.org")
    assert [body == "" for body in bodies(scene.store)] == [True, True, False]


def test_calls_are_kept_for_a_while_after_they_were_applied(scene: Scene) -> None:
    run = scene.sent({"anna": "accepted"})
    scene.tell(scene.event(run, "anna", "delivered"), at=AT)
    scene.tell(scene.event(run, "anna", "bounced"), at=AT + DAY)
    scene.calls(scene.event(run, "anna", "deferred"))
    with scene.store.writing() as transaction:
        assert [webhooks.prune(transaction, before=AT + DAY) for _ in range(2)] == [1, 0]
    assert [body == "" for body in bodies(scene.store)] == [True, False, False]
    assert [one.kind for one in scene.events("anna")] == ["delivered", "bounced"]


@pytest.mark.parametrize(("kind", "is_ours"), [("delivered", True), ("complained", True), ("complained", False)])
def test_of_a_reader_who_has_himself_erased_just_then_no_address_stays_either(
    scene: Scene, kind: str, is_ours: bool
) -> None:
    run = scene.sent({"anna": "accepted"})
    others = {} if is_ours else {"delivery": "ab" * 12}
    scene.calls(scene.event(run, "anna", kind, said="anna@example.org", **others))
    understood = scene.read

    def read(provider: str, body: bytes) -> Sequence[Event]:
        with scene.store.writing() as transaction:
            erasure.erase(transaction, address_of("anna"), scene.occasion(), key=ERASE_KEY)
        return understood(provider, body)

    scene.read = read  # type: ignore[method-assign]
    assert scene.apply() == 1
    assert bodies(scene.store) == [""]
    with scene.store.reading() as transaction:
        assert transaction.execute(select(schema.events.c.key, schema.events.c.said)).all() == [(None, "")]

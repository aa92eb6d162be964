"""What Mailgun tells of readers, in its own words, and what follows from it for the list and the ledger."""

import json
from pathlib import Path

import pytest
from told_off import ERASE_KEY, LATER, ZONE, Scene, address_of

from newsletter.delivery import events
from newsletter.model.ledger import DeliveryState, Run
from newsletter.providers._mailgun_events import Receiver
from newsletter.store import webhooks
from newsletter.store.database import Store
from newsletter.store.webhooks import Called

FOLDER = Path(__file__).parent.parent / "providers" / "told" / "mailgun"
RECEIVER = Receiver(b"key-selfmade-signing")


def tell(scene: Scene, run: Run, name: str, file: str) -> None:
    """Have Mailgun call with a file of the documentation, about a reader's mail of an hour ago; and apply it."""
    body = json.loads((FOLDER / f"{file}.json").read_text("utf-8"))
    about = {"delivery": run.delivery_id(scene.delivery(run, name).seq)}
    body["event-data"] |= {"user-variables": about, "recipient": address_of(name), "timestamp": LATER.timestamp()}
    called = Called(provider="mailgun", key=f"{file}-{name}", at=LATER, body=json.dumps(body))
    with scene.store.writing() as transaction:
        webhooks.keep(transaction, [called])
    applied = events.apply(scene.store, lambda _, told: RECEIVER.events(told), at=LATER, zone=ZONE, erase_key=ERASE_KEY)
    assert applied.calls == 1


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ("failed_no_mailbox", ("suppressed", "bounced")),
        ("suppress_bounce", ("suppressed", "bounced")),
        ("suppress_complaint", ("suppressed", "complained")),
        ("complained", ("suppressed", "complained")),
        ("suppress_unsubscribe", ("left", None)),
        ("unsubscribed", ("left", None)),
        ("failed_for_now", ("confirmed", None)),
        ("failed_policy", ("confirmed", None)),
        ("failed_too_old", ("confirmed", None)),
        ("delivered", ("confirmed", None)),
        ("opened", ("confirmed", None)),
    ],
)
def test_who_is_mailed_no_more_is_whoever_is_gone_complained_or_left(
    store: Store, file: str, status: tuple[str, str | None]
) -> None:
    scene = Scene(store).subscribed("anna", "bram")
    run = scene.sent({"anna": "accepted", "bram": "accepted"})
    tell(scene, run, "anna", file)
    assert scene.status("anna") == status
    assert scene.status("bram") == ("confirmed", None)
    assert scene.delivery(run, "anna").state == "accepted"


@pytest.mark.parametrize("file", ["accepted", "delivered", "failed_for_now", "suppress_bounce", "opened"])
def test_whatever_is_told_of_a_mail_in_doubt_settles_it(store: Store, file: str) -> None:
    scene = Scene(store).subscribed("anna", "bram")
    run = scene.sent({"anna": "in doubt", "bram": "in doubt"})
    tell(scene, run, "anna", file)
    states: list[DeliveryState] = [scene.delivery(run, name).state for name in ("anna", "bram")]
    assert states == ["accepted", "in doubt"]

"""How many readers go in one request."""

from dataclasses import replace
from pathlib import Path

import pytest
from dispatch import BATCHES, EDITION, Desk, Dispatch
from providers.fakes.mailgun_api import FakeMailgun

from newsletter.providers.mailgun import Mailgun, Settings
from newsletter.store.database import Store


@pytest.mark.parametrize(("substitutes", "sizes"), [(False, [1, 1, 1, 1, 1, 1]), (True, [4, 2])])
def test_the_edition_counts_for_each_reader_unless_the_provider_puts_in_what_is_a_readers_own(
    store: Store, tmp_path: Path, substitutes: bool, sizes: list[int]
) -> None:
    asked = replace(BATCHES, batch_messages=100, batch_bytes=15_000, substitutes=substitutes)
    dispatch = Dispatch(store, tmp_path, desk=Desk(capabilities=asked))
    edition = replace(EDITION, text=("Een lange brief. " * 200,))
    dispatch.send("anna", "bram", "cees", "dora", "evert", "fien", edition=edition)
    dispatch.drain()
    assert [len(readers) for _, readers in dispatch.desk.asked] == sizes


def test_one_whom_mailgun_refuses_together_with_all_others_is_alone_in_the_end(store: Store, tmp_path: Path) -> None:
    fake = FakeMailgun(bad={"evert@example.nl"})
    settings = Settings.model_validate({"key": "key-proef", "domain": "mg.example.nl"})
    mailgun = Mailgun(settings, transport=fake.transport())
    desk = Desk(capabilities=mailgun.capabilities)
    desk.send = mailgun.send  # type: ignore[method-assign]  # the engine closes what it asked for capabilities
    dispatch = Dispatch(store, tmp_path, desk=desk)
    names = ("anna", "bram", "cees", "dora", "evert", "fien", "gijs", "hans", "ida")
    number = dispatch.send(*names)
    dispatch.drain()
    assert dispatch.states(number) == {name: "refused" if name == "evert" else "accepted" for name in names}
    assert sorted(mail.address for mail in fake.mails) == [f"{name}@example.nl" for name in names if name != "evert"]
    assert len({mail.message_id for mail in fake.mails}) > 1
    assert {mail.custom["delivery"] for mail in fake.mails} == {
        dispatch.run(number).delivery_id(one.seq) for name, one in dispatch.ledger(number).items() if name != "evert"
    }

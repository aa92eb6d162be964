"""A run's messages made again, and what tells that they are the same."""

from dataclasses import replace

import pytest
from dispatch import EDITION, NOW
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.copies import Copies
from newsletter.errors import ConfigError
from newsletter.links import Key
from newsletter.model.ledger import Delivery, Run, Terms, parted_id

KEY, OTHER = Key(secret=b"een geheim van de proef"), Key(secret=b"een ander geheim")
TERMS = Terms(
    sender="De Heuvelbode <weekbrief@example.nl>", reply_to=None, list_id="<w.example.nl>", feedback_id="a:b:c:d",
    web="https://weekbrief.example.nl", inbox="brief@example.nl", key=KEY.id.hex(), pictures="https://beeld.example.nl/",
)  # fmt: skip
RUN = Run(
    id=7, token="0123456789abcdef", issue="2026-11-28", edition=EDITION.fingerprint, terms=TERMS, provider="desk",
    segment=None, due_at=NOW, pressed_at=NOW, pressed_by="redactie", machine="proef", state="sending", allowed_at=NOW,
    frozen_at=NOW,
)  # fmt: skip
ANNA = Delivery(
    run=7,
    seq=1,
    subscriber="a" * 32,
    address="anna@example.nl",
    name="Anna",
    joined=None,
    state="waiting",
    not_before=NOW,
)


def test_the_same_rows_make_the_same_messages() -> None:
    one, two = Copies(EDITION, RUN, [KEY]), Copies(EDITION, RUN, [OTHER, KEY])
    assert one.message(ANNA) == two.message(ANNA)
    assert one.fingerprint([one.message(ANNA)]) == two.fingerprint([two.message(ANNA)])


def test_an_id_that_travels_says_of_which_run_and_which_reader_it_is() -> None:
    message = Copies(EDITION, RUN, [KEY]).message(ANNA)
    assert parted_id(message.delivery) == ("0123456789abcdef", 1)
    assert parted_id("iets anders dan een nummer van ons") is None


def test_without_the_key_of_its_links_no_copy_can_be_made() -> None:
    with pytest.raises(ConfigError, match="another secret") as refused:
        Copies(EDITION, RUN, [OTHER])
    assert "NEWSLETTER_OLD_SECRETS" in refused.value.hint


@pytest.mark.parametrize(
    "changed",
    [
        replace(ANNA, name="Ann"),
        replace(ANNA, address="ann@example.nl"),
        replace(ANNA, seq=2),
        replace(ANNA, subscriber="b" * 32),
    ],
)
def test_whatever_differs_for_a_reader_makes_another_fingerprint(changed: Delivery) -> None:
    copies = Copies(EDITION, RUN, [KEY])
    assert copies.fingerprint([copies.message(ANNA)]) != copies.fingerprint([copies.message(changed)])


@pytest.mark.parametrize(
    "run",
    [
        replace(RUN, terms=replace(TERMS, sender="Iemand <iemand@example.nl>")),
        replace(RUN, terms=replace(TERMS, web="https://elders.example.nl")),
        replace(RUN, terms=replace(TERMS, inbox=None)),
        replace(RUN, frozen_at=NOW.replace(second=1)),
    ],
)
def test_whatever_differs_for_all_does_too(run: Run) -> None:
    one, two = Copies(EDITION, RUN, [KEY]), Copies(EDITION, run, [KEY])
    assert one.fingerprint([one.message(ANNA)]) != two.fingerprint([two.message(ANNA)])


def test_so_does_another_edition() -> None:
    other = Copies(replace(EDITION, preheader="Niets."), RUN, [KEY])
    copies = Copies(EDITION, RUN, [KEY])
    assert copies.fingerprint([copies.message(ANNA)]) != other.fingerprint([other.message(ANNA)])


@given(names=st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=4), min_size=2, max_size=4))
def test_who_stands_where_is_part_of_it(names: list[str]) -> None:
    copies = Copies(EDITION, RUN, [KEY])
    there = [copies.message(replace(ANNA, seq=n, name=name)) for n, name in enumerate(names)]
    assert copies.fingerprint(there) != copies.fingerprint(there[::-1])

"""Editions: what is kept is what was sent, word for word, and once."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import ledgered
import pytest
from databases import undone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgered import AT, EDITION

from newsletter.model.mail import Context, Field, Rendition, Slot
from newsletter.store import editions, runs
from newsletter.store.database import Store

SLOTS = st.builds(Slot, field=st.sampled_from(get_args(Field)), context=st.sampled_from(get_args(Context)))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
PIECES = st.lists(TEXT | SLOTS, max_size=6).map(tuple)
PICTURE = Rendition(name="c0ffee.jpg", data=b"jpg", width=600, height=400, pixels=(1200, 800), source="kerk.jpg")


@given(html=PIECES, text=PIECES, subject=TEXT)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_edition_comes_back_word_for_word(store: Store, html: tuple, text: tuple, subject: str) -> None:
    edition = replace(EDITION, html=html, text=text, subject=subject)
    with undone(store) as transaction:
        editions.save(transaction, edition, AT)
        kept = editions.load(transaction, edition.fingerprint)
    assert kept == edition
    assert kept.fingerprint == edition.fingerprint


def test_of_its_pictures_the_names_are_kept(store: Store) -> None:
    edition = replace(EDITION, pictures=(PICTURE, replace(PICTURE, name="decaf.png")), sizes=(("frame", 6_300),))
    with store.writing() as transaction:
        editions.save(transaction, edition, AT)
        assert editions.pictures(transaction, edition.fingerprint) == ("c0ffee.jpg", "decaf.png")
        assert editions.load(transaction, edition.fingerprint) == EDITION


def test_an_edition_is_kept_once(store: Store) -> None:
    with store.writing() as transaction:
        for days in range(3):
            editions.save(transaction, EDITION, AT + timedelta(days=days))
        assert editions.every(transaction) == (EDITION.fingerprint,)


def test_what_is_not_kept_is_not_found(store: Store) -> None:
    with store.reading() as transaction:
        with pytest.raises(LookupError):
            editions.load(transaction, "0" * 64)
        with pytest.raises(LookupError):
            editions.pictures(transaction, "0" * 64)


def test_readers_see_what_the_newest_run_that_has_begun_sends(store: Store) -> None:
    mended = replace(EDITION, subject="De dijkwachten lopen weer (hersteld)")
    with store.writing() as transaction:
        first = ledgered.press(transaction)
        assert editions.shown(transaction, EDITION.issue) is None
        ledgered.freeze(transaction, first)
        assert editions.shown(transaction, EDITION.issue) == EDITION.fingerprint
        editions.save(transaction, mended, AT)
        second = ledgered.press(transaction, edition=mended.fingerprint)
        assert editions.shown(transaction, EDITION.issue) == EDITION.fingerprint
        runs.change(transaction, second.id, {"scheduled"}, state="checking", started_at=AT)
        assert editions.shown(transaction, EDITION.issue) == mended.fingerprint
        assert editions.shown(transaction, "2026-12-05") is None

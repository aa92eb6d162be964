"""A doubt for which nobody is asked: it was told of, nobody can tell, or there is none."""

import pytest
from doubtful import PLAIN, REPEATS
from told_off import AT
from unsettled import ALL_ACCEPTED, ALL_IN_DOUBT, MINUTE, Make, post_of

from newsletter.store import events
from newsletter.store.events import Told


def test_what_was_told_before_it_was_a_doubt_settles_it_and_nobody_is_asked(make: Make) -> None:
    doubt = make(REPEATS)
    call = doubt.scene.calls()
    with doubt.scene.store.writing() as transaction:
        told = [
            Told(webhook=1, kind="delivered", at=AT, run=doubt.run.id, seq=seq, subscriber="0" * 32)
            for seq in doubt.attempt.seqs
        ]
        events.add(transaction, told)
    assert call
    doubt.settle()
    assert doubt.states() == ALL_ACCEPTED
    assert len(post_of(doubt).asked) == 1
    assert doubt.said("anna") == [("told of", "")]


@pytest.mark.parametrize(("hours", "again"), [(1, True), (71, True), (73, False)])
def test_where_nothing_can_be_asked_it_stays_a_doubt_and_after_three_days_only_the_operator_knows(
    make: Make, hours: int, *, again: bool
) -> None:
    doubt = make(PLAIN)
    assert bool(doubt.settle(after=hours * 60 * MINUTE)) == again
    assert (doubt.states(), len(post_of(doubt).asked)) == (ALL_IN_DOUBT, 1)


def test_without_any_doubt_there_is_nothing_to_come_back_for(make: Make) -> None:
    doubt = make(REPEATS)
    assert doubt.settle() is not None
    assert doubt.settle(after=20 * MINUTE) is None

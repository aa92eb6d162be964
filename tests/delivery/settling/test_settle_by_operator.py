"""A doubt is settled by the operator, for a reason that is kept."""

from collections.abc import Callable

import pytest
from doubtful import PLAIN, Doubtful
from meanwhile import cancel, erase
from sqlalchemy import update
from told_off import AT, NAMES
from unsettled import ALL_ACCEPTED, ALL_IN_DOUBT, MINUTE, Make, attempt_of

from newsletter.delivery import settle
from newsletter.errors import UsageError
from newsletter.store import attempts, schema


def decide(doubt: Doubtful, how: Callable[..., int], *, reason: str = "de post zag ze", after: int = 6) -> int:
    return how(doubt.scene.store, doubt.run.id, reason=reason, who="joke", at=AT + after * MINUTE)


def test_the_operator_has_them_count_as_accepted_for_a_reason_that_is_kept(make: Make) -> None:
    doubt = make(PLAIN)
    assert decide(doubt, settle.assume_accepted) == 4
    assert doubt.states() == ALL_ACCEPTED
    assert doubt.said("anna") == [("assumed accepted", "joke: de post zag ze")]
    assert (attempt_of(doubt), doubt.scene.run(doubt.run).state) == ("settled", "finished")


def test_the_operator_has_them_sent_again_for_a_reason_that_is_kept(make: Make) -> None:
    doubt = make(PLAIN)
    assert decide(doubt, settle.send_again) == 4
    assert doubt.states() == dict.fromkeys(NAMES, "waiting")
    assert doubt.said("anna") == [("sent again", "joke: de post zag ze")]
    assert (attempt_of(doubt), doubt.scene.run(doubt.run).state) == ("settled", "sending")


def test_who_was_told_of_is_not_sent_it_again(make: Make) -> None:
    doubt = make(PLAIN)
    doubt.scene.tell(doubt.scene.event(doubt.run, "anna", "delivered"))
    assert decide(doubt, settle.send_again) == 3
    assert doubt.states() == {**dict.fromkeys(NAMES, "waiting"), "anna": "accepted"}


def test_who_had_the_issue_otherwise_and_who_was_erased_is_not_sent_it_again(make: Make) -> None:
    doubt = make(PLAIN)
    erase(doubt)
    other = doubt.scene.sent({"anna": "accepted", "bram": "skipped", "cees": "skipped"}, issue="issue-9")
    with doubt.scene.store.writing() as transaction:
        # As after he moved, and a run of the same issue went to his new address.
        its = (schema.deliveries.c.run == other.id, schema.deliveries.c.state == "accepted")
        moved = {"issue": doubt.run.issue, "key": "anders@example.org"}
        transaction.execute(update(schema.deliveries).where(*its).values(moved))
        transaction.execute(update(schema.runs).where(schema.runs.c.id == other.id).values(issue=doubt.run.issue))
    assert decide(doubt, settle.send_again) == 2
    with doubt.scene.store.reading() as transaction:
        states = {one: doubt.scene.delivery(doubt.run, one).state for one in NAMES}
        assert attempts.doubts(transaction, doubt.run.id)
    assert states == {"anna": "in doubt", "bram": "waiting", "cees": "waiting", "dora": "in doubt"}


@pytest.mark.parametrize("how", [settle.assume_accepted, settle.send_again])
def test_nothing_is_decided_without_a_reason_or_a_doubt_or_while_a_request_may_be_under_way(
    make: Make, how: Callable[..., int]
) -> None:
    doubt = make(PLAIN)
    with pytest.raises(UsageError, match="A reason is missing"):
        decide(doubt, how, reason=" ")
    with pytest.raises(UsageError, match="may still be under way"):
        decide(doubt, how, after=4)
    assert doubt.states() == ALL_IN_DOUBT
    decide(doubt, settle.assume_accepted)
    with pytest.raises(UsageError, match="Nobody of run 1 is in doubt"):
        decide(doubt, how)


def test_nobody_is_sent_again_what_was_broken_off(make: Make) -> None:
    doubt = make(PLAIN)
    cancel(doubt)
    with pytest.raises(UsageError, match="is cancelled"):
        decide(doubt, settle.send_again)
    assert decide(doubt, settle.assume_accepted) == 4
    assert doubt.scene.run(doubt.run).state == "cancelled"

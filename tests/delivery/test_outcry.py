"""A run whose mails are called spam, or fail, after they were taken: it pauses, or is said to have gone badly."""

from datetime import timedelta

import pytest
from told_off import AT, LATER, NAMES, Scene

from newsletter.model.ledger import Run
from newsletter.store import claims, figures, runs
from newsletter.store.database import Store

HOUR = timedelta(hours=1)


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store).subscribed(*NAMES)


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


def test_whoever_has_a_run_go_on_in_spite_of_complaints_is_stopped_by_as_many_more(scene: Scene) -> None:
    run = scene.sent(dict.fromkeys(NAMES, "accepted"))
    scene.tell(*(scene.event(run, name, "complained") for name in NAMES[:2]), stop_at=0.1)
    assert scene.run(run).why == "complained"
    scene.tell(scene.event(run, "cees", "complained"), stop_at=0.1)  # seen by him, who looks before he says so
    resumed(scene, run)
    more = [scene.event(run, "dora", "complained"), scene.event(run, "anna", "complained", at=AT + HOUR)]
    scene.tell(more[0], stop_at=0.1)
    assert scene.run(run).state == "sending"
    scene.tell(more[1], stop_at=0.1)
    assert scene.run(run).why == "complained"


@pytest.mark.parametrize(("why", "then"), [("quiet", "complained"), ("operator", "operator")])
def test_complaints_on_a_quiet_day_keep_a_run_from_going_on_by_itself_and_are_not_forgiven_unseen(
    scene: Scene, why: str, then: str
) -> None:
    run = scene.sent(dict.fromkeys(NAMES, "accepted"))
    with scene.store.writing() as transaction:
        runs.change(transaction, run.id, {"sending"}, state="paused", why=why, until=LATER)
    scene.tell(*(scene.event(run, name, "complained") for name in NAMES[:3]), stop_at=0.1)
    assert scene.run(run).why == then
    resumed(scene, run)
    scene.tell(scene.event(run, "dora", "complained"), stop_at=0.1)
    assert scene.run(run).why == (None if then == "complained" else "complained")


@pytest.mark.parametrize(("failures", "state"), [(19, "sending"), (20, "paused")])
def test_a_run_whose_mails_fail_after_they_were_taken_pauses(store: Store, failures: int, state: str) -> None:
    scene, names = Scene(store), [f"lezer{number}" for number in range(40)]
    run = scene.subscribed(*names).sent(dict.fromkeys(names, "accepted"))
    scene.tell(*(scene.event(run, name, "failed") for name in names[:failures]), stop_at=0.1)
    now = scene.run(run)
    assert now.state == state
    if state == "paused":
        sentence = "Of 40 mails that the provider took 20 failed there, more than 5 percent."
        assert (now.why, now.sentence) == ("refused", sentence)
        resumed(scene, run)
        scene.tell(*(scene.event(run, name, "failed") for name in names[failures:-1]), stop_at=0.1)
        assert scene.run(run).state == "sending"
        scene.tell(scene.event(run, names[-1], "failed"), stop_at=0.1)
        assert scene.run(run).state == "paused"


def test_a_run_that_is_over_says_that_its_mails_failed(store: Store) -> None:
    scene, names = Scene(store), [f"lezer{number}" for number in range(20)]
    run = scene.subscribed(*names).sent(dict.fromkeys(names, "accepted"))
    with store.writing() as transaction:
        claims.conclude(transaction, run.id, at=AT)
    scene.tell(*(scene.event(run, name, "failed") for name in names), stop_at=0.1)
    now = scene.run(run)
    assert now.state == "finished"
    assert now.sentence == "Of 20 mails that the provider took 20 failed there, more than 5 percent."
    with store.reading() as transaction:
        assert figures.told_later(transaction, run.id) == {"failed": 20}


def resumed(scene: Scene, run: Run) -> None:
    """What the operator does who has it go on."""
    with scene.store.writing() as transaction:
        assert runs.change(transaction, run.id, {"paused"}, state="sending")

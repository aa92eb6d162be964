"""What the operator is told of a run: when, once, and in which words."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path

import listed
import pytest
from dispatched import Clock, Dispatch, at

from newsletter import mime
from newsletter.delivery.alert import LEASE, run_command
from newsletter.model.ledger import Pause
from newsletter.providers._base import InDoubt, NotSent, RequestRefused
from newsletter.store.database import Store

SATURDAY = at("2026-11-28 05:00")
OPERATOR = "Joke <joke@example.org>"


@pytest.fixture
def office_with(store: Store, tmp_path: Path) -> Iterator[Callable[..., Dispatch]]:
    """``office_with(operator=…)``: three readers, and keys of ``[send]``."""
    made: list[Dispatch] = []

    def make(**send: object) -> Dispatch:
        made.append(Dispatch(store, tmp_path, Clock(SATURDAY), {"send": send}))
        return made[-1]

    listed.put(store, *map(listed.one, ("anna@example.nl", "bert@example.nl", "carl@example.org")))
    yield make
    for office in made:
        office.close()


@pytest.fixture
def office(office_with: Callable[..., Dispatch]) -> Dispatch:
    """One whose operator gets mail, and whose command is run."""
    return office_with(operator=OPERATOR, notify="tell-the-newsroom")


def memos(office: Dispatch) -> list[str]:
    """The subjects of what the operator was mailed."""
    return [message.edition.subject for _, message in office.post.taken if message.edition.issue == "memo"]


def lines(office: Dispatch) -> list[object]:
    """What the command was told."""
    return [told["line"] for told in office.notified]


def test_of_a_run_that_is_finished_the_operator_is_told_once_by_mail_and_command(office: Dispatch) -> None:
    office.press(SATURDAY)
    for _ in range(3):
        office.turn()
    office.new_worker().turn(office.stop)
    assert memos(office) == lines(office) == ["2026-11-28 is finished"]


def test_of_two_processes_one_tells_it(office: Dispatch) -> None:
    other = office.new_worker()
    office.press(SATURDAY)
    office.turn()
    other.turn(office.stop)
    assert memos(office) == lines(office) == ["2026-11-28 is finished"]


def test_while_one_process_tells_it_no_other_does(office: Dispatch) -> None:
    other = office.new_worker()
    office.press(at("2026-11-28 09:00"))
    office.change(state="paused", why="operator")
    office.post.during = lambda: other.turn(office.stop)
    office.turn()
    assert len(memos(office)) == len(office.notified) == 1


def test_the_mail_says_what_happened_how_many_and_what_to_do(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.post.errors = [RequestRefused("401 <no such key> & none else.", "Set another.")]
    office.turn()
    ((_, message),) = office.post.taken
    read = message_from_bytes(mime.to_bytes(message), policy=policy.default)
    assert read["To"] == "Joke <joke@example.org>" or read["To"] == '"Joke" <joke@example.org>'
    assert read["Subject"] == "2026-11-28 is paused: the provider refuses it"
    plain, html = (read.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for said in ("401 <no such key> & none else. Set another.", "waiting             3", "newsletter runs resume 1"):
        assert said in plain
    assert "401 &lt;no such key&gt; &amp; none else." in html
    assert "<code" in html
    assert max(map(len, plain.splitlines())) <= 72


def test_the_command_gets_the_same_as_data_without_an_address(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.turn()
    (told,) = office.notified
    assert (told["run"], told["state"], told["total"]) == (1, "finished", 3)
    assert told["counts"] == {"waiting": 0, "sending": 0, "accepted": 3, "refused": 0, "skipped": 0, "in doubt": 0}
    assert "@" not in str(told)


@pytest.mark.parametrize("why", ["first", "operator", "provider", "faults", "refused", "complained"])
def test_every_pause_that_waits_for_a_person_is_told(office: Dispatch, why: Pause) -> None:
    office.press(SATURDAY)
    office.change(state="paused", why=why, sentence="So it is.")
    office.turn()
    assert len(memos(office)) == 1


def test_a_pause_that_comes_back_is_told_again(office: Dispatch) -> None:
    office.press(at("2026-11-28 09:00"))
    for _ in range(2):
        office.change(state="paused", why="operator")
        office.turn()
        office.change(state="scheduled")
        office.turn()
    assert memos(office) == ["2026-11-28 was paused by hand"] * 2


def test_of_a_hold_nothing_is_told(office_with: Callable[..., Dispatch]) -> None:
    office = office_with(operator=OPERATOR, testers=["chef@example.org"])
    office.press(SATURDAY)
    office.turn()
    assert office.stands() == "paused (hold)"
    assert memos(office) == []


def test_on_a_quiet_day_nothing_is_told_before_it_is_over(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.change(state="paused", why="provider", sentence="401")
    office.clock.now = at("2026-11-29 12:00")
    office.turn()
    assert (office.post.taken, office.notified) == ([], [])
    office.clock.now = at("2026-11-29 23:00")
    office.turn()
    assert len(memos(office)) == len(office.notified) == 1


def test_a_run_that_is_sent_on_a_quiet_day_is_told_of_on_it(office: Dispatch) -> None:
    office.clock.now = at("2026-11-29 12:00")
    office.press(office.clock(), quiet="de dijk is door")
    office.turn()
    assert memos(office) == ["2026-11-28 is finished"]


def test_a_run_that_ends_with_doubts_is_told_as_such(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.post.errors = [InDoubt("no answer")]
    for _ in range(2):
        office.turn()
        office.clock.later(minutes=1)
    assert memos(office) == ["2026-11-28 is finished, with doubts"]


def test_doubts_of_a_run_under_way_are_told_once_they_stand(office_with: Callable[..., Dispatch]) -> None:
    office = office_with(operator=OPERATOR, rate="1/h")
    office.press(SATURDAY)
    office.post.errors = [InDoubt("no answer")]
    for minutes in (0, 14):
        office.clock.later(minutes=minutes)
        office.turn()
        assert (office.counts(), memos(office)) == ({"in doubt": 1, "waiting": 2}, [])
    for _ in range(2):
        office.clock.later(minutes=1)
        office.turn()
        assert (office.stands(), memos(office)) == ("sending", ["2026-11-28 has doubts that do not settle"])


def test_a_mail_that_does_not_get_away_is_tried_again_later(office: Dispatch, caplog: pytest.LogCaptureFixture) -> None:
    office.press(at("2026-11-28 09:00"))
    office.change(state="paused", why="operator")
    office.post.errors = [NotSent("nobody there for joke@example.org")]
    with caplog.at_level(logging.ERROR):
        office.turn()
    assert (memos(office), len(office.notified)) == ([], 1)
    assert "@" not in caplog.text
    office.turn()
    assert len(office.post.asked) == 1
    office.clock.later(minutes=2)
    office.turn()
    assert (len(memos(office)), len(office.notified)) == (1, 1)


def test_a_mail_that_did_not_get_away_another_process_tries_again_and_the_command_is_left_alone(
    office: Dispatch,
) -> None:
    office.press(at("2026-11-28 09:00"))
    office.change(state="paused", why="operator")
    office.post.errors = [NotSent("nobody there")]
    office.turn()
    office.worker = office.new_worker()
    office.turn()
    assert memos(office) == []
    office.clock.later(minutes=2)
    office.turn()
    assert (len(memos(office)), len(office.notified)) == (1, 1)


def test_what_a_process_died_over_another_tells_rather_twice_than_never(office: Dispatch) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    office.press(at("2026-11-28 09:00"))
    office.change(state="paused", why="operator")
    office.post.during = die
    with suppress(Killed):
        office.turn()
    office.post.during, office.worker = (lambda: None), office.new_worker()
    office.turn()
    assert memos(office) == []
    office.clock.later(seconds=LEASE.total_seconds())
    for _ in range(2):
        office.turn()
    assert (len(memos(office)), len(office.notified)) == (1, 2)


def test_whoever_ends_tries_again_at_last_what_could_not_be_told(office: Dispatch) -> None:
    office.press(at("2026-11-28 09:00"))
    office.change(state="paused", why="operator")
    office.post.errors = [NotSent("nobody there")] * 2
    waited: list[float] = []
    worker = office.new_worker(wait=lambda _, seconds: waited.append(seconds))
    worker.run(office.stop, until=lambda: office.run().state == "paused")
    assert (len(memos(office)), len(office.notified)) == (1, 1)
    assert sum(waited) < 10


def test_what_is_owed_and_is_true_no_more_is_not_told(office: Dispatch) -> None:
    office.press(SATURDAY)
    office.change(state="paused", why="operator")
    office.post.errors = [NotSent("nobody there")]
    office.turn()
    office.change(state="scheduled")
    office.clock.later(minutes=2)
    office.turn()
    assert memos(office) == ["2026-11-28 is finished"]


def test_a_command_that_fails_hinders_nobody(office: Dispatch, caplog: pytest.LogCaptureFixture) -> None:
    office.failure = subprocess.CalledProcessError(1, "tell-the-newsroom")
    office.press(SATURDAY)
    with caplog.at_level(logging.ERROR):
        office.turn()
    assert (office.stands(), len(memos(office))) == ("finished", 1)
    assert "notify" in caplog.text


def test_without_an_operator_it_is_remembered_all_the_same_and_old_runs_are_never_told(
    office_with: Callable[..., Dispatch],
) -> None:
    office = office_with()
    office.press(SATURDAY)
    office.turn()
    later = office_with(operator=OPERATOR)
    later.turn()
    assert memos(later) == []


def test_the_command_is_run_as_it_is_written_and_gets_its_text(tmp_path: Path) -> None:
    there = tmp_path / "told it"
    line = f"{sys.executable} -c 'import sys; open(sys.argv[1], \"w\").write(sys.stdin.read())' '{there}'"
    run_command(line, "Zo is het — €")
    assert there.read_text("utf-8") == "Zo is het — €"
    with pytest.raises(subprocess.CalledProcessError):
        run_command(f"{sys.executable} -c 'raise SystemExit(3)'", "")

"""The courier, answer by answer: what becomes of a notice, of the others, and of the reader's mail."""

from datetime import timedelta

import pytest
from post_office import NOW, Fate, Office, settings

from newsletter import mime
from newsletter.delivery.notices.letters import began
from newsletter.delivery.retry import MOST_TRIES
from newsletter.errors import ConfigError, ProviderError
from newsletter.store import subscribers
from newsletter.store.notices import Notice


def fates(office: Office, *told: Fate) -> None:
    office.post.fates.extend(told)


def test_a_notice_is_sent_at_once_and_its_row_says_so(office: Office) -> None:
    office.sign_up()
    office.courier.drain()
    notice = office.notice()
    assert (notice.state, notice.provider_id, notice.ended_at, notice.tries) == ("accepted", "post-1", NOW, 0)
    assert office.post.mails() == {("confirm", "anna@example.nl"): 1}


def test_a_notice_is_sent_once_however_often_the_courier_looks(office: Office) -> None:
    office.sign_up()
    for _ in range(3):
        office.courier.drain()
        office.new_courier().drain()
        office.clock.later(hours=5)
    assert len(office.post.taken) == 1


def test_the_message_goes_under_the_id_of_its_attempt_and_tells_its_moment(office: Office) -> None:
    office.sign_up()
    office.clock.later(minutes=2, milliseconds=3)
    office.courier.drain()
    (message,) = office.post.taken
    attempt = office.notice().attempt
    assert attempt is not None
    assert office.post.asked == [attempt] == [message.delivery]
    assert began(attempt) == NOW + timedelta(minutes=2, milliseconds=3)
    assert b"Date: Sat, 14 Mar 2026 09:32:00 +0000\r\n" in mime.to_bytes(message)


def test_what_is_sent_has_a_link_that_confirms(office: Office) -> None:
    request = office.sign_up()
    office.courier.drain()
    assert "https://weekbrief.example.nl/confirm/" in office.post.taken[0].html
    assert office.confirm(request)


def test_a_quiet_day_holds_no_notice(office: Office) -> None:
    quiet = settings(office.root, newsletter={"name": "De Heuvelbode", "quiet": ["saturday"]})
    office.sign_up()
    office.new_courier(config=quiet).drain()
    assert office.notice().state == "accepted"


def test_a_refused_reader_is_refused_with_the_reason_and_the_next_one_mailed(office: Office) -> None:
    office.sign_up()
    office.sign_up("bram@example.nl")
    fates(office, "refuse")
    office.courier.drain()
    assert (office.notice().state, office.notice().reason) == ("refused", "550 5.1.1 no such  reader")
    assert office.notice("bram@example.nl").state == "accepted"


def test_a_deferred_notice_waits_ever_longer_and_holds_up_nobody(office: Office) -> None:
    office.sign_up()
    office.sign_up("bram@example.nl")
    fates(office, "defer", "take", "defer")
    waited = []
    for _ in range(2):
        office.courier.drain()
        notice = office.notice()
        assert (notice.state, notice.attempt) == ("waiting", None)
        waited.append(notice.not_before - office.clock())
        office.clock.now = notice.not_before
    assert waited[0] >= timedelta(minutes=5)
    assert waited[1] == 2 * waited[0]
    assert office.notice().tries == 2
    assert office.notice("bram@example.nl").state == "accepted"
    office.courier.drain()
    assert office.notice().state == "accepted"


def test_each_try_has_an_id_of_its_own(office: Office) -> None:
    office.sign_up()
    fates(office, "defer", "unreached")
    for _ in range(3):
        office.courier.drain()
        office.clock.later(hours=1)
    assert len(set(office.post.asked)) == 3


def test_after_many_tries_it_is_given_up(office: Office) -> None:
    office.sign_up()
    fates(office, *["defer"] * MOST_TRIES)  # type: ignore[list-item]
    for _ in range(MOST_TRIES):
        assert office.notice().state == "waiting"
        office.courier.drain()
        office.clock.later(hours=6)
    assert office.notice().reason == "gave up after 15 tries: 450 4.2.0 greylisted"
    office.courier.drain()
    assert not office.post.taken


def test_a_throttle_holds_everything_until_then_and_uses_up_no_tries(office: Office) -> None:
    office.sign_up()
    office.sign_up("bram@example.nl")
    fates(office, "throttle")
    office.courier.drain()
    office.clock.later(minutes=2, seconds=59)
    office.courier.drain()
    assert len(office.post.asked) == 1
    assert office.states() == {"waiting": 2}
    office.clock.later(seconds=1)
    office.courier.drain()
    assert office.states() == {"accepted": 2}
    assert office.notice().tries == 0


def test_a_line_that_is_down_is_tried_again_soon_and_not_for_every_reader(office: Office) -> None:
    for number in range(20):
        office.sign_up(f"lezer{number}@example.nl")
    fates(office, *["unreached"] * 3)  # type: ignore[list-item]
    office.courier.drain()
    assert len(office.post.asked) == 1
    for _ in range(40):
        office.clock.later(seconds=1)
        office.courier.drain()
    assert office.states() == {"accepted": 20}
    assert {office.notice(f"lezer{number}@example.nl").tries for number in range(20)} == {0}


def test_a_refused_login_pauses_all_ever_longer_is_told_and_loses_nothing(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        office.sign_up(f"lezer{number}@example.nl")
    fates(office, *["refuse request"] * 4)  # type: ignore[list-item]
    asked = []
    for _ in range(60):
        office.courier.drain()
        asked.append(len(office.post.asked))
        office.clock.later(minutes=1)
    assert asked[:9] == [1, 1, 2, 2, 2, 3, 3, 3, 3]
    assert office.states() == {"accepted": 3}
    refusals = [record for record in caplog.records if getattr(record, "event", "") == "courier_refused"]
    assert len(refusals) == 4
    assert {record.levelname for record in refusals} == {"ERROR"}


def test_what_is_wrong_can_be_asked_for_until_it_is_over(office: Office) -> None:
    assert office.courier.trouble is None
    office.sign_up()
    fates(office, "refuse request")
    office.courier.drain()
    assert isinstance(office.courier.trouble, ProviderError)
    assert office.notice().reason == office.courier.trouble.sentence
    office.clock.later(hours=1)
    office.courier.drain()
    assert office.courier.trouble is None


def test_one_notice_that_the_provider_never_takes_lets_the_others_pass(office: Office) -> None:
    office.sign_up("kwaad@example.nl")
    for number in range(5):
        office.clock.later(minutes=30)
        office.sign_up(f"lezer{number}@example.nl")
        fates(office, "refuse request")
        for _ in range(4):
            office.courier.drain()
            office.clock.later(minutes=2)
        office.post.fates.clear()
    assert all(office.notice(f"lezer{number}@example.nl").state == "accepted" for number in range(5))


def test_an_address_that_the_provider_finds_at_fault_is_refused_once_and_holds_up_nobody(office: Office) -> None:
    for number in range(40):
        office.sign_up(f"kwaad{number}@example.nl")
    office.clock.later(seconds=1)
    office.sign_up("eerlijk@example.nl")
    fates(office, *["refuse address"] * 40)
    office.courier.drain()
    assert office.notice("eerlijk@example.nl").state == "accepted"
    assert office.courier.trouble is None
    refused = office.notice("kwaad7@example.nl")
    assert (refused.state, refused.tries) == ("refused", 0)
    assert refused.reason == "to parameter is not a valid address: kwaad7@example.nl"
    office.clock.later(days=7)
    office.courier.drain()
    assert len(office.post.asked) == 41


def test_an_address_at_fault_ends_the_rest_that_other_errors_began(office: Office) -> None:
    """The provider answers again, and says what is wrong with one."""
    office.sign_up("een@example.nl")
    fates(office, "unreached", "refuse address", "unreached")
    office.courier.drain()
    assert office.courier.trouble is not None
    office.clock.later(seconds=10)
    office.courier.drain()
    assert office.courier.trouble is None
    office.sign_up("twee@example.nl")
    office.courier.drain()
    office.clock.later(seconds=3)  # the first pause again, and not the second
    office.courier.drain()
    assert office.notice("twee@example.nl").state == "accepted"


def test_a_fault_of_the_provider_before_the_last_byte_leaves_the_notice_waiting(office: Office) -> None:
    office.sign_up()
    fates(office, "fail")
    office.courier.drain()
    assert (office.notice().state, office.notice().tries) == ("waiting", 0)
    office.clock.later(minutes=1)
    office.courier.drain()
    assert office.notice().state == "accepted"


@pytest.mark.parametrize("fate", ["take and fail", "answer nothing"])
def test_a_fault_after_the_last_byte_leaves_it_in_doubt_and_sends_nothing_twice(office: Office, fate: Fate) -> None:
    office.sign_up()
    fates(office, fate)
    office.courier.drain()
    assert office.notice().state == "in doubt"
    office.clock.later(days=1)
    office.courier.drain()
    assert len(office.post.taken) == 1


def test_a_template_that_cannot_be_used_holds_its_own_notices_only_and_loses_none(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    folder = office.root / "templates" / "_notices"
    folder.mkdir(parents=True)
    office.joins("bram@example.nl", welcome=True)
    (folder / "welcome.html").write_text("{{ anna@example.nl", "utf-8")
    office.sign_up()
    office.courier.drain()
    assert office.notice().state == "accepted"
    assert office.notice("bram@example.nl").state == "waiting"
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert getattr(record, "event", "") == "notice_not_made"
    assert "template.py" in record.getMessage()
    assert "example.nl" not in record.getMessage()
    (folder / "welcome.html").unlink()
    office.clock.later(hours=5)
    office.courier.drain()
    assert office.notice("bram@example.nl").state == "accepted"


def test_an_address_that_no_mail_server_takes_is_refused_and_not_tried(office: Office) -> None:
    office.sign_up()
    with office.store.writing() as transaction:
        subscribers.change(transaction, office.identity(), {"address": "ännä@example.nl"})
    office.courier.drain()
    assert office.notice().state == "refused"
    assert "letters before its @" in office.notice().reason
    assert not office.post.asked


def test_a_reader_is_mailed_before_those_whom_a_list_brought(office: Office) -> None:
    def due(notice: Notice) -> None:
        assert notice.state == "waiting"

    office.sign_up()
    due(office.notice())
    with office.store.writing() as transaction:
        transaction.exec_driver_sql("UPDATE notices SET bulk = TRUE")
    office.clock.later(minutes=1)
    office.sign_up("bram@example.nl")
    office.courier.drain()
    assert [one.subscriber.address for one in office.post.taken] == ["bram@example.nl", "anna@example.nl"]


def test_nothing_is_sent_whose_links_nobody_could_verify(office: Office) -> None:
    with pytest.raises(ConfigError, match="NEWSLETTER_SECRET is not set"):
        office.new_courier(config=settings(office.root, secrets={}))


def test_nothing_is_sent_whose_links_lead_nowhere(office: Office) -> None:
    with pytest.raises(ConfigError, match="pages to lead to"):
        office.new_courier(config=settings(office.root, web={"url": None}))


def test_no_transaction_is_open_while_a_request_is_made(office: Office) -> None:
    """Another process may write meanwhile; on SQLite it would wait, and then fail."""
    office.sign_up()
    office.post.before_guard.append(lambda: office.sign_up("bram@example.nl"))
    office.courier.drain()
    assert office.states() == {"accepted": 2}
    assert office.notice("bram@example.nl").state == "accepted"

"""The courier through real providers: a mail server, and Resend's API on a real port, that misbehave on order."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from emptied import versed
from post_office import Office
from providers.fakes import mail_server, resend_api
from providers.fakes.mail_server import HANG_UP, SILENCE, TAKE_AND_HANG_UP, TAKE_AND_SILENCE, MailServer
from providers.fakes.resend_api import FakeResend, Fault, error

from newsletter.providers.resend import Resend
from newsletter.providers.resend import Settings as ResendSettings
from newsletter.providers.smtp import Settings as SmtpSettings
from newsletter.providers.smtp import Smtp
from newsletter.store.database import Store

PATIENT, IMPATIENT = 60.0, 1.5
"""Seconds that an answer may take: where each comes, however busy the machine is, and where some never come."""


@pytest.fixture
def store(sqlite_addresses: Callable[[], Path], sql_known: Store) -> Iterator[Store]:
    """A file will do: what is tried here asks the database for nothing that differs."""
    with closing(versed(Store(sqlite_addresses()), sql_known)) as store:
        yield store


@contextmanager
def by_smtp(office: Office, *, patience: float = PATIENT) -> Iterator[MailServer]:
    with mail_server.running() as server:
        account = SmtpSettings.model_validate(
            {"host": "127.0.0.1", "port": server.port, "tls": "none", "timeout": patience, "last_timeout": patience}
        )
        with closing(Smtp(account, clock=office.clock)) as provider:
            office.courier = office.new_courier(provider)
            yield server


@contextmanager
def by_resend(office: Office, *, patience: float = PATIENT) -> Iterator[FakeResend]:
    fake = FakeResend()
    with resend_api.serving(fake) as url:
        account = ResendSettings.model_validate({"key": fake.key, "url": url, "timeout": patience})
        with closing(Resend(account, clock=office.clock)) as provider:
            office.courier = office.new_courier(provider)
            yield fake


def outcome(office: Office) -> str:
    office.courier.drain()
    return office.notice().state


def hours_go_by(office: Office) -> None:
    for _ in range(12):
        office.courier.drain()
        office.clock.later(minutes=20)


def test_a_mail_server_gets_the_notice_with_its_link(office: Office) -> None:
    with by_smtp(office) as server:
        office.sign_up()
        assert outcome(office) == "accepted"
    (taken,) = server.taken
    assert taken.reader == "anna@example.nl"
    assert "https://weekbrief.example.nl/confirm/" in taken.text
    assert office.notice().provider_id == "4F2D41A0001"


def test_two_notices_go_out_over_one_connection(office: Office) -> None:
    with by_smtp(office) as server:
        office.sign_up()
        office.sign_up("bram@example.nl")
        office.courier.drain()
        assert (len(server.taken), server.connections) == (2, 1)


@pytest.mark.parametrize(
    ("command", "reply", "state", "tries"),
    [
        ("RCPT", "550 5.1.1 No such user here", "refused", 0),
        ("RCPT", "450 4.2.0 Greylisted, come again in 5 minutes", "waiting", 1),
        ("RCPT", "550 5.7.1 Relay access denied", "waiting", 0),
        ("MAIL", "451 4.3.2 Too many connections", "waiting", 0),
        ("MAIL", HANG_UP, "waiting", 0),
        ("RCPT", SILENCE, "waiting", 0),
        ("DATA", "552 5.2.2 Mailbox full", "refused", 0),
        ("DATA", HANG_UP, "in doubt", 0),
        ("DATA", TAKE_AND_HANG_UP, "in doubt", 0),
        ("DATA", TAKE_AND_SILENCE, "in doubt", 0),
    ],
)
def test_what_a_mail_server_says_decides(office: Office, command: str, reply: str, state: str, tries: int) -> None:
    with by_smtp(office, patience=2 * IMPATIENT if "silence" in reply else PATIENT) as server:
        server.order(command, reply)
        office.sign_up()
        assert outcome(office) == state
        assert office.notice().tries == tries
        hours_go_by(office)
        taken = len(server.taken)
    if state == "waiting":
        assert (office.notice().state, taken) == ("accepted", 1)
    else:
        assert (office.notice().state, taken) == (state, int(reply in (TAKE_AND_HANG_UP, TAKE_AND_SILENCE)))


@pytest.mark.parametrize(
    "fault",
    [
        Fault.SILENCE,
        Fault.SILENCE_AFTER,
        Fault.RESET,
        Fault.RESET_AFTER,
        Fault.GARBLED_AFTER,
        Fault.FEWER_AFTER,
        Fault.ERROR_500_AFTER,
    ],
    ids=lambda fault: fault.name,
)
def test_whatever_breaks_at_resend_it_takes_the_notice_once(office: Office, fault: Fault) -> None:
    with by_resend(office, patience=IMPATIENT if "SILENCE" in fault.name else PATIENT) as fake:
        fake.order(fault)
        office.sign_up()
        assert outcome(office) == "in doubt"
        for _ in range(10):  # on a busy machine one who is impatient may have to ask more than once
            office.clock.later(minutes=1)
            if outcome(office) == "accepted":
                break
    assert office.notice().state == "accepted"
    assert len(fake.mails) == 1
    assert len(fake.requests) >= 2
    assert {request.headers["idempotency-key"] for request in fake.requests} == {office.notice().attempt}
    assert len({request.content for request in fake.requests}) == 1


def test_a_request_that_never_became_whole_is_simply_made_again(office: Office) -> None:
    with by_resend(office) as fake:
        fake.order(Fault.RESET_IN_BODY)
        office.sign_up()
        assert outcome(office) in {"waiting", "in doubt"}
        office.clock.later(minutes=1)
        assert outcome(office) == "accepted"
    assert len(fake.mails) == 1


def test_a_request_still_worked_on_is_asked_for_again_later(office: Office) -> None:
    with by_resend(office) as fake:
        fake.order(Fault.RESET_AFTER)
        office.sign_up()
        office.courier.drain()
        attempt = office.notice().attempt
        assert attempt is not None
        fake.busy.add(attempt)
        office.clock.later(minutes=1)
        assert outcome(office) == "in doubt"
        fake.busy.clear()
        office.clock.later(minutes=5)
        assert outcome(office) == "accepted"
    assert len(fake.mails) == 1


def test_a_wrong_key_holds_all_until_it_is_put_right(office: Office) -> None:
    with by_resend(office) as fake:
        fake.key = "re_other"
        office.sign_up()
        office.sign_up("bram@example.nl")
        for _ in range(5):
            office.courier.drain()
        assert len(fake.requests) == 1
        assert office.states() == {"waiting": 2}
        fake.key = "re_proef"
        hours_go_by(office)
    assert office.states() == {"accepted": 2}
    assert len(fake.mails) == 2


def test_resends_rate_is_kept_to_the_second(office: Office) -> None:
    with by_resend(office) as fake:
        fake.order(error(429, "rate_limit_exceeded", "Too many requests", {"retry-after": "17"}))
        office.sign_up()
        assert outcome(office) == "waiting"
        office.clock.later(seconds=16)
        assert outcome(office) == "waiting"
        office.clock.later(seconds=1)
        assert outcome(office) == "accepted"


def test_an_address_that_resend_refuses_is_refused(office: Office) -> None:
    with by_resend(office) as fake:
        fake.bad.add("anna@example.nl")
        office.sign_up()
        office.sign_up("bram@example.nl")
        office.courier.drain()
    assert office.notice().state == "refused"
    assert office.notice("bram@example.nl").state == "accepted"

"""SMTP, through real sockets to a real server on this machine: what arrives, and what each reply becomes."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import waited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ports import reserved
from providers.fakes import mail_server
from providers.fakes.mail_server import MailServer
from providers.strategies import LINES

from newsletter import mime
from newsletter.model.mail import Message
from newsletter.providers._base import (
    Accepted,
    Deferred,
    InDoubt,
    NotSent,
    Outcome,
    ReaderAtFault,
    Refused,
    RequestRefused,
    ThrottledUntil,
)
from newsletter.providers.smtp import Settings, Smtp

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
MessageTo = Callable[..., Message]


IMPATIENT = {"timeout": 1.0, "last_timeout": 1.0}


def provider_at(port: int, **keys: object) -> Smtp:
    """A provider without encryption or login."""
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "timeout": 120, "last_timeout": 120, **keys}
    return Smtp(Settings.model_validate(given), clock=lambda: NOW)


@pytest.fixture(scope="module")
def running() -> Iterator[MailServer]:
    with mail_server.running() as server:
        yield server


@pytest.fixture
def server(running: MailServer) -> MailServer:
    running.reset()
    return running


@pytest.fixture
def provider(server: MailServer) -> Iterator[Smtp]:
    with closing(provider_at(server.port)) as provider:
        yield provider


def send(provider: Smtp, message: Message) -> Outcome:
    (outcome,) = provider.send("a1", [message], lambda: True)
    return outcome


def test_what_arrives_are_the_bytes_of_the_message(provider: Smtp, server: MailServer, message_to: MessageTo) -> None:
    message = message_to(3)
    send(provider, message)
    (taken,) = server.taken
    assert taken.content == mime.to_bytes(message)
    assert (taken.sender, taken.reader) == ("weekbrief@example.nl", "lezer3@example.org")


def test_a_message_comes_back_to_its_return_path(provider: Smtp, server: MailServer, message_to: MessageTo) -> None:
    send(provider, replace(message_to(3), return_path="retour+abc@bücher.example"))
    (taken,) = server.taken
    assert taken.sender == "retour+abc@xn--bcher-kva.example"
    assert taken.content == mime.to_bytes(message_to(3))


def test_an_outcome_carries_the_servers_own_line_and_its_name_for_the_message(
    provider: Smtp, message_to: MessageTo
) -> None:
    said = "250 2.0.0 Ok: queued as 4F2D41A0001"
    assert send(provider, message_to(1)) == Accepted(delivery="d1", provider_id="4F2D41A0001", said=said)


def test_a_domain_of_other_letters_is_spelt_in_ascii(provider: Smtp, server: MailServer, message_to: MessageTo) -> None:
    send(provider, message_to(address="anna@straße.example"))
    assert server.taken[0].reader == "anna@xn--strae-oqa.example"


def test_a_line_that_begins_with_a_dot_survives(provider: Smtp, server: MailServer, message_to: MessageTo) -> None:
    message = message_to(text=("..\n.\n.hoi\n\n. \n",))
    send(provider, message)
    assert server.taken[0].content == mime.to_bytes(message)
    assert server.taken[0].text.startswith("..\n.\n.hoi\n\n. \n")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(name=LINES, subject=LINES)
def test_any_name_and_subject_arrive_readable(
    provider: Smtp, server: MailServer, message_to: MessageTo, name: str, subject: str
) -> None:
    send(provider, message_to(name=name, subject=subject))
    assert (server.taken[-1].name, server.taken[-1].subject) == (name, subject)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(lines=st.lists(st.text(". \tab", max_size=90), min_size=1, max_size=12))
def test_a_text_of_dots_and_spaces_arrives_as_it_was(
    provider: Smtp, server: MailServer, message_to: MessageTo, lines: list[str]
) -> None:
    message = message_to(text=("\n".join(lines),))
    send(provider, message)
    assert server.taken[-1].content == mime.to_bytes(message)


def test_messages_share_a_connection(provider: Smtp, server: MailServer, message_to: MessageTo) -> None:
    for n in range(5):
        send(provider, message_to(n))
    assert (len(server.taken), server.connections) == (5, 1)


def test_the_last_line_of_a_message_is_not_held_up_until_the_server_acknowledges_the_others(
    provider: Smtp, message_to: MessageTo
) -> None:
    message, fastest = message_to(), float("inf")
    for _ in range(3):
        begun = time.perf_counter()
        for _ in range(10):
            send(provider, message)
        fastest = min(fastest, time.perf_counter() - begun)
    assert fastest < 0.4, "Nagle's algorithm and delayed acknowledgements cost 40 ms a message"


@pytest.mark.parametrize("farewell", ["421 4.7.0 Too many messages on this connection", mail_server.HANG_UP])
@pytest.mark.parametrize("command", ["RSET", "MAIL"])
def test_a_server_that_has_had_enough_of_a_connection_gets_a_new_one(
    provider: Smtp, server: MailServer, message_to: MessageTo, command: str, farewell: str
) -> None:
    send(provider, message_to(1))
    server.order(command, farewell)
    assert isinstance(send(provider, message_to(2)), Accepted)
    assert (len(server.taken), server.connections) == (2, 2)


def test_a_server_that_leaves_a_new_connection_too_is_left_alone_for_a_minute(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    server.order("MAIL", "421 4.3.2 Service shutting down")
    with pytest.raises(ThrottledUntil, match=r"421 4\.3\.2 Service shutting down") as caught:
        send(provider, message_to())
    assert caught.value.until == NOW + timedelta(minutes=1)


def test_a_reader_is_refused_in_the_servers_words_and_the_next_one_is_mailed(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    server.order("RCPT", "550 5.1.1 <lezer1@example.org>: Recipient address rejected: User unknown")
    outcome = send(provider, message_to(1))
    assert isinstance(outcome, Refused)
    assert outcome.reason == "550 5.1.1 <lezer1@example.org>: Recipient address rejected: User unknown"
    assert "no such address" in outcome.hint
    assert outcome.bounced == "550 5.1.1"
    assert isinstance(send(provider, message_to(2)), Accepted)
    assert server.connections == 1


def test_a_reader_may_be_refused_after_the_message_too(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    server.order("DATA", "552 5.2.2 Mailbox full")
    outcome = send(provider, message_to(1))
    assert isinstance(outcome, Refused)
    assert "mailbox is full" in outcome.hint
    assert outcome.bounced == ""
    assert not server.taken


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL", "550 5.7.1 <weekbrief@example.nl>: Sender address rejected"),
        ("RCPT", "554 5.7.1 <lezer1@example.org>: Relay access denied"),
        ("RCPT", "530 5.7.0 Authentication required"),
        ("RCPT", "550 5.1.8 <weekbrief@example.nl>: Sender address rejected: Domain not found"),
        ("DATA", "552 5.3.4 Message size exceeds fixed limit"),
        ("DATA", "554 5.6.0 Message content rejected"),
    ],
)
def test_what_would_be_said_to_every_reader_refuses_the_request(
    provider: Smtp, server: MailServer, message_to: MessageTo, command: str, reply: str
) -> None:
    server.order(command, reply)
    with pytest.raises(RequestRefused) as caught:
        send(provider, message_to(1))
    assert reply in caught.value.sentence
    assert not isinstance(caught.value, ReaderAtFault)


def test_what_is_said_of_how_an_address_is_spelt_may_be_its_readers_fault(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    server.order("RCPT", "501 5.5.4 Syntax: RCPT TO:<address>")
    with pytest.raises(ReaderAtFault, match="501"):
        send(provider, message_to(1))


def test_a_message_that_comes_too_soon_waits_as_long_as_the_server_asks(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    server.order("DATA", "450 4.7.1 Too fast, retry in 240 seconds")
    with pytest.raises(ThrottledUntil) as caught:
        send(provider, message_to(1))
    assert caught.value.until == NOW + timedelta(seconds=240)
    assert not server.taken


@pytest.mark.parametrize("reply", ["452 4.2.2 Mailbox full", "451 4.7.1 Greylisted, try again later", "450 Later"])
def test_a_reader_who_cannot_be_mailed_now_holds_up_nobody_else(
    provider: Smtp, server: MailServer, message_to: MessageTo, reply: str
) -> None:
    server.order("RCPT", reply)
    outcome = send(provider, message_to(1))
    assert isinstance(outcome, Deferred)
    assert outcome.reason == reply
    assert isinstance(send(provider, message_to(2)), Accepted)


OF_ITSELF = ("452 4.5.3 Too many", "451 4.3.0 Disk full", "421 4.7.0 Go away")
OF_THE_SENDER = ("450 4.1.8 <w@example.nl>: Domain not found", "451 4.7.26 No SPF could be read")


@pytest.mark.parametrize("reply", [*OF_ITSELF, *OF_THE_SENDER])
def test_a_server_that_speaks_of_itself_or_of_the_sender_puts_everybody_off(
    provider: Smtp, server: MailServer, message_to: MessageTo, reply: str
) -> None:
    server.order("RCPT", reply)
    with pytest.raises(ThrottledUntil):
        send(provider, message_to(1))


def test_a_no_of_the_guard_breaks_the_connection_off_without_the_last_line(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    begun = time.monotonic()
    with pytest.raises(NotSent, match="a1 was stopped"):
        provider.send("a1", [message_to(1)], lambda: False)
    assert isinstance(send(provider, message_to(2)), Accepted)
    assert time.monotonic() - begun < 60, "the old connection was still asked something"
    assert [taken.reader for taken in server.taken] == ["lezer2@example.org"]
    assert server.connections == 2


def test_the_guard_is_asked_once_the_reader_is_accepted_and_before_the_message_is_finished(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    seen: list[tuple[list[str], int]] = []
    provider.send("a1", [message_to(1)], lambda: not seen.append((list(server.commands), len(server.taken))))
    assert seen == [(["MAIL", "RCPT"], 0)]


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
@pytest.mark.parametrize("fault", [mail_server.HANG_UP, mail_server.SILENCE])
def test_a_connection_lost_before_the_last_line_has_sent_nothing(
    server: MailServer, message_to: MessageTo, command: str, fault: str
) -> None:
    provider = provider_at(server.port, **(IMPATIENT if fault == mail_server.SILENCE else {}))
    server.order(command, fault)
    asked: list[str] = []
    with pytest.raises(NotSent, match="broke off before the message was finished"):
        provider.send("a1", [message_to(1)], lambda: not asked.append("?"))
    assert not asked


def test_a_connection_reset_in_the_middle_of_a_message_has_sent_nothing(message_to: MessageTo) -> None:
    big = message_to(text=("Een heel lange brief. " * 500_000,))
    script = ("220 hier", "250 dag", "250 ja", "250 ja", "354 toe maar")
    with mail_server.scripted(*script) as port, pytest.raises(NotSent, match="broke off before"):
        send(provider_at(port), big)


@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        (mail_server.HANG_UP, 0),
        (mail_server.TAKE_AND_HANG_UP, 1),
        (mail_server.SILENCE, 0),
        (mail_server.TAKE_AND_SILENCE, 1),
    ],
)
def test_an_answer_lost_after_the_last_line_is_a_doubt_whatever_the_server_did(
    server: MailServer, message_to: MessageTo, fault: str, taken: int
) -> None:
    provider = provider_at(server.port, last_timeout=0.3)
    server.order("DATA", fault)
    with pytest.raises(InDoubt, match="its answer was lost"):
        send(provider, message_to(1))
    waited.until(lambda: len(server.taken) == taken)  # it may have lost patience first


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_after_a_lost_connection_the_next_message_goes_over_a_new_one(
    provider: Smtp, server: MailServer, message_to: MessageTo, command: str
) -> None:
    server.order(command, mail_server.HANG_UP)
    with pytest.raises((NotSent, InDoubt)):
        send(provider, message_to(1))
    assert isinstance(send(provider, message_to(2)), Accepted)
    assert server.connections == 2


@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_after_something_that_is_no_reply_nothing_more_is_read_from_the_connection(
    provider: Smtp, server: MailServer, message_to: MessageTo, command: str
) -> None:
    server.order(command, "hm\r\n250 what was meant")
    with pytest.raises(NotSent, match="-1"):
        send(provider, message_to(1))
    assert isinstance(send(provider, message_to(2)), Accepted)
    assert (server.connections, len(server.taken)) == (2, 1)


def test_an_answer_to_the_last_line_that_is_none_is_a_doubt(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    server.order("DATA", "dag hoor")
    with pytest.raises(InDoubt, match="its answer says nothing"):
        send(provider, message_to(1))


def test_the_last_answer_may_take_longer_than_the_others(server: MailServer, message_to: MessageTo) -> None:
    server.order("DATA", mail_server.SLOW)
    with closing(provider_at(server.port, timeout=2, last_timeout=120)) as provider:
        assert isinstance(send(provider, message_to(1)), Accepted)


def test_a_server_that_is_not_there_has_been_sent_nothing(message_to: MessageTo) -> None:
    with reserved() as port, pytest.raises(NotSent, match="cannot be reached: connection refused") as caught:
        send(provider_at(port), message_to())
    assert "[send.smtp]" in caught.value.hint


def test_a_host_that_does_not_exist_is_named(message_to: MessageTo) -> None:
    with pytest.raises(NotSent, match=r"mail\.invalid:25 cannot be reached: there is no host of that name"):
        send(provider_at(25, host="mail.invalid"), message_to())


@pytest.mark.parametrize(
    ("greeting", "error"),
    [("554 5.7.1 Not you", RequestRefused), ("421 4.3.2 Later", ThrottledUntil), ("SSH-2.0-x", NotSent)],
)
def test_a_greeting_that_is_none_says_what_is_wrong(
    message_to: MessageTo, greeting: str, error: type[Exception]
) -> None:
    with mail_server.scripted(greeting) as port, pytest.raises(error, match="says: "):
        send(provider_at(port), message_to())


def test_a_server_that_never_speaks_is_given_up_after_the_time_out(message_to: MessageTo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        begun = time.monotonic()
        with pytest.raises(NotSent, match="cannot be reached"):
            send(provider_at(listener.getsockname()[1], **IMPATIENT), message_to())
    assert time.monotonic() - begun < 60


def test_closing_takes_leave_and_minds_nothing(server: MailServer, message_to: MessageTo) -> None:
    provider = provider_at(server.port)
    send(provider, message_to())
    server.order("QUIT", mail_server.HANG_UP)
    provider.close()
    provider.close()
    assert server.commands[-1] == "QUIT"


def test_who_breaks_off_in_the_middle_of_a_message_is_not_kept_waiting_for_leave(
    provider: Smtp, server: MailServer, message_to: MessageTo
) -> None:
    def break_off() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        provider.send("a1", [message_to(1)], break_off)
    assert vars(provider)["_client"] is None
    assert isinstance(send(provider, message_to(2)), Accepted)
    assert [taken.reader for taken in server.taken] == ["lezer2@example.org"]
    assert server.connections == 2

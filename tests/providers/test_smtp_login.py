"""SMTP's door: encryption, certificates, logging in, and settings that cannot work."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest
import trustme
from providers.fakes import mail_server
from providers.fakes.mail_server import MailServer
from pydantic import ValidationError

from newsletter.model.mail import Message
from newsletter.providers import smtp
from newsletter.providers._base import Accepted, Login, NotSent, RequestRefused, ThrottledUntil
from newsletter.providers.smtp import Settings
from newsletter.validation import explain

LOGIN = ("weekbrief", "gé heim")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="De Heuvelbode")


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def keys(authority: trustme.CA, tmp_path: Path) -> dict[str, Any]:
    """What a provider must be told to trust the server and to log in."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return {"host": "127.0.0.1", "ca": tmp_path / "ca.pem", "user": LOGIN[0], "password": LOGIN[1], "timeout": 10}


@pytest.fixture(scope="module")
def run(context: ssl.SSLContext) -> Callable[..., AbstractContextManager[MailServer]]:
    """``run(tls="implicit")``: a server with a certificate, for one user."""
    return lambda **given: mail_server.running(**{"context": context, "login": LOGIN, **given})


@pytest.fixture(scope="module", params=["starttls", "implicit"])
def tls(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def running(run: Callable[..., AbstractContextManager[MailServer]], tls: str) -> Iterator[MailServer]:
    with run(tls=tls) as server:
        yield server


@pytest.fixture
def server(running: MailServer) -> MailServer:
    running.reset()
    return running


def verify(**keys: Any) -> Login:
    with closing(smtp.connect(Settings(**keys))) as provider:
        return provider.verify()


def test_a_message_goes_out_encrypted_after_a_login(
    server: MailServer, tls: str, keys: dict[str, Any], message_to: Callable[..., Message]
) -> None:
    with closing(smtp.connect(Settings(**{**keys, "tls": tls, "port": server.port}))) as provider:
        (outcome,) = provider.send("a1", [message_to()], lambda: True)
    assert isinstance(outcome, Accepted)
    assert len(server.taken) == 1


def test_verifying_logs_in_and_sends_nothing(server: MailServer, tls: str, keys: dict[str, Any]) -> None:
    login = verify(**keys, tls=tls, port=server.port)
    assert login.verified
    assert login.sentence == f"127.0.0.1:{server.port} took the login of weekbrief."
    assert server.commands == ["NOOP", "QUIT"]


def test_a_wrong_password_refuses_the_request_and_says_where_it_stands(
    server: MailServer, tls: str, keys: dict[str, Any]
) -> None:
    with pytest.raises(RequestRefused, match=r"says: 535 5\.7\.8 ") as caught:
        verify(**{**keys, "tls": tls, "port": server.port, "password": "anders"})
    assert "NEWSLETTER_SMTP_PASSWORD" in caught.value.hint
    assert "anders" not in f"{caught.value.sentence} {caught.value.hint}"


def test_a_certificate_of_an_unknown_authority_is_not_accepted(
    server: MailServer, tls: str, keys: dict[str, Any]
) -> None:
    with pytest.raises(NotSent, match=r"certificate of .* does not hold: ") as caught:
        verify(**{**keys, "tls": tls, "port": server.port, "ca": None})
    assert "`ca`" in caught.value.hint
    assert not server.commands


def test_a_certificate_for_another_name_is_not_accepted(server: MailServer, tls: str, keys: dict[str, Any]) -> None:
    with pytest.raises(NotSent, match=r"does not hold: .*localhost"):
        verify(**{**keys, "tls": tls, "port": server.port, "host": "localhost"})


@pytest.mark.parametrize("offered", ["PLAIN", "LOGIN"])
def test_it_logs_in_with_either_of_two_ways(
    run: Callable[..., AbstractContextManager[MailServer]], keys: dict[str, Any], offered: str
) -> None:
    other = {"PLAIN": "LOGIN", "LOGIN": "PLAIN"}[offered]
    with run(tls="starttls", auth_exclude_mechanism=[other]) as server:
        assert verify(**keys, port=server.port).verified


def test_a_server_without_a_login_it_knows_refuses_the_request(
    run: Callable[..., AbstractContextManager[MailServer]], keys: dict[str, Any]
) -> None:
    with (
        run(tls="starttls", auth_exclude_mechanism=["PLAIN", "LOGIN"]) as server,
        pytest.raises(RequestRefused, match="offers no login with PLAIN or LOGIN"),
    ):
        verify(**keys, port=server.port)


def test_a_server_that_cannot_check_a_login_now_is_asked_again_later(keys: dict[str, Any]) -> None:
    script = ("220 hier", "250-hier\r\n250 AUTH PLAIN", "454 4.7.0 Temporary authentication failure")
    with mail_server.scripted(*script) as port, pytest.raises(ThrottledUntil, match="Temporary authentication failure"):
        verify(**{**keys, "port": port, "tls": "none", "ca": None})


def test_without_encryption_nothing_is_said(keys: dict[str, Any]) -> None:
    with mail_server.running() as server, pytest.raises(RequestRefused, match="offers no encryption"):
        verify(**keys, port=server.port, tls="starttls")
    assert server.commands == []


def test_a_server_that_speaks_plainly_where_tls_is_wanted_cannot_be_reached(keys: dict[str, Any]) -> None:
    with mail_server.running() as server, pytest.raises(NotSent, match="does not speak TLS as it should") as caught:
        verify(**keys, port=server.port, tls="implicit")
    assert '465 with "implicit"' in caught.value.hint


def test_a_login_that_is_wanted_and_not_given_is_said(
    run: Callable[..., AbstractContextManager[MailServer]], keys: dict[str, Any], message_to: Callable[..., Message]
) -> None:
    del keys["user"], keys["password"]
    with (
        run(tls="starttls") as server,
        closing(smtp.connect(Settings(**keys, port=server.port))) as provider,
        pytest.raises(RequestRefused, match="says: 530 ") as caught,
    ):
        provider.send("a1", [message_to()], lambda: True)
    assert "set `user`" in caught.value.hint


def test_a_file_of_certificates_that_is_not_there_is_named(keys: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(RequestRefused, match=r"The certificates .*weg\.pem cannot be read"):
        verify(**{**keys, "ca": tmp_path / "weg.pem", "tls": "implicit"})


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("implicit", 465), ("none", 25)])
def test_the_port_goes_with_the_encryption(tls: str, port: int) -> None:
    assert Settings.model_validate({"host": "mail.example.nl", "tls": tls}).address == ("mail.example.nl", port)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"user": "u"}, "set NEWSLETTER_SMTP_PASSWORD in the environment or in .env"),
        ({"user": "u", "password": "p", "tls": "none"}, "a password does not travel in the clear"),
        ({"tls": "ssl"}, "`send.smtp.tls`"),
        ({"port": 0}, "`send.smtp.port`"),
        ({"host": ""}, "`send.smtp.host`"),
        ({"timeout": 0}, "`send.smtp.timeout`"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_a_sentence(table: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"host": "mail.example.nl", **table})
    assert sentence in explain(caught.value, Settings, "newsletter.toml", within="send.smtp")[0]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "::1", "mail.localhost"])
def test_on_this_machine_a_password_may_travel_in_the_clear(host: str) -> None:
    assert Settings.model_validate({"host": host, "tls": "none", "user": "u", "password": "p"})


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.7", "localhost.example.org", "mail.example.nl", "::2"])
def test_into_any_network_it_may_not(host: str) -> None:
    with pytest.raises(ValidationError, match="does not travel in the clear"):
        Settings.model_validate({"host": host, "tls": "none", "user": "u", "password": "p"})


@pytest.mark.parametrize("host", ["", "mail..example.nl", "a b", "mail\n.example", f"{'a' * 70}.example"])
def test_what_can_be_no_server_is_refused_before_it_is_looked_up(host: str) -> None:
    with pytest.raises(ValidationError, match="no name of a server"):
        Settings(host=host)


def test_the_password_is_in_no_representation() -> None:
    assert "geheim" not in repr(Settings.model_validate({"host": "mail.example.nl", "user": "u", "password": "geheim"}))

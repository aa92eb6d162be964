"""Whose calls are understood: the configured provider's, and those of one that was left and still has its secret."""

from collections.abc import Mapping
from pathlib import Path

import examples
import pytest

from newsletter.app import way_out
from newsletter.config import Config
from newsletter.errors import ConfigError

KEY = {"NEWSLETTER_RESEND_KEY": "re_proef"}
WEBHOOK = {"NEWSLETTER_RESEND_WEBHOOK": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
BODY = b'{"type": "domain.updated", "created_at": "2026-11-28T05:00:00Z", "data": {}}'


def config_with(root: Path, secrets: Mapping[str, str], **send: object) -> Config:
    return examples.config(root, send=send, secrets={"variables": dict(secrets)})


@pytest.mark.parametrize(
    ("provider", "secrets", "names"),
    [
        ("resend", {**KEY, **WEBHOOK}, ["resend"]),
        ("resend", KEY, []),
        ("smtp", {**KEY, **WEBHOOK}, ["resend"]),
        ("smtp", KEY, []),
    ],
)
def test_a_provider_with_its_secret_is_listened_to(
    tmp_path: Path, provider: str, secrets: Mapping[str, str], names: list[str]
) -> None:
    config = config_with(tmp_path, secrets, provider=provider, smtp={"host": "mail.example.nl"})
    assert list(way_out.receivers(config)) == names


@pytest.mark.parametrize(
    ("provider", "secrets", "lacks"),
    [
        ("resend", {**KEY, **WEBHOOK}, {"resend": ""}),
        ("resend", KEY, {"resend": "NEWSLETTER_RESEND_WEBHOOK"}),
        ("smtp", {**KEY, **WEBHOOK}, {"resend": ""}),
        ("smtp", KEY, {}),
    ],
)
def test_of_a_provider_that_can_call_it_is_known_what_is_lacking_for_it(
    tmp_path: Path, provider: str, secrets: Mapping[str, str], lacks: Mapping[str, str]
) -> None:
    config = config_with(tmp_path, secrets, provider=provider, smtp={"host": "mail.example.nl"})
    assert way_out.callers(config) == lacks


def test_a_provider_is_listened_to_with_its_own_table_and_secrets(tmp_path: Path) -> None:
    secrets = {**KEY, **WEBHOOK, "NEWSLETTER_MAILGUN_KEY": "key-proef", "NEWSLETTER_MAILGUN_WEBHOOK": "key-van-proef"}
    config = config_with(tmp_path, secrets, provider="mailgun", mailgun={"domain": "mg.example.nl"})
    assert sorted(way_out.receivers(config)) == ["mailgun", "resend"]
    body = b'{"event-data": {"event": "stored", "timestamp": 1795842723.5}}'
    (event,) = way_out.read_call(config, "mailgun", body)
    assert (event.kind, event.said) == ("other", "stored")


def test_a_call_is_read_by_whoever_understands_it(tmp_path: Path) -> None:
    config = config_with(tmp_path, {**KEY, **WEBHOOK}, provider="resend")
    (event,) = way_out.read_call(config, "resend", BODY)
    assert (event.kind, event.said) == ("other", "domain.updated")


@pytest.mark.parametrize(
    ("provider", "secrets", "caller", "lacks"),
    [
        ("resend", KEY, "resend", "NEWSLETTER_RESEND_WEBHOOK is not set"),
        ("smtp", WEBHOOK, "resend", "NEWSLETTER_RESEND_KEY is not set"),
        ("smtp", {}, "postmark", "no provider “postmark”"),
    ],
)
def test_what_is_lacking_for_a_call_is_a_fault_of_the_settings_here_and_not_of_the_call(
    tmp_path: Path, provider: str, secrets: Mapping[str, str], caller: str, lacks: str
) -> None:
    config = config_with(tmp_path, secrets, provider=provider, smtp={"host": "mail.example.nl"})
    with pytest.raises(ConfigError, match=lacks):
        way_out.read_call(config, caller, BODY)


def test_a_secret_that_is_none_is_explained(tmp_path: Path) -> None:
    config = config_with(tmp_path, {**KEY, "NEWSLETTER_RESEND_WEBHOOK": "koster"}, provider="resend")
    with pytest.raises(ConfigError, match="NEWSLETTER_RESEND_WEBHOOK is written like whsec_"):
        way_out.receivers(config)

"""What the doctor says of the provider."""

from dataclasses import replace

import pytest
from surgery import NOW, OPEN, PUBLIC, SECRET, Post, diagnosed, told

from newsletter import links
from newsletter.config import Config, Secrets
from newsletter.doctor import Diagnosis
from newsletter.errors import ConfigError
from newsletter.links import Key
from newsletter.providers._base import Login, NotSent, RequestRefused, ThrottledUntil
from newsletter.workspace import Workspace


@pytest.mark.parametrize(
    ("answered", "level"),
    [
        (Login(verified=False, sentence="This key may only send."), "unknown"),
        (RequestRefused("The key is not known.", "Make another."), "error"),
        (NotSent("Nobody answers."), "error"),
        (ThrottledUntil("Not now.", until=NOW), "warning"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_what_the_login_comes_to_decides_the_level(paper: Workspace, answered: Login | Exception, level: str) -> None:
    post = Post(answered)
    (found,) = diagnosed(paper, "provider", connect=lambda _: post)
    assert found.level == level
    assert found.sentence == (answered.sentence if isinstance(answered, Login) else str(answered))
    assert post.closed


def test_a_provider_that_cannot_be_connected_is_an_error(paper: Workspace) -> None:
    def refuse(_: Config) -> Post:
        raise ConfigError("NEWSLETTER_SMTP_PASSWORD is not set.", "Set it.")

    (found,) = diagnosed(paper, "provider", connect=refuse)
    assert (found.level, found.remedy) == ("error", "Set it.")


def called(paper: Workspace, callers: dict[str, str]) -> list[Diagnosis]:
    return diagnosed(paper, "provider", callers=lambda _: callers)[1:]


def test_the_address_at_which_a_provider_tells_is_shown_whole(paper: Workspace) -> None:
    secret = links.sign_webhook(Key(secret=SECRET["NEWSLETTER_SECRET"].encode()), "mailgun")
    heard, unheard = called(paper, {"mailgun": "", "resend": "NEWSLETTER_RESEND_WEBHOOK"})
    assert (heard.level, heard.address) == ("good", f"{PUBLIC}/webhooks/mailgun/{secret}")
    assert (unheard.level, unheard.address.split("/")[-2]) == ("warning", "resend")
    assert "NEWSLETTER_RESEND_WEBHOOK" in unheard.remedy
    assert secret not in heard.sentence + heard.remedy


def test_a_provider_that_tells_nothing_needs_no_address(paper: Workspace) -> None:
    assert called(paper, {}) == []


def test_without_a_secret_of_ones_own_there_is_no_address_to_tell_at(paper: Workspace) -> None:
    config = paper.config.model_copy(update={"secrets": Secrets(variables={})})
    (found,) = called(replace(paper, config=config), {"mailgun": ""})
    assert (found.level, found.address) == ("warning", "")
    assert "NEWSLETTER_SECRET" in found.remedy


def test_what_is_wrong_with_the_key_of_a_provider_that_was_left_is_a_warning(paper: Workspace) -> None:
    def refuse(_: Config) -> dict[str, str]:
        raise ConfigError("NEWSLETTER_RESEND_WEBHOOK is written otherwise.", "Copy it whole.")

    found = diagnosed(paper, "provider", connect=lambda _: Post(OPEN), callers=refuse)
    assert told(found, "warning") == ["NEWSLETTER_RESEND_WEBHOOK is written otherwise."]


def test_offline_the_address_is_shown_too(paper: Workspace) -> None:
    found = diagnosed(paper, "provider", online=False, callers=lambda _: {"mailgun": ""})
    assert [bool(one.address) for one in found] == [False, True]

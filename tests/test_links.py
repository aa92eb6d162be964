"""Signed links: made and verified by the same key for the same purpose, and otherwise by nobody."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import examples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from newsletter import links
from newsletter.config import Config, Secrets
from newsletter.errors import ConfigError
from newsletter.links import DEMO_KEY, Key, Purpose, sign, verify

KEY = Key(secret=b"a secret that is long enough")
OTHER = Key(secret=b"another that is long enough")
SUBSCRIBER = "0123456789abcdef" * 2
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

subscribers = st.binary(min_size=16, max_size=16).map(bytes.hex)


@given(subscriber=subscribers, purpose=st.sampled_from(PURPOSES), secret=st.binary(min_size=16))
def test_what_a_key_signs_it_verifies(subscriber: str, purpose: Purpose, secret: bytes) -> None:
    key = Key(secret=secret)
    assert verify([OTHER, key], purpose, sign(key, purpose, subscriber)) == subscriber


@given(subscriber=subscribers)
def test_a_token_is_good_for_one_purpose(subscriber: str) -> None:
    assert verify([KEY], "preferences", sign(KEY, "leave", subscriber)) is None


@given(subscriber=subscribers)
def test_another_key_verifies_nothing(subscriber: str) -> None:
    assert verify([OTHER, DEMO_KEY], "leave", sign(KEY, "leave", subscriber)) is None


@given(subscriber=subscribers, cut=st.integers(0, 47))
def test_a_token_cut_short_is_none(subscriber: str, cut: int) -> None:
    assert verify([KEY], "leave", sign(KEY, "leave", subscriber)[:cut]) is None


@given(subscriber=subscribers, position=st.integers(0, 47), letter=st.characters())
def test_a_token_with_one_other_letter_is_none(subscriber: str, position: int, letter: str) -> None:
    token = sign(KEY, "leave", subscriber)
    changed = token[:position] + letter + token[position + 1 :]
    assert (verify([KEY], "leave", changed) is None) == (changed != token)


@given(subscriber=subscribers, bit=st.integers(0, 36 * 8 - 1))
def test_a_token_with_one_bit_turned_is_none(subscriber: str, bit: int) -> None:
    raw = bytearray(urlsafe_b64decode(sign(KEY, "leave", subscriber)))
    raw[bit // 8] ^= 1 << bit % 8
    assert verify([KEY], "leave", urlsafe_b64encode(raw).decode()) is None


@given(token=st.text(max_size=60))
def test_any_text_is_no_token_and_no_exception(token: str) -> None:
    assert verify([KEY, DEMO_KEY], "leave", token) is None


def test_a_token_has_one_spelling() -> None:
    token = next(t for t in (sign(KEY, "leave", f"{n:032x}") for n in range(99)) if "-" in t and "_" in t)
    for other in (
        token.replace("-", "+"),
        token.replace("_", "/"),
        token + "=",
        token + "====",
        token + "\n",
        " " + token,
    ):
        assert verify([KEY], "leave", other) is None


def test_the_same_reader_gets_the_same_link_in_every_issue() -> None:
    assert sign(KEY, "leave", SUBSCRIBER) == sign(Key(secret=KEY.secret), "leave", SUBSCRIBER)
    assert sign(KEY, "leave", SUBSCRIBER) == "v9rhigEjRWeJq83vASNFZ4mrze_G9wHqMuVr74cNjcDJD46q"
    assert sign(KEY, "preferences", SUBSCRIBER) == "v9rhigEjRWeJq83vASNFZ4mrze-l27xmerA08vlfQlF35pUZ"


def test_a_token_is_48_letters_that_need_no_escape_in_an_address() -> None:
    token = sign(KEY, "leave", SUBSCRIBER)
    assert len(token) == 48
    assert token.replace("-", "").replace("_", "").isalnum()


def test_a_key_shows_neither_its_secret_nor_what_it_is_made_of() -> None:
    assert KEY.secret.decode() not in repr(KEY)
    assert "demo" in repr(DEMO_KEY)


def test_without_a_secret_the_demo_key_signs(root: Path) -> None:
    assert links.signing_key(examples.config(root)) is DEMO_KEY


def with_secrets(root: Path, **variables: str) -> Config:
    """``with_secrets(root, NEWSLETTER_SECRET=…)``"""
    secrets = Secrets(variables={name: SecretStr(value) for name, value in variables.items()})
    return examples.config(root).model_copy(update={"secrets": secrets})


def test_a_configured_secret_signs_and_is_no_demo_key(root: Path) -> None:
    settings = with_secrets(root, NEWSLETTER_SECRET="x" * 16)
    assert links.signing_key(settings) == Key(secret=b"x" * 16)


def test_a_short_secret_is_an_error_that_says_how_to_make_one(root: Path) -> None:
    settings = with_secrets(root, NEWSLETTER_SECRET="x" * 15)
    with pytest.raises(ConfigError, match="NEWSLETTER_SECRET is shorter") as caught:
        links.signing_key(settings)
    assert "token_urlsafe" in caught.value.hint


@pytest.mark.parametrize("asked", [links.signing_key, links.verifying_keys, links.links_of])
def test_the_secret_of_demonstrations_is_an_error_as_ones_own(root: Path, asked: Callable[[Config], object]) -> None:
    with pytest.raises(ConfigError, match="everybody knows it"):
        asked(with_secrets(root, NEWSLETTER_SECRET=DEMO_KEY.secret.decode()))


def test_links_of_earlier_secrets_still_work_after_the_newest(root: Path) -> None:
    old, older = "o" * 20, "p" * 20
    settings = with_secrets(root, NEWSLETTER_SECRET="x" * 20, NEWSLETTER_OLD_SECRETS=f"{old}, {older},{old}")
    keys = links.verifying_keys(settings)
    assert keys == (links.signing_key(settings), Key(secret=old.encode()), Key(secret=older.encode()))
    assert verify(keys, "leave", sign(Key(secret=older.encode()), "leave", SUBSCRIBER)) == SUBSCRIBER


def test_nothing_is_verified_without_a_secret_not_even_with_an_old_one(root: Path) -> None:
    with pytest.raises(ConfigError, match="NEWSLETTER_SECRET is not set") as caught:
        links.verifying_keys(with_secrets(root, NEWSLETTER_OLD_SECRETS="o" * 20))
    assert "token_urlsafe" in caught.value.hint


def test_an_old_secret_that_is_too_short_is_an_error_that_names_the_variable(root: Path) -> None:
    settings = with_secrets(root, NEWSLETTER_SECRET="x" * 20, NEWSLETTER_OLD_SECRETS=f"{'o' * 20},{'y' * 15}")
    with pytest.raises(ConfigError, match="in NEWSLETTER_OLD_SECRETS is shorter") as caught:
        links.verifying_keys(settings)
    assert "y" * 15 not in str(caught.value)


def test_what_a_demonstration_signs_no_reader_can_use(root: Path) -> None:
    keys = links.verifying_keys(with_secrets(root, NEWSLETTER_SECRET="x" * 20, NEWSLETTER_OLD_SECRETS="o" * 20))
    assert not any(key.demo for key in keys)
    assert verify(keys, "leave", sign(DEMO_KEY, "leave", SUBSCRIBER)) is None


def test_without_a_public_address_links_lead_nowhere(root: Path) -> None:
    settings = examples.config(root).model_copy(
        update={"web": examples.config(root).web.model_copy(update={"url": None})}
    )
    made = links.links_of(settings)
    assert made.unsubscribe(SUBSCRIBER).startswith("https://web.invalid/leave/")
    assert made.preferences(SUBSCRIBER).startswith("https://web.invalid/preferences/")


def test_the_web_version_is_the_same_for_all_and_carries_no_token(root: Path) -> None:
    assert links.links_of(examples.config(root)).web_version("2026-10-03") == (
        "https://weekbrief.example.nl/issues/2026-10-03"
    )


def test_a_test_leads_to_no_web_version_since_there_is_none_yet(root: Path) -> None:
    made = links.test_links_of(examples.config(root))
    assert made.web_version("2026-10-03") == "https://weekbrief.example.nl/test"


def test_pages_of_the_reader_lie_under_his_preferences(root: Path) -> None:
    made = links.links_of(examples.config(root))
    for page in ("address", "pause", "data", "erase"):
        assert getattr(made, page)(SUBSCRIBER) == f"{made.preferences(SUBSCRIBER)}/{page}"
    assert made.subscribe == "https://weekbrief.example.nl/subscribe"


def test_links_of_a_test_belong_to_no_reader(root: Path) -> None:
    made = links.test_links_of(examples.config(root))
    assert made.unsubscribe(SUBSCRIBER) == "https://weekbrief.example.nl/leave"
    assert made.data(SUBSCRIBER) == "https://weekbrief.example.nl/test"
    assert made.mailbox(SUBSCRIBER) is None


providers = st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True)


@given(provider=providers, secret=st.binary(min_size=16))
def test_the_secret_of_a_webhook_is_verified_by_the_keys_that_made_it(provider: str, secret: bytes) -> None:
    key = Key(secret=secret)
    made = links.sign_webhook(key, provider)
    assert links.verify_webhook([OTHER, key], provider, made)
    assert not links.verify_webhook([OTHER, DEMO_KEY], provider, made)
    assert not links.verify_webhook([], provider, made)


@given(provider=providers, other=providers)
def test_the_secret_of_a_webhook_is_one_providers(provider: str, other: str) -> None:
    assert links.verify_webhook([KEY], other, links.sign_webhook(KEY, provider)) == (other == provider)


@given(st.text(max_size=30))
def test_any_text_is_no_secret_of_a_webhook(text: str) -> None:
    assert not links.verify_webhook([KEY], "mailgun", text)


def test_the_address_of_a_webhook_is_the_same_as_long_as_the_secret_is(root: Path) -> None:
    made = links.Links(web="https://weekbrief.example.nl", key=KEY)
    assert made.webhook("mailgun") == "https://weekbrief.example.nl/webhooks/mailgun/7ie5ztnadhq2famj4shaaia26y"
    assert links.test_links_of(examples.config(root)).webhook("mailgun") == "https://weekbrief.example.nl/test"

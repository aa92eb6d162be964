"""Putting together: the configured provider, with its table and the secrets that only the environment knows."""

from pathlib import Path

import examples
import pytest
from pydantic import SecretStr, ValidationError

from newsletter import app
from newsletter.config import Config, Secrets
from newsletter.errors import ConfigError, StoreError
from newsletter.providers._base import Provider


def configured(root: Path, send: dict[str, object], **variables: str) -> Config:
    secrets = Secrets(variables={name: SecretStr(value) for name, value in variables.items()})
    return examples.config(root, send=send).model_copy(update={"secrets": secrets})


def connect(root: Path, send: dict[str, object], **variables: str) -> Provider:
    return app.provider(configured(root, send, **variables))


def test_without_a_provider_the_known_ones_are_named(root: Path) -> None:
    with pytest.raises(ConfigError, match="No provider is configured") as caught:
        connect(root, {})
    assert "resend, smtp" in caught.value.hint


def test_a_provider_that_is_not_there_gets_a_suggestion(root: Path) -> None:
    with pytest.raises(ConfigError, match="no provider “resnd”") as caught:
        connect(root, {"provider": "resnd"})
    assert caught.value.hint == "Did you mean `resend`?"


def test_a_setting_that_a_provider_does_not_know_is_named_as_it_is_written(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"newsletter\.toml: `send\.resend\.ulr` is not a known key") as caught:
        connect(root, {"provider": "resend", "resend": {"ulr": "https://example.org"}}, NEWSLETTER_RESEND_KEY="re_1")
    assert caught.value.hint == "Did you mean `url`?"


def test_a_secret_comes_from_the_environment(root: Path) -> None:
    connect(root, {"provider": "resend"}, NEWSLETTER_RESEND_KEY="re_1").close()


def test_a_secret_that_is_missing_is_named_as_a_variable(root: Path) -> None:
    with pytest.raises(ConfigError, match="NEWSLETTER_RESEND_KEY is not set") as caught:
        connect(root, {"provider": "resend"})
    assert ".env" in caught.value.hint


def test_a_secret_in_the_file_is_refused_and_not_repeated(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"`send\.resend\.key` is a secret") as caught:
        connect(root, {"provider": "resend", "resend": {"key": "re_geheim"}}, NEWSLETTER_RESEND_KEY="re_1")
    assert "re_geheim" not in caught.value.sentence + caught.value.hint
    assert "NEWSLETTER_RESEND_KEY" in caught.value.hint


@pytest.mark.parametrize(
    "mistyped",
    [
        "postgres//x", "postgresql:/db/brief", "postgresql:db/brief", "lezer:geheim@db/brief", "https:/x",
        "host=db dbname=brief",
    ],
)  # fmt: skip
def test_a_database_that_looks_like_a_mistyped_address_is_no_file(root: Path, mistyped: str) -> None:
    with pytest.raises(StoreError, match="NEWSLETTER_DATABASE names neither") as caught:
        app.has_store(configured(root, {}, NEWSLETTER_DATABASE=mistyped))
    assert caught.value.hint == "Write postgresql://host/name, or a file's name."
    assert mistyped not in caught.value.sentence
    with pytest.raises(ValidationError, match="postgresql://host/name"):
        examples.config(root, readers={"database": mistyped})


@pytest.mark.parametrize("file", ["lijst.db", "map/lijst.db", "/srv/brief@example.nl/lijst.db", "postgres/lijst.db"])
def test_any_other_name_is_a_file_s(root: Path, file: str) -> None:
    assert not app.has_store(configured(root, {}, NEWSLETTER_DATABASE=file))

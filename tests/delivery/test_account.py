"""By which way mail leaves: what makes it another one, and what does not."""

from pathlib import Path

import examples
import pytest

from newsletter import links
from newsletter.delivery.account import account

KEY = "NEWSLETTER_MAILGUN_KEY"


def way(folder: Path, *, key: str = "key-1", **table: object) -> str:
    """The way of a configuration."""
    mailgun = {"domain": "mg.example.nl", **table}
    secrets = {"variables": {"NEWSLETTER_SECRET": "een geheim dat alleen de proef kent", KEY: key}}
    config = examples.config(folder, secrets=secrets, send={"provider": "mailgun", "mailgun": mailgun})
    return account(config, links.signing_key(config))


@pytest.mark.parametrize("other", [{"key": "key-2"}, {"domain": "brief.example.nl"}, {"url": "http://127.0.0.1:1"}])
def test_another_key_domain_or_place_is_another_way(tmp_path: Path, other: dict[str, str]) -> None:
    assert way(tmp_path, **other) != way(tmp_path)


def test_whoever_waits_longer_for_an_answer_still_settles_his_doubts(tmp_path: Path) -> None:
    assert way(tmp_path, timeout=120) == way(tmp_path)

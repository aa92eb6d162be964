"""What providers that are called over HTTP say when they cannot be reached."""

import httpx
import pytest

from newsletter.providers import _api, mailgun, resend

SETTINGS = {"Mailgun": mailgun.Settings, "Resend": resend.Settings}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_hint_of_a_provider_out_of_reach_names_its_own_key_in_the_configuration(name: str) -> None:
    error = _api.unreached(name, httpx.ConnectError("[Errno 111] Connection refused"))
    assert error.sentence == f"{name} cannot be reached: [Errno 111] Connection refused."
    assert error.hint == (f"Look whether this machine reaches the internet, and at `url` under [send.{name.lower()}].")
    assert "url" in SETTINGS[name].model_fields


def test_an_error_without_words_is_told_by_its_name() -> None:
    assert _api.unreached("Resend", httpx.ReadTimeout("")).sentence == "Resend cannot be reached: ReadTimeout."

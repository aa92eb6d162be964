"""The stand-ins on a real port say nothing of a client that is gone, and do say where they are wrong themselves."""

from dataclasses import dataclass

import httpx
import pytest
from providers.fakes import wire


@dataclass(slots=True, kw_only=True, repr=False)
class Stumbling(wire.Account):
    """An account that answers with an error of Python's."""

    error: Exception

    def serve(self, request: httpx.Request) -> httpx.Response:
        raise self.error


def said_of(error: Exception, capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed of an error: the connection is closed only after it."""
    with wire.serving(Stumbling(error=error)) as url, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url, trust_env=False)
    return capsys.readouterr().err


@pytest.mark.parametrize("error", [BrokenPipeError(), ConnectionResetError()])
def test_a_client_that_is_gone_is_no_news(error: OSError, capsys: pytest.CaptureFixture[str]) -> None:
    assert said_of(error, capsys) == ""


def test_a_stand_in_that_is_wrong_itself_is_heard_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert "LookupError: no such answer" in said_of(LookupError("no such answer"), capsys)

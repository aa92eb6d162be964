"""The provider that docs/adding-a-provider.md shows whole is one."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import examples
import httpx
import pytest

from newsletter import mime
from newsletter.errors import ProviderError
from newsletter.model.mail import Edition, Message
from newsletter.providers._base import Accepted, InDoubt, NotSent, RequestRefused

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-provider.md"


@pytest.fixture(scope="module")
def pigeon() -> Mapping[str, Any]:
    """What stands in the module that the page shows."""
    (shown,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    module: dict[str, Any] = {"__name__": "pigeon"}
    exec(compile(shown, str(PAGE), "exec"), module)
    return module


@pytest.fixture
def message(edition_of: Callable[[str], Edition], root: Path) -> Message:
    return examples.message_for(edition_of("empty"), examples.config(root))


def send(pigeon: Mapping[str, Any], message: Message, answer: httpx.Response, *, guard: bool = True) -> object:
    """Send a message to a Pigeon that answers this."""

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.content == mime.to_bytes(message)
        assert (request.headers["X-Delivery"], request.headers["Authorization"]) == (
            message.delivery,
            "Bearer pg_proef",
        )
        return answer

    settings = pigeon["Settings"].model_validate({"key": "pg_proef"})
    provider = pigeon["Pigeon"](settings, transport=httpx.MockTransport(handle))
    return provider.send("a1", [message], lambda: guard)


def test_what_it_takes_is_accepted_under_its_own_name(pigeon: Mapping[str, Any], message: Message) -> None:
    assert send(pigeon, message, httpx.Response(200, json={"id": "p1"})) == [
        Accepted(delivery=message.delivery, provider_id="p1")
    ]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (httpx.Response(200, text="coo"), InDoubt),
        (httpx.Response(503), InDoubt),
        (httpx.Response(408), InDoubt),
        (httpx.Response(401), RequestRefused),
    ],
    ids=lambda value: str(getattr(value, "status_code", "")),
)
def test_whatever_else_it_says_is_one_of_the_troubles(
    pigeon: Mapping[str, Any], message: Message, answer: httpx.Response, trouble: type[ProviderError]
) -> None:
    with pytest.raises(trouble, match="Pigeon"):
        send(pigeon, message, answer)


def test_without_leave_its_last_byte_stays_here(pigeon: Mapping[str, Any], message: Message) -> None:
    with pytest.raises(NotSent):
        send(pigeon, message, httpx.Response(200), guard=False)


def test_it_connects_and_keeps_its_key_to_itself(pigeon: Mapping[str, Any]) -> None:
    settings = pigeon["Settings"].model_validate({"key": "pg_proef"})
    provider = pigeon["connect"](settings)
    assert not provider.verify().verified
    provider.close()
    assert "pg_proef" not in repr(settings)

"""What every provider keeps to; a new one joins by standing in the folder and in `SETTINGS`."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import cast

import examples
import pytest
from providers.fakes import mail_server
from providers.fakes.mailgun_api import FakeMailgun
from providers.fakes.resend_api import FakeResend
from providers.fakes.wire import serving
from pydantic import BaseModel, ValidationError

from newsletter import plugins
from newsletter.errors import ProviderError
from newsletter.model.mail import Edition, Message
from newsletter.model.subscriber import Subscriber
from newsletter.providers import _base
from newsletter.providers._base import Accepted, Module, Provider, Refused

PROVIDERS = plugins.names("newsletter.providers")
Keys = Mapping[str, object]


@contextmanager
def _mailgun(_folder: Path) -> Iterator[Keys]:
    with serving(FakeMailgun()) as url:
        yield {"key": "key-proef", "domain": "mg.example.nl", "url": url}


@contextmanager
def _outbox(folder: Path) -> Iterator[Keys]:
    yield {"folder": folder / "outbox"}


@contextmanager
def _resend(_folder: Path) -> Iterator[Keys]:
    with serving(FakeResend(key="re_proef")) as url:
        yield {"key": "re_proef", "url": url}


@contextmanager
def _smtp(_folder: Path) -> Iterator[Keys]:
    with mail_server.running() as server:
        yield {"host": "127.0.0.1", "port": server.port, "tls": "none"}


SETTINGS: Mapping[str, Callable[[Path], AbstractContextManager[Keys]]] = {
    "mailgun": _mailgun,
    "outbox": _outbox,
    "resend": _resend,
    "smtp": _smtp,
}
"""What each provider needs to be connected without leaving this machine, as long as the block lasts."""


@pytest.fixture(params=PROVIDERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def module(name: str) -> Module:
    return cast("Module", plugins.load("newsletter.providers", name))


@pytest.fixture
def keys(name: str, tmp_path: Path) -> Iterator[Keys]:
    with SETTINGS[name](tmp_path) as keys:
        yield keys


@pytest.fixture
def settings(module: Module, keys: Keys) -> BaseModel:
    return module.Settings.model_validate(keys)


@pytest.fixture
def provider(module: Module, settings: BaseModel) -> Iterator[Provider]:
    connected = module.connect(settings)
    yield connected
    connected.close()


@pytest.fixture
def messages(edition_of: Callable[[str], Edition], root: Path) -> Callable[[int], list[Message]]:
    """``messages(3)``: so many, each for a reader of its own."""
    merge = examples.merge_for(edition_of("empty"), examples.config(root))

    def messages(count: int) -> list[Message]:
        readers = (Subscriber(id=f"{n:032x}", address=f"lezer{n}@example.org") for n in range(count))
        return [merge(reader, delivery=f"d{reader.id}") for reader in readers]

    return messages


def test_a_provider_has_settings_to_be_tried_with(name: str) -> None:
    assert name in SETTINGS


def test_a_key_that_it_does_not_know_is_an_error(module: Module, keys: Keys) -> None:
    with pytest.raises(ValidationError):
        module.Settings.model_validate({**keys, "sleutelbos": 1})


def test_a_secret_is_in_no_representation(settings: BaseModel, keys: Keys) -> None:
    secrets = [name for name, about in type(settings).model_fields.items() if "Secret" in str(about.annotation)]
    assert not any(str(keys[secret]) in repr(settings) for secret in secrets if secret in keys)


def test_it_says_what_may_be_asked_of_it(provider: Provider) -> None:
    assert provider.capabilities.batch_messages >= 1
    assert provider.capabilities.batch_bytes >= 100_000
    assert provider.capabilities.idempotency is None or provider.capabilities.idempotency > timedelta(0)


@pytest.mark.parametrize("size", ["one", "some", "all"])
def test_there_is_one_outcome_per_message_in_the_same_order(
    provider: Provider, messages: Callable[[int], list[Message]], size: str
) -> None:
    most = provider.capabilities.batch_messages
    sent = messages({"one": 1, "some": min(7, most), "all": most}[size])
    outcomes = provider.send("a1", sent, lambda: True)
    assert [outcome.delivery for outcome in outcomes] == [message.delivery for message in sent]
    assert all(isinstance(outcome, Accepted | Refused) for outcome in outcomes)


def test_the_guard_is_asked_once_and_a_no_sends_nothing(
    provider: Provider, messages: Callable[[int], list[Message]], tmp_path: Path
) -> None:
    asked: list[str] = []
    with pytest.raises(_base.NotSent) as caught:
        provider.send("a1", messages(1), lambda: bool(asked.append("?")))
    assert asked == ["?"]
    assert isinstance(caught.value, ProviderError)
    assert not list(tmp_path.rglob("*.eml"))


def test_after_a_no_the_next_attempt_goes_out(provider: Provider, messages: Callable[[int], list[Message]]) -> None:
    with pytest.raises(_base.NotSent):
        provider.send("a1", messages(1), lambda: False)
    assert len(provider.send("a2", messages(1), lambda: True)) == 1


def test_an_embedded_message_goes_out_alone(provider: Provider, messages: Callable[[int], list[Message]]) -> None:
    (message,) = messages(1)
    (outcome,) = provider.send("a1", [dataclasses.replace(message, embedded=True)], lambda: True)
    assert isinstance(outcome, Accepted)


def test_logging_in_sends_nothing_and_says_what_came_of_it(
    provider: Provider, messages: Callable[[int], list[Message]]
) -> None:
    login = provider.verify()
    assert login.sentence.endswith(".")
    assert len(provider.send("a1", messages(1), lambda: True)) == 1


def test_it_can_be_closed_twice(provider: Provider, messages: Callable[[int], list[Message]]) -> None:
    provider.send("a1", messages(1), lambda: True)
    provider.close()
    provider.close()


def test_it_can_be_closed_without_having_sent(module: Module, settings: BaseModel) -> None:
    module.connect(settings).close()


def test_what_goes_wrong_with_a_request_is_one_of_four() -> None:
    leaves = {_base.RequestRefused, _base.ThrottledUntil, _base.NotSent, _base.InDoubt}
    assert leaves <= set(ProviderError.__subclasses__())
    assert {leaf.exit_code for leaf in leaves} == {6}

"""The configured provider, with its table of newsletter.toml and the secrets that only the environment knows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, SecretStr, ValidationError

from newsletter import config as configuration
from newsletter import plugins
from newsletter.config import PROVIDERS, Config
from newsletter.errors import ConfigError
from newsletter.model.ledger import Event
from newsletter.providers._base import Module, Provider, Receiver
from newsletter.validation import explain, nearest

if TYPE_CHECKING:
    from newsletter.delivery.events import Applied
    from newsletter.store.database import Store

SECRET = (SecretStr, SecretStr | None)
"""What a provider's setting is when it comes from the environment and never from a file."""


def secret_variable(provider: str, field: str) -> str:
    """Name the variable of the environment that a provider's secret comes from: ``NEWSLETTER_RESEND_KEY``."""
    return f"NEWSLETTER_{provider}_{field}".upper()


def provider(config: Config) -> Provider:
    """Connect the configured provider, with its table and its secrets. Raises: ConfigError."""
    name = config.send.provider
    if name is None:
        known = ", ".join(n for n in plugins.names(PROVIDERS) if n != "outbox")
        raise ConfigError("No provider is configured.", f"Name one as `provider` under [send]: {known}.")
    return connect(name, _table(name, config))


def receiver(config: Config, name: str) -> Receiver | None:
    """What understands the calls of a provider; None when it makes none, or the secret for them is not set.

    Raises: ConfigError.
    """
    make = getattr(_module(name), "receiver", None)
    made: Receiver | None = make and make(_settings(name, _table(name, config)))
    return made


def receivers(config: Config) -> dict[str, Receiver]:
    """What understands the calls of providers, by their names: of the configured one, and of those with a secret for
    it, since one that was left goes on telling for days.

    Raises: ConfigError.
    """
    found = {name: receiver(config, name) for name in _wanted(config)}
    return {name: understands for name, understands in found.items() if understands}


def callers(config: Config) -> dict[str, str]:
    """The providers that can call with events, by their names: each with the variable that is still to be set for that,
    empty when its calls are understood.

    Raises: ConfigError.
    """
    can = [name for name in _wanted(config) if hasattr(_module(name), "receiver")]
    return {name: "" if receiver(config, name) else secret_variable(name, "webhook") for name in can}


def _wanted(config: Config) -> list[str]:
    """The provider that is configured, and those with a secret for their calls."""
    return [
        name
        for name in plugins.names(PROVIDERS)
        if name == config.send.provider or config.secrets.of(secret_variable(name, "webhook"))
    ]


def read_call(config: Config, name: str, body: bytes) -> Sequence[Event]:
    """Read what a provider called with. Raises: ProviderError for what cannot be read; ConfigError where nobody can."""
    if (understands := receiver(config, name)) is None:
        variable = secret_variable(name, "webhook")
        raise ConfigError(f"{variable} is not set, and without it no call of {name} is understood.", f"Set {variable}.")
    return understands.events(body)


def applying(
    config: Config, store: "Store", *, clock: Callable[[], datetime], within: timedelta | None = None
) -> "Callable[[], Applied]":
    """What does what follows from what providers called with: from all of it, or for so long at most.

    Raises: ConfigError for the erase key.
    """
    from newsletter import readership
    from newsletter.delivery import events

    erase_key = readership.erase_key(config)

    def apply() -> "Applied":
        return events.apply(
            store,
            partial(read_call, config),
            at=clock(),
            zone=config.newsletter.time_zone,
            stop_at=config.send.stop_at,
            erase_key=erase_key,
            within=within,
        )

    return apply


def _secrets(name: str, config: Config) -> Mapping[str, SecretStr]:
    """What the environment knows for a provider. Raises: ConfigError when a secret stands in newsletter.toml."""
    known: dict[str, SecretStr] = {}
    for field, about in _module(name).Settings.model_fields.items():
        if about.annotation in SECRET:
            variable = secret_variable(name, field)
            if field in config.send.tables.get(name, {}):
                raise ConfigError(
                    f"{configuration.FILE}: `send.{name}.{field}` is a secret, and a file in git is no place for it.",
                    f"Take it out, and set {variable} in the environment or in .env.",
                )
            if value := config.secrets.of(variable):
                known[field] = value
    return known


def _located(name: str, config: Config) -> Mapping[str, object]:
    """A provider's table, its files looked for in the workspace."""
    fields = _module(name).Settings.model_fields
    return {
        key: config.root / value
        if isinstance(value, str) and key in fields and fields[key].annotation in (Path, Path | None)
        else value
        for key, value in config.send.tables.get(name, {}).items()
    }


def connect(name: str, table: Mapping[str, object]) -> Provider:
    """Connect a provider by its name, with a table of its settings. Raises: ConfigError."""
    return _module(name).connect(_settings(name, table))


def _table(name: str, config: Config) -> Mapping[str, object]:
    """All that is known of a provider's settings."""
    return {**_located(name, config), **_secrets(name, config)}


def _settings(name: str, table: Mapping[str, object]) -> BaseModel:
    module = _module(name)
    try:
        return module.Settings.model_validate(table)
    except ValidationError as error:
        raise ConfigError(*_explain(error, name, module)) from None


def _explain(error: ValidationError, name: str, module: Module) -> tuple[str, str]:
    """Say what is wrong with a provider's table, its keys spelt as they are written."""
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "missing" and module.Settings.model_fields[field].annotation in SECRET:
        return (
            f"{secret_variable(name, field)} is not set.",
            "Set it in the environment, or in .env beside newsletter.toml.",
        )
    sentence, hint = explain(error, module.Settings, configuration.FILE, within=f"send.{name}")
    return f"{configuration.FILE}: {sentence}", hint


def _module(name: str) -> Module:
    try:
        return cast("Module", plugins.load(PROVIDERS, name))
    except LookupError:
        known = [known for known in plugins.names(PROVIDERS) if known != "outbox"]
        hint = nearest(name, known) or f"There are: {', '.join(known)}."
        raise ConfigError(f"There is no provider “{name}”.", hint) from None

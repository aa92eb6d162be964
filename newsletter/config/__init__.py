"""``newsletter.toml``, the environment and ``.env`` → one frozen model, which *is* the configuration.

Secrets come from the environment or ``.env`` only and never stand in this model's representation.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from newsletter.config import toml
from newsletter.config.tables import (
    MOST_TESTERS,
    PROVIDERS,
    Config,
    Inbox,
    Newsletter,
    Publishing,
    Secrets,
    SectionRule,
    Send,
)
from newsletter.config.written import WEEKDAYS, QuietDay, Text
from newsletter.errors import ConfigError
from newsletter.validation import Explanation, explain, unknown_key

__all__ = [
    "FILE",
    "MOST_TESTERS",
    "PROVIDERS",
    "WEEKDAYS",
    "Config",
    "Inbox",
    "Newsletter",
    "Publishing",
    "QuietDay",
    "Secrets",
    "SectionRule",
    "Send",
    "Text",
    "load",
]  # fmt: skip

FILE = "newsletter.toml"


def load(root: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Read a workspace's configuration. Raises: ConfigError that names file, key and remedy.

    ``environment`` (default: the process's) wins over ``.env`` in the workspace.
    """
    path = root / FILE
    try:
        text = path.read_text("utf-8-sig")
        table = tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(f"There is no {FILE} in {root}.", "Run `newsletter init` to make a workspace here.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{FILE} is not UTF-8 text.", "Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{FILE} is not valid TOML: {error}.", toml.hint(text, error)) from None
    for reserved, inside in (("root", table), ("secrets", table), ("tables", table.get("send"))):
        if isinstance(inside, dict) and reserved in inside:
            raise _wrong(unknown_key(reserved, Config if inside is table else Send))
    secrets = _secrets(root, os.environ if environment is None else environment)
    try:
        return Config.model_validate({**table, "root": root, "secrets": secrets})
    except ValidationError as error:
        raise _wrong(explain(error, Config, FILE)) from None


def _secrets(root: Path, environment: Mapping[str, str]) -> Secrets:
    try:
        values = {**dotenv_values(root / ".env"), **environment}
    except UnicodeDecodeError:
        raise ConfigError(".env is not UTF-8 text.", "Save it as UTF-8.") from None
    ours = {name: SecretStr(value) for name, value in values.items() if name.startswith("NEWSLETTER_") and value}
    return Secrets(variables=ours)


def _wrong(explanation: Explanation) -> ConfigError:
    sentence, hint = explanation
    return ConfigError(f"{FILE}: {sentence}", hint)

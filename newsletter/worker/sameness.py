"""What must be the same for all workers, in short hashes: the program, the configuration, the secrets, the pictures.

The hashes lie in the database, so that each can tell by which table or secret it differs, and nobody what is in it:
those of secrets are made with ``NEWSLETTER_SECRET``, which the database does not know.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter import __version__, plugins
from newsletter.config import PROVIDERS, Config

_KEY = "NEWSLETTER_SECRET"
_NAMED = ("NEWSLETTER_OLD_SECRETS", "NEWSLETTER_ERASE_KEY")
_DIGITS = 12

_OF_THE_MACHINE: Mapping[str, frozenset[str]] = {
    "web": frozenset({"proxies"}),
    "pictures": frozenset({"folder"}),
    "send": frozenset({"notify"}),
    "inbox": frozenset({"host", "port", "user", "folder"}),
    "readers": frozenset({"database"}),
}
"""Keys that may differ, as they tell where things are on one machine, or are another command's affair."""

_APART = frozenset({"worker", "fetch"})
"""Tables that may differ: how often a worker is heard of, and what an import may fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """What one worker is like. ``tables`` and ``secrets``: a hash for each name; ``folder`` has the pictures."""

    version: str
    tables: Mapping[str, str]
    secrets: Mapping[str, str]
    folder: Path

    @classmethod
    def of(cls, config: Config) -> "Sameness":
        """Take the hashes of a configuration and its secrets."""
        return cls(
            version=__version__,
            tables={name: _hash(table) for name, table in _tables(config)},
            secrets=dict(_secrets(config)),
            folder=config.root / config.pictures.folder,
        )

    def lacks(self, pictures: Iterable[str]) -> tuple[str, ...]:
        """Return the pictures that are not in the folder, in the order of their names."""
        return tuple(sorted(name for name in pictures if not (self.folder / name).is_file()))


def unlike(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names under which two have not the same hash, or only one has any, in their order.

    Where the secret differs that all others are hashed with, nothing is known of those.
    """
    names = tuple(name for name in sorted({*one, *other}) if one.get(name) != other.get(name))
    return (_KEY,) if _KEY in names else names


def _tables(config: Config) -> Iterator[tuple[str, object]]:
    """Each table by its name, without what is one machine's alone; of ``[send]`` the providers' own by theirs."""
    for name, table in config.model_dump(by_alias=True).items():
        if name not in _APART:
            apart = _OF_THE_MACHINE.get(name, frozenset())
            yield name, {key: table[key] for key in table.keys() - apart} if isinstance(table, dict) else table
    for name, table in config.send.tables.items():
        yield f"send.{name}", {key: table[key] for key in table.keys() - _places(name)}


def _places(provider: str) -> frozenset[str]:
    """The keys of a provider's table that name a file or a folder."""
    fields = plugins.load(PROVIDERS, provider).Settings.model_fields
    return frozenset(key for key, about in fields.items() if about.annotation in (Path, Path | None))


def _hash(table: object) -> str:
    spelt = json.dumps(table, sort_keys=True, default=str)
    return hashlib.sha256(spelt.encode()).hexdigest()[:_DIGITS]


def _secrets(config: Config) -> Iterator[tuple[str, str]]:
    """Each secret that workers use by its variable; the one that all others are hashed with by itself."""
    known = {name: value.get_secret_value() for name, value in config.secrets.variables.items()}
    key = known.get(_KEY, "").encode()
    prefixes = tuple(f"NEWSLETTER_{name}_".upper() for name in plugins.names(PROVIDERS))
    for name, value in known.items():
        if name == _KEY or name in _NAMED or name.startswith(prefixes):
            told = f"worker\0{name}\0{'' if name == _KEY else value}"
            yield name, hmac.digest(key, told.encode(), "sha256").hex()[:_DIGITS]

"""What people wrote in TOML or front matter, checked by pydantic → one sentence with the key, and a hint.

Pydantic reports every error of a table; a person mends them one by one, so only the first is explained.
"""

import difflib
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

Explanation = tuple[str, str]
"""A sentence and a hint."""


_WORDS = {
    "string_type": "this must be text between quotes",
    "string_too_short": "this must not be empty",
    "int_type": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "bool_type": "this must be true or false",
    "bool_parsing": "this must be true or false",
    "tuple_type": "this must be a list between [ and ]",
    "dict_type": "this must be a table",
    "model_type": "this must be a table",
    "date_from_datetime_parsing": "this must be a day like 2026-11-28",
    "date_parsing": "this must be a day like 2026-11-28",
}
"""Pydantic's types of error in the words of somebody who writes TOML."""


class Table(BaseModel):
    """A table that people write: an unknown key in it is an error, and it never changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def refuse(sentence: str) -> PydanticCustomError:
    """Return what a validator raises to say in its own words, without full stop, why it refuses a value."""
    return PydanticCustomError("newsletter", "{sentence}", {"sentence": sentence})


def explain(error: ValidationError, model: type[BaseModel], file: str, *, within: str = "") -> Explanation:
    """Turn the first thing that is wrong in a file into a sentence, the key spelt as it is written, and a hint.

    ``within`` names the table that the model stands for, when it is not the whole file.
    """
    first = error.errors()[0]
    key = ".".join(part for part in (within, _spell(first["loc"])) if part)
    if first["type"] == "extra_forbidden":
        return unknown_key(key, _table_at(model, first["loc"][:-1]))
    if first["type"] == "missing":
        return f"`{key}` is missing.", f"Add `{key}` to {file}."
    said = (
        first["ctx"]["sentence"] if first["type"] == "newsletter" else _WORDS.get(first["type"], first["msg"].lower())
    )
    return f"`{key}`: {said}.", f"Correct `{key}` in {file}."


def unknown_key(key: str, table: type[BaseModel]) -> Explanation:
    """Say that a table knows no such key, and which one may have been meant."""
    known = [field.alias or name for name, field in table.model_fields.items() if not field.exclude]
    near = nearest(key.rpartition(".")[2], known)
    return f"`{key}` is not a known key.", near or f"Known here: {', '.join(known)}."


def nearest(word: str, known: list[str]) -> str:
    """Ask whether the nearest known word was meant: ``Did you mean `max`?``; empty when none is near."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else ""


def _spell(location: tuple[int | str, ...]) -> str:
    """``("sections", 2, "max")`` → ``sections[3].max``: tables are counted as people count."""
    words = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in location]
    return "".join(words).lstrip(".")


def _table_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """Find the model a location stands in, so that a suggestion comes from the right table."""
    table = model
    for step in location:
        if isinstance(step, str):
            names = {(field.alias or name): field.annotation for name, field in table.model_fields.items()}
            found: Any = names.get(step)
            for inner in (found, *getattr(found, "__args__", ())):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    table = inner
    return table

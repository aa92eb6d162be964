"""Write the pages of the documentation that the code itself knows: the configuration's keys and the commands' options.

``make docs`` writes them; a test compares, so that they cannot fall behind.
"""

import inspect
import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import cast, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.core import TyperGroup

from newsletter import cli, plugins
from newsletter.app import SECRET, secret_variable
from newsletter.config import PROVIDERS, Config
from newsletter.config.tables import StopAt
from newsletter.config.written import duration

FOLDER = Path(__file__).parent


def pages() -> dict[str, str]:
    """Return each generated page by its file's name."""
    return {"configuration.md": configuration(), "commands.md": commands()}


def configuration() -> str:
    """The page on ``newsletter.toml``."""
    lines = [
        "# Configuration",
        "",
        "`newsletter.toml` stands at the top of a workspace. A key that is not listed here is an error;",
        "only the names of fields and of segments are your own.",
        "",
    ]
    for name, field in Config.model_fields.items():
        if not field.exclude:
            lines += _table(name, field)
        if name == "send":
            lines += _providers()
    return "\n".join([*lines, *_secrets()])


def commands() -> str:
    """The page on the commands, as their help says it."""
    issue = "`ISSUE` names a folder under `issues/`; left out, it is the newest, but for what goes to the list."
    lines = ["# Commands", "", issue, ""]
    root = cast("TyperGroup", typer.main.get_command(cli._app))
    os.environ["COLUMNS"] = "100"
    try:
        lines += _helps(root, typer.Context(root, info_name="newsletter", terminal_width=100), "##")
    finally:
        del os.environ["COLUMNS"]
    return "\n".join([*lines, *_EXIT_CODES])


def _table(name: str, field: FieldInfo) -> Iterator[str]:
    """A table of the file; where its keys are the user's own, only what they are."""
    if get_origin(field.annotation) is Mapping:
        yield from (f"## [{name}]", "", field.description or "", "")
        return
    model, many = _model(field)
    yield from (f"## [[{name}]]" if many else f"## [{name}]", "", inspect.getdoc(model) or "", "")
    yield from ("| key | default | what it is |", "| --- | --- | --- |")
    yield from _keys(model)
    yield ""


def _providers() -> Iterator[str]:
    """The table of each provider that takes mail away from here, and its secrets."""
    for name in plugins.names(PROVIDERS):
        settings = plugins.load(PROVIDERS, name).Settings
        if name != "outbox":
            yield from (f"## [send.{name}]", "", inspect.getdoc(settings) or "", "")
            yield from ("| key | default | what it is |", "| --- | --- | --- |", *_keys(settings), "")


def _secrets() -> Iterator[str]:
    yield from ("## Secrets", "")
    yield from ("They come from the environment or from a file `.env` in the workspace; the environment wins.", "")
    yield from ("| name | what it is |", "| --- | --- |")
    yield from (f"| `{name}` | {what} |" for name, what in _SECRETS.items())
    yield ""


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for key, inner in model.model_fields.items():
        if not inner.exclude and inner.annotation not in SECRET:
            yield f"| `{inner.alias or key}` | {_default(inner)} | {inner.description} |"


def _model(field: FieldInfo) -> tuple[type[BaseModel], bool]:
    arguments = get_args(field.annotation)
    return (arguments[0], True) if arguments else (field.annotation, False)  # type: ignore[return-value]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*required*"
    value = field.default
    if value in (None, (), "", {}):
        return "–"
    return f"`{_written(value)}`"


def _written(value: object) -> str:
    """A value as it is written in the file."""
    match value:
        case timedelta():
            return duration(value)
        case StopAt():
            return f"{{ refused = {value.refused:g}, complained = {value.complained:g} }}"
        case BaseModel():
            return " ".join(f"{v:%H:%M}" if hasattr(v, "hour") else str(v) for _, v in value)
        case tuple():
            return ", ".join(f'"{one}"' for one in value)
        case bool():
            return str(value).lower()
    return str(value)


def _helps(group: TyperGroup, context: typer.Context, heading: str) -> Iterator[str]:
    """The help of each command, and below a group's that of its commands."""
    for command in filter(None, (group.get_command(context, name) for name in group.list_commands(context))):
        own = typer.Context(command, info_name=command.name, parent=context, terminal_width=100)
        yield from (f"{heading} {own.command_path}", "", "```text", command.get_help(own).strip(), "```", "")
        if isinstance(command, TyperGroup):
            yield from _helps(command, own, f"{heading}#")


_SECRETS = {
    "NEWSLETTER_SECRET": "Signs the links in the mail; at least 16 characters. Without it a demo key does, which "
    "`newsletter serve` never accepts.",
    "NEWSLETTER_OLD_SECRETS": "Earlier secrets, commas between them: their links still work, and nothing new is signed "
    "with them.",
    "NEWSLETTER_ERASE_KEY": "Hashes the addresses of erased readers, so that no list brings them back; at least 16 "
    "characters. Never change it, and keep it with your backups.",
    "NEWSLETTER_DATABASE": "The whole address of the database, postgresql://user:password@host/name; wins over "
    "`[readers] database`.",
    "NEWSLETTER_INBOX_PASSWORD": "The password of `user` under `[inbox]`.",
    **{
        secret_variable(name, field): about.description
        for name in plugins.names(PROVIDERS)
        for field, about in plugins.load(PROVIDERS, name).Settings.model_fields.items()
        if about.annotation in SECRET
    },
}
_EXIT_CODES = [
    "## Exit codes",
    "",
    "| code | meaning |",
    "| --- | --- |",
    "| 0 | done |",
    "| 1 | failed |",
    "| 2 | the command line asks for something that is not there |",
    "| 3 | the configuration cannot be used |",
    "| 4 | an article, issue, picture, template or message is wrong |",
    "| 5 | the database of the workspace cannot be used |",
    "| 6 | the provider, or the way to it |",
    "| 7 | a run is not finished: readers wait or are in doubt, or it was cancelled or came too late |",
    "| 130 | interrupted |",
    "",
]


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()

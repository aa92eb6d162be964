"""A template's folder: found, read and filled in, with errors that name file and line.

A template is looked for in the workspace first and then among those the program carries, file by file: a copy may hold
only what it changes. Templates run in Jinja's sandbox; what is not defined is an error, and article text is never one.
"""

import tomllib
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import CodeType

import jinja2
from jinja2.bccache import Bucket
from jinja2.sandbox import SandboxedEnvironment
from pydantic import Field, ValidationError

from newsletter.errors import ConfigError, ContentError
from newsletter.shipped import SHIPPED
from newsletter.validation import Table, explain, nearest

SETTINGS = "template.toml"
Filters = Mapping[str, Callable[..., object]]


class Settings(Table):
    """``template.toml``: the template's version and the pictures it shows, width and height in CSS px."""

    version: int
    pictures: Mapping[str, tuple[int, int]] = Field(default_factory=dict)


class _Sandbox(SandboxedEnvironment):
    """Jinja's sandbox, which knows nothing of paths: a template could read and write files through one."""

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        return not isinstance(obj, PurePath) and super().is_safe_attribute(obj, attr, value)


class Compiled(jinja2.BytecodeCache):
    """Files of templates compiled, each under its text, for those that are filled in again and again."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Put in what is known of a text (jinja2, “Bytecode Cache”)."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remember a text compiled; of a file the last text only."""
        others = {key: code for key, code in self._code.items() if key[0] != bucket.key}
        self._code = {**others, (bucket.key, bucket.checksum): bucket.code}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template: where its files are looked for, first to last, and its settings."""

    name: str
    folders: tuple[Path, ...]
    settings: Settings
    compiled: Compiled | None = None

    def fill(self, file: str, values: Mapping[str, object], filters: Filters) -> str:
        """Fill in one file. Raises: ContentError that names the template's file, line and what is wrong."""
        environment = _Sandbox(
            loader=jinja2.FileSystemLoader(self.folders),
            autoescape=jinja2.select_autoescape(["html"]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=self.compiled,
        )
        environment.filters.update({name: _given(name, filter_) for name, filter_ in filters.items()})
        try:
            return environment.get_template(file).render(values)
        except jinja2.TemplateSyntaxError as error:
            raise self._error(error.filename or file, error.lineno, error.message or "a syntax error") from None
        except UnicodeDecodeError:
            raise ContentError(f"A file of the template {self.name} is not UTF-8 text.", "Save it as UTF-8.") from None
        except jinja2.TemplateNotFound as error:
            raise ContentError(
                f"The template {self.name} has no {error.name}.", f"Add it to templates/{self.name}/."
            ) from None
        except Exception as error:
            place = self._place_of(error)
            if place is None:
                raise
            raise self._error(*place, str(error)) from None

    def _place_of(self, error: Exception) -> tuple[str, int] | None:
        """File and line when the innermost frame is the template's own; None for a bug of ours."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        frames = [f for f in traceback.extract_tb(error.__traceback__) if self._owns(f.filename)]
        ours = isinstance(error, jinja2.TemplateError | ContentError) or self._owns(frame.filename)
        return (frames[-1].filename, frames[-1].lineno or 1) if frames and ours else None

    def _owns(self, file: str) -> bool:
        return any(Path(file).is_relative_to(folder) for folder in self.folders)

    def _error(self, file: str, line: int, sentence: str) -> ContentError:
        return ContentError(
            f"{sentence.rstrip('.')}.",
            "Correct the template; docs/templates.md lists what a template is given.",
            file=f"templates/{self.name}/{Path(file).name}",
            line=line,
        )


def _given(name: str, filter_: Callable[..., object]) -> Callable[..., object]:
    """Make a filter refuse what is not there, in a sentence; a name that is not defined says so itself.

    It asks for the context so that none runs while the template is compiled: `cite` counts what it is given.
    """

    @jinja2.pass_context
    def checked(_: jinja2.runtime.Context, value: object, *arguments: object) -> object:
        if isinstance(value, jinja2.Undefined):
            str(value)
        if value is None:
            raise ContentError(f"the filter {name} is given nothing")
        return filter_(value, *arguments)

    return checked


def find(name: str, root: Path, compiled: Compiled | None = None) -> Template:
    """Find a template for a workspace. Raises: ConfigError when there is none, or its settings are wrong."""
    folders = tuple(f for f in (root / "templates" / name, SHIPPED / "templates" / name) if f.is_dir())
    if not folders or name.startswith("_"):
        known = names(root)
        raise ConfigError(
            f"There is no template “{name}”.", nearest(name, list(known)) or f"There are: {', '.join(known)}."
        )
    return Template(
        name=name, folders=tuple(dict.fromkeys(folders)), settings=_settings(name, folders), compiled=compiled
    )


def names(root: Path) -> tuple[str, ...]:
    """The templates a workspace can use: its own and those the program carries."""
    folders = [f for base in (root, SHIPPED) for f in (base / "templates").glob("[!_.]*") if f.is_dir()]
    return tuple(sorted({folder.name for folder in folders}))


def _settings(name: str, folders: tuple[Path, ...]) -> Settings:
    place = f"templates/{name}/{SETTINGS}"
    file = next((f / SETTINGS for f in folders if (f / SETTINGS).exists()), None)
    if file is None:
        raise ConfigError(f"There is no {place}.", "Copy one with `newsletter init --template digest`.")
    try:
        return Settings.model_validate(tomllib.loads(file.read_text("utf-8-sig")))
    except UnicodeDecodeError:
        raise ConfigError(f"{place} is not UTF-8 text.", "Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place} is not valid TOML: {error}.", "Text values stand between double quotes.") from None
    except ValidationError as error:
        sentence, hint = explain(error, Settings, place)
        raise ConfigError(f"{place}: {sentence}", hint) from None

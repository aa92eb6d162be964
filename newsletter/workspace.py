"""A workspace: the folder with newsletter.toml, its issues, and how a new one comes into being."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter import config as configuration
from newsletter.config import Config
from newsletter.errors import ContentError, UsageError
from newsletter.issue.read import issue_date
from newsletter.rendering import origin
from newsletter.shipped import SAMPLES, SHIPPED
from newsletter.validation import nearest

ISSUES = "issues"
SAMPLE_READERS = "sample-readers.csv"

_OF_THE_SAMPLE = "The sample newsletter of an invented newspaper. Change the names and addresses, and it is yours."
_OF_YOUR_OWN = "Your newsletter. The names and addresses are examples: change them, and it is yours."
"""The first line of a configuration: with a sample issue, and without one."""

_GITIGNORE = """\
# databases and secrets
*.db
*.db-wal
*.db-shm
*.db-sender
.env
# what the program writes
build/
# lists of readers
/*.csv
/*.jsonl
/*.xlsx
/*.zip
!/sample-readers.csv
*.rejected.csv
*.backup
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One newsletter: its folder and its configuration."""

    root: Path
    config: Config

    def issues(self) -> tuple[str, ...]:
        """Return the names of the issues, the newest first; those without a date come last."""
        folders = [f for f in (self.root / ISSUES).glob("[!._]*") if f.is_dir()]
        dated = [(issue_date(folder, self.config), folder.name) for folder in folders]
        undated = sorted(name for date, name in dated if date is None)
        return (*(name for _, name in sorted((d, n) for d, n in dated if d is not None)[::-1]), *undated)

    def issue(self, name: str | None) -> Path:
        """Return the folder of an issue, of the newest for None. Raises: UsageError when there is none."""
        known = self.issues()
        if name is None and known:
            name = known[0]
        if name is None:
            raise UsageError("There are no issues yet.", "Make one: newsletter new")
        if name not in known:
            raise UsageError(
                f"There is no issue “{name}”.", nearest(name, list(known)) or f"There are: {', '.join(known[:8])}."
            )
        return self.root / ISSUES / name

    def build_folder(self, issue: str) -> Path:
        """Where files made from an issue go."""
        return self.root / "build" / issue

    @property
    def sample_readers(self) -> Path:
        """The list that builds and rehearsals take readers from."""
        return self.root / SAMPLE_READERS


def find(start: Path, environment: Mapping[str, str] | None = None) -> Workspace:
    """Find the workspace that a folder belongs to and read its configuration. Raises: ConfigError."""
    root = next((f for f in (start, *start.parents) if (f / configuration.FILE).exists()), start)
    return Workspace(root=root, config=configuration.load(root, environment))


def init(target: Path, *, language: str = "nl", empty: bool = False) -> tuple[Path, ...]:
    """Write a workspace in a language, with its sample issue unless ``empty``; return the files written.

    Nothing is overwritten. Raises: UsageError when there is no sample in that language; ContentError when one of the
    files is there already, before any is written.
    """
    sample = _sample(language)
    files = [Path(configuration.FILE)]
    if not empty:
        files += [Path(SAMPLE_READERS), *_below(sample / ISSUES, sample)]
    _refuse_existing(target, files)
    written = _copy(files, sample, target)
    if empty:
        configured = target / configuration.FILE
        configured.write_text(configured.read_text("utf-8").replace(_OF_THE_SAMPLE, _OF_YOUR_OWN, 1), "utf-8")
    (target / ISSUES).mkdir(exist_ok=True)
    ignored = target / ".gitignore"
    if ignored.exists():  # of a repository that is there already; its owner knows what belongs in it
        return written
    ignored.write_text(_GITIGNORE, "utf-8")
    return (*written, ignored)


def init_template(root: Path, name: str) -> tuple[Path, ...]:
    """Copy a template that comes with the program into the workspace; return the files written.

    Raises: UsageError when there is none of that name; ContentError when it has been copied already.
    """
    source = SHIPPED / "templates" / name
    known = sorted(f.name for f in (SHIPPED / "templates").glob("[!_.]*") if f.is_dir())
    if name not in known:
        raise UsageError(f"There is no template “{name}”.", nearest(name, known) or f"There are: {', '.join(known)}.")
    files = _below(source, SHIPPED)
    _refuse_existing(root, files)
    return (*_copy(files, SHIPPED, root), origin.record(root / "templates" / name))


def _sample(language: str) -> Path:
    if language not in SAMPLES:
        raise UsageError(
            f"There is no sample in the language “{language}”.",
            f"There are: {', '.join(SAMPLES)}. For another one, take one of these and change `language` in "
            f"{configuration.FILE}.",
        )
    return SAMPLES[language]


def _below(folder: Path, base: Path) -> list[Path]:
    return sorted(f.relative_to(base) for f in folder.rglob("*") if f.is_file() and not f.name.startswith("."))


def _refuse_existing(target: Path, files: list[Path]) -> None:
    existing = next((file for file in files if (target / file).exists()), None)
    if existing is not None:
        raise ContentError(
            f"{target / existing} is there already, and nothing is overwritten.", "Choose another folder, or move it."
        )


def _copy(files: list[Path], source: Path, target: Path) -> tuple[Path, ...]:
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, target / file)
    return tuple(target / file for file in files)

"""Issues built for the preview: the last edition that could be built, and why there is no newer one."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

from newsletter import app, build
from newsletter import workspace as workspaces
from newsletter.build import Built
from newsletter.errors import ConfigError, ContentError, NewsletterError, UsageError
from newsletter.issue.files import name_of
from newsletter.web.preview.kept import Memory, Recall
from newsletter.web.preview.survey import States, Survey, Surveyor, is_settled, states_of
from newsletter.web.preview.trouble import explain
from newsletter.workspace import ISSUES, Workspace

_MOST = 8  # issues of which the last edition is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An issue as the preview shows it.

    ``built`` is the last edition that could be built and ``at`` (aware UTC) when that was; both None when there was
    none. ``trouble`` is why the files as they are now cannot be built, None when ``built`` is of these files.
    ``version`` changes exactly when something that is shown changes.
    """

    built: Built | None
    at: datetime | None
    trouble: NewsletterError | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A look, the files it is of, and the pictures it shows. ``settled``: while these look the same, so they are."""

    look: Look
    survey: Survey
    shown: States
    settled: bool

    def is_of(self, survey: Survey, root: Path) -> bool:
        """Whether this is how it looks with these files."""
        return self.settled and self.survey == survey and self.shown == states_of(_pictures(self.look.built, root))


@dataclass(slots=True)
class Shelf:
    """Builds an issue once for all who look at it, and again when its files have changed. For many threads."""

    clock: Callable[[], datetime] = app.now
    _spaces: dict[Path, Workspace] = field(default_factory=dict)
    _known: dict[Path, _Known] = field(default_factory=dict)
    _memory: Memory = field(default_factory=Memory)
    _surveyor: Surveyor = field(default_factory=Surveyor)
    _lock: Lock = field(default_factory=Lock)

    def find(self, root: Path) -> Workspace:
        """Return the workspace as it is now, or as it last was while its configuration is broken; `look` says how.

        Raises: ConfigError when it never could be read.
        """
        try:
            self._spaces[root] = workspaces.find(root)
        except ConfigError:
            if root not in self._spaces:
                raise
        return self._spaces[root]

    def look(self, workspace: Workspace, name: str) -> Look:
        """Look at an issue as its files are now. What is wrong with them or with the configuration is in the answer.

        Raises: UsageError when there never was such an issue.
        """
        root, folder = workspace.root, workspace.root / ISSUES / name
        with self._lock:
            begun = self._moment()
            survey = self._surveyor.survey(root, folder, begun)
            known = self._known.pop(folder, None)
            if known is None or not known.is_of(survey, root):
                known = self._built(root, folder, known, survey, begun)
            self._known[folder] = known
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
        return known.look

    def _built(self, root: Path, folder: Path, known: _Known | None, survey: Survey, begun: int) -> _Known:
        """Build an issue. What is wrong is looked into anew each time: it may lie in a file that does not count yet."""
        recall = Recall(memory=self._memory, moment=begun, pictures=survey.pictures)
        look = self._look(root, folder.name, known.look if known else None, recall)
        shown = states_of(_pictures(look.built, root))
        settled = look.trouble is None and is_settled(survey.files | shown, begun, self._moment())
        return _Known(look=look, survey=survey, shown=shown, settled=settled)

    def _look(self, root: Path, name: str, last: Look | None, recall: Recall) -> Look:
        try:
            built = build.build(workspaces.find(root), name, read=recall.read, steps=recall.steps)
        except (NewsletterError, OSError) as error:
            if last is None and isinstance(error, UsageError):
                raise
            trouble = error if isinstance(error, NewsletterError) else _unreadable(error, root)
            return broken(trouble, root, last)
        if last and last.built == built:
            built = last.built  # the very same, for those who keep something for an edition
        return Look(built=built, at=self.clock(), trouble=None, version=_version(built, None, root))

    def _moment(self) -> int:
        return int(self.clock().timestamp() * 1e9)


def broken(trouble: NewsletterError, root: Path, last: Look | None = None) -> Look:
    """Return what there is to see of an issue while it cannot be built: what there was last, and the trouble."""
    built, at = (last.built, last.at) if last else (None, None)
    return Look(built=built, at=at, trouble=trouble, version=_version(built, trouble, root))


def _unreadable(error: OSError, root: Path) -> ContentError:
    """A file that went away while it was read, or may not be read at all."""
    file = name_of(Path(error.filename), root) if error.filename else None
    return ContentError(f"{error.strerror}.", "See whether the file is there and may be read.", file=file)


def _version(built: Built | None, trouble: NewsletterError | None, root: Path) -> str:
    """Sum up what is shown: the trouble, the message, what was found, what the desk says of the issue and articles."""
    shown: list[object] = [trouble and explain(trouble, root)]
    if built:
        issue, message = built.issue, built.message
        sections = [(section.name, len(section.placements)) for section in issue.sections]
        placed = [(p.kind, p.article.id, p.article.title, p.article.file) for p in issue.placements]
        shown += [issue.number, issue.date, sections, placed, built.edition.sizes, built.findings]
        shown += [message.delivery, message.letterhead, message.subscriber, message.html, message.text]
    return hashlib.sha256(repr(shown).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _pictures(built: Built | None, root: Path) -> set[Path]:
    """The files of the pictures that an edition shows, which may lie anywhere in the workspace."""
    if built is None:
        return set()
    pictures = (picture for placement in built.issue.placements for picture in placement.article.pictures)
    return {*(p.file for p in pictures if p.file), *(root / shown.source for shown in built.edition.pictures)}

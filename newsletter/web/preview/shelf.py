"""Issues built for the preview: the last edition that could be built, and why there is no newer one."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from newsletter import app, build
from newsletter import workspace as workspaces
from newsletter.audience.files import read_list
from newsletter.build import Built
from newsletter.config import Config
from newsletter.errors import ConfigError, ContentError, NewsletterError, UsageError
from newsletter.issue.files import name_of
from newsletter.issue.read import Glance
from newsletter.model.mail import Edition
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.edition import render
from newsletter.web.preview.memory import Memory
from newsletter.web.preview.register import Register, listed
from newsletter.web.preview.survey import States, Survey, Surveyor, is_settled, states_of
from newsletter.web.preview.trouble import explain
from newsletter.words import Words, load
from newsletter.workspace import ISSUES, Workspace

READERS = 200
"""So many sample readers are offered; a longer list is there to be rehearsed."""

_MOST = 8  # issues of which the last edition is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """An issue as the preview shows it.

    ``built`` is the last edition that could be built and ``at`` (aware UTC) when that was; both None when there was
    none. ``trouble`` is why the files as they are now cannot be built, None when ``built`` is of these files.
    ``readers`` are the sample readers in the order of their list, empty where there is none. ``version`` changes
    exactly when something that is shown changes: of this issue, of the readers, of the issues beside it.
    """

    built: Built | None
    at: datetime | None
    trouble: NewsletterError | None
    readers: tuple[Subscriber, ...] = ()
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
    _register: Register = field(default_factory=Register)
    _turned: tuple[Edition, Edition] | None = None
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
                known = self._built(workspace, name, known, survey, begun)
            self._known[folder] = known
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
        return known.look

    def turned(self, built: Built, config: Config) -> Edition:
        """Return the edition of a built issue as if its language were written the other way. The last is kept."""
        with self._lock:
            if self._turned is None or self._turned[0] is not built.edition:
                language = load(config.newsletter.language)
                words = _Turned(language=language.language, catalogue=language.catalogue)
                edition = render(built.issue, config, words=words, steps=self._memory.steps(self._moment()))
                self._turned = (built.edition, edition)
            return self._turned[1]

    def glances(self, workspace: Workspace, names: Sequence[str]) -> tuple[Glance, ...]:
        """Look at some issues of the list, in the order of their names."""
        return self._register.glances(workspace, names, self._moment())

    def _built(self, workspace: Workspace, name: str, known: _Known | None, survey: Survey, begun: int) -> _Known:
        """Build an issue. What is wrong is looked into anew each time: it may lie in a file that does not count yet."""
        beside = self._register.glances(workspace, listed(workspace.issues(), name), begun)
        look = self._look(workspace.root, name, known.look if known else None, survey, begun, beside)
        shown = states_of(_pictures(look.built, workspace.root))
        settled = look.trouble is None and is_settled(survey.files | shown, begun, self._moment())
        return _Known(look=look, survey=survey, shown=shown, settled=settled)

    def _look(
        self, root: Path, name: str, last: Look | None, survey: Survey, begun: int, beside: Sequence[Glance]
    ) -> Look:
        read, steps = self._memory.reader(begun, survey.pictures), self._memory.steps(begun)
        try:
            space = workspaces.find(root)
            built = build.build(space, name, read=read, steps=steps)
            readers = _readers(space)
        except (NewsletterError, OSError) as error:
            if last is None and isinstance(error, UsageError):
                raise
            trouble = error if isinstance(error, NewsletterError) else _unreadable(error, root)
            return broken(trouble, root, last, beside)
        if last and last.built == built:
            built = last.built  # the very same, for those who keep something for an edition
        version = _version(root, built, None, readers, beside)
        return Look(built=built, at=self.clock(), trouble=None, readers=readers, version=version)

    def _moment(self) -> int:
        return int(self.clock().timestamp() * 1e9)


class _Turned(Words):
    """A language as if it were written the other way."""

    __slots__ = ()

    @property
    def rtl(self) -> bool:
        """The other way."""
        return not super().rtl


def broken(trouble: NewsletterError, root: Path, last: Look | None = None, beside: Sequence[Glance] = ()) -> Look:
    """Return what there is to see of an issue while it cannot be built: what there was last, and the trouble."""
    if last is None:
        return Look(built=None, at=None, trouble=trouble, version=_version(root, None, trouble, (), beside))
    return replace(last, trouble=trouble, version=_version(root, last.built, trouble, last.readers, beside))


def _unreadable(error: OSError, root: Path) -> ContentError:
    """A file that went away while it was read, or may not be read at all."""
    file = name_of(Path(error.filename), root) if error.filename else None
    return ContentError(f"{error.strerror}.", "See whether the file is there and may be read.", file=file)


def _readers(workspace: Workspace) -> tuple[Subscriber, ...]:
    """The sample readers that are offered. Raises: ContentError."""
    file = workspace.sample_readers
    return read_list(file).subscribers[:READERS] if file.exists() else ()


def _version(
    root: Path,
    built: Built | None,
    trouble: NewsletterError | None,
    readers: Sequence[Subscriber],
    beside: Sequence[Glance],
) -> str:
    """Sum up what is shown: the trouble, the message, what was found, what the desk says of issues and readers."""
    shown: list[object] = [trouble and explain(trouble, root), *readers, *beside]
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

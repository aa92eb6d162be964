"""Everything a user can act on.

::

    NewsletterError
    ├── UsageError        2  the command line asks for something that is not there
    │   └── SegmentError     an expression over readers cannot be understood
    ├── ConfigError       3  newsletter.toml, the environment
    ├── ContentError      4  an article, an issue, a picture, a template, a message
    │   └── Unreadable       one file of an issue; the others may still be built (--skip-broken)
    ├── ConsentError      1  a change that a reader's own wish, or the law, stands against
    ├── FetchError        1  an address on the web, or the way to it
    ├── StoreError        5  the database: not there, not of this version, not to be reached, sent from by another
    ├── ProviderError     6  the way out (its leaves stand in providers/_base.py)
    └── NotFinished       7  a run of which mails wait, or are in doubt, or that was not sent

Each carries a sentence that names the file, line or key, and a hint that says what to do next.
A bug is none of these: it keeps its traceback.
"""

from typing import ClassVar


class NewsletterError(Exception):
    """A situation the user can act on. ``exit_code`` is what the command ends with."""

    exit_code: ClassVar[int] = 1

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class UsageError(NewsletterError):
    """The command line asks for something that is not there."""

    exit_code = 2


class SegmentError(UsageError):
    """An expression over readers cannot be understood, from ``column`` on, which counts from 1."""

    def __init__(self, sentence: str, hint: str = "", *, column: int) -> None:
        super().__init__(sentence, hint)
        self.column = column


class ConfigError(NewsletterError):
    """The configuration cannot be used."""

    exit_code = 3


class ContentError(NewsletterError):
    """What the newsroom wrote cannot be used. ``file`` is relative to the workspace, ``line`` counts from 1."""

    exit_code = 4

    def __init__(self, sentence: str, hint: str = "", *, file: str | None = None, line: int | None = None) -> None:
        place = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(place + sentence, hint)
        self.reason = sentence
        self.file = file
        self.line = line


class Unreadable(ContentError):
    """One file of an issue cannot be read. ``code`` is kebab-case, as of a finding."""

    def __init__(
        self, sentence: str, hint: str = "", *, code: str, file: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(sentence, hint, file=file, line=line)
        self.code = code


class ConsentError(NewsletterError):
    """A change that a reader's own wish, or the law, stands against; nothing was changed."""


class StoreError(NewsletterError):
    """The database of the workspace cannot be used."""

    exit_code = 5


class ProviderError(NewsletterError):
    """The provider, or the way to it."""

    exit_code = 6


class NotFinished(NewsletterError):
    """A run is not over, or not as it was meant: mails wait or are in doubt, or it was cancelled or came too late."""

    exit_code = 7


class FetchError(NewsletterError):
    """An address on the web gave nothing that could be used, or may not be asked."""

"""The message as one of the sample readers gets it, in the direction of its language or turned round."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from newsletter import build
from newsletter.audience.transfer import read_list
from newsletter.build import Built
from newsletter.config import Config
from newsletter.model.mail import Edition, Message
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.edition import render
from newsletter.words import Words, load
from newsletter.workspace import Workspace

MOST = 200
"""So many readers are offered; a longer list is there to be rehearsed."""


class Turned(Words):
    """A language as if it were written the other way."""

    __slots__ = ()

    @property
    def rtl(self) -> bool:
        """The other way."""
        return not super().rtl


@dataclass(slots=True)
class Mirror:
    """Renders an issue the other way round, and keeps the last: rendering takes longer than all else together."""

    _kept: tuple[Edition, Edition] | None = None
    _lock: Lock = field(default_factory=Lock)

    def edition(self, built: Built, config: Config) -> Edition:
        """Return the edition of an issue as if its language were written the other way."""
        with self._lock:
            if self._kept is None or self._kept[0] is not built.edition:
                language = load(config.newsletter.language)
                words = Turned(language=language.language, catalogue=language.catalogue)
                self._kept = (built.edition, render(built.issue, config, words=words))
            return self._kept[1]


def readers_of(space: Workspace) -> Sequence[Subscriber]:
    """The sample readers in the order of their list; none where there is no list. Raises: ContentError."""
    return read_list(space.sample_readers).subscribers[:MOST] if space.sample_readers.exists() else ()


def message_for(built: Built, edition: Edition, reader: Subscriber, config: Config) -> Message:
    """Merge an edition of a built issue for one reader, dated as the message to the sample reader is."""
    if edition is built.edition and reader == built.message.subscriber:
        return built.message
    merge = build.merger(edition, config, date=built.message.letterhead.date, pictures=build.PICTURES)
    return merge(reader, delivery=build.delivery_id(edition, reader))

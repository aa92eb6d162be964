"""The test mail: the real mail through the real provider, to a few, marked as a test.

Its links to leave and to change preferences belong to no reader. Its pictures lie at their public address, or travel
inside it where there is none.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from newsletter import build, mime
from newsletter.build import Built
from newsletter.config import Config
from newsletter.delivery.testing import MARK, Answered, Token, send, testers
from newsletter.model.mail import Message
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.faults import faults
from newsletter.send.pictures import Fetch, addresses_in, publish, unreachable
from newsletter.send.preflight import obstacles, refuse

__all__ = ["Answered", "Token", "compose", "send", "testers"]


def compose(
    built: Built,
    readers: Sequence[Subscriber],
    config: Config,
    *,
    now: datetime,
    fetch: Fetch,
    token: Token,
) -> tuple[Message, ...]:
    """Make the test's messages, publish their pictures and see that each can be fetched.

    ``now`` is the real clock (aware UTC). Raises: ContentError with everything that is in the way.
    """
    refuse("This issue cannot be sent.", obstacles(built, config, now=now), "Mend it and build again.")
    address = config.pictures_url
    edition = replace(built.edition, subject=MARK + built.edition.subject)
    merge = build.merger(edition, config, date=now, pictures=f"{address}/" if address else "cid:", test=True)
    messages = tuple(replace(merge(reader, delivery=token()), embedded=address is None) for reader in readers)
    wrong = [sentence for message in messages for sentence in faults(message, mime.to_bytes(message), None)]
    refuse("The messages are not in order.", wrong, "Mend the template or the names.")
    _show_pictures(messages[0], config, fetch)
    return messages


def _show_pictures(message: Message, config: Config, fetch: Fetch) -> None:
    """Put the pictures where their address shows them. Raises: ContentError when it does not show one."""
    carried = {f"cid:{picture.name}" for picture in message.edition.pictures} if message.embedded else set()
    folder = config.root / config.pictures.folder
    if not message.embedded:
        publish(message.edition.pictures, folder)
    asked = [address for address in addresses_in(message.html) if address not in carried]
    refuse("These pictures would not be seen.", tuple(unreachable(asked, fetch)), _remedy(config))


def _remedy(config: Config) -> str:
    if config.pictures_url is None:
        return "Correct the template: it names pictures that are none of the issue's."
    return (
        f"Let {config.pictures_url} show the files of {config.pictures.folder}, where they lie now. "
        "Or comment out `url` under [web] and [pictures] for a while: a test then carries them inside."
    )

"""What newsletter.toml and the environment say."""

import os
from collections.abc import Iterator

from newsletter import segment
from newsletter.config import FILE, Config
from newsletter.doctor import signing
from newsletter.doctor.diagnosis import Diagnosis, good, wrong
from newsletter.errors import SegmentError
from newsletter.mime import address_of

_FREE_MAIL = frozenset(
    ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "live.nl", "yahoo.com", "icloud.com")
)
_RESERVED = frozenset(("example", "test", "invalid", "localhost"))  # RFC 2606


def look(config: Config) -> Iterator[Diagnosis]:
    """Whether all that a send needs is written there, and whether it can be meant."""
    yield good("configuration", f"{FILE} can be read, and knows every key in it.")
    if config.publisher.address:
        yield good("configuration", "The publisher has a postal address.")
    else:
        remedy = "Write `address` under [publisher]; the law wants it on every mail."
        yield wrong("configuration", "error", "The publisher has no postal address.", remedy)
    yield _sender(config)
    yield _web(config)
    yield from signing.look(config)
    if config.pictures_url:
        yield _folder(config)
    yield from _segments(config)
    if config.send.testers:
        yield good("configuration", f"Test mail goes to {', '.join(config.send.testers)} unless others are named.")
    else:
        remedy = "List `testers` under [send]."
        yield wrong("configuration", "warning", "Nobody gets the test mail unless named each time.", remedy)


def _segments(config: Config) -> Iterator[Diagnosis]:
    """Whether each segment can be understood: only who sends to it or looks at it would find out."""
    for name, text in config.segments.items():
        try:
            segment.parse(text, config.readers.fields)
        except SegmentError as error:
            sentence = f"{FILE}: the segment {name} cannot be understood. {error.sentence}"
            yield wrong("configuration", "warning", sentence, error.hint)


def _sender(config: Config) -> Diagnosis:
    domain = (address_of(config.sender.from_) or "").rpartition("@")[2].lower()
    if domain in _FREE_MAIL:
        sentence = f"The sender is at {domain}, which forbids others to send in its name."
        return wrong("configuration", "warning", sentence, "Write `from` under [sender] with a domain of your own.")
    if _RESERVED & set(domain.split(".")[-2:]):
        remedy = "Write `from` under [sender] with your own domain."
        return wrong("configuration", "warning", f"The sender's domain {domain} is only an example.", remedy)
    return good("configuration", f"The sender is at {domain}.")


def _web(config: Config) -> Diagnosis:
    url = config.web.url
    if url is None:
        sentence = "There is no public address for readers' pages, so nobody could leave."
        return wrong("configuration", "error", sentence, "Write `url` under [web].")
    if not url.startswith("https://"):
        sentence = f"{url} is not https://, which leaving with one click needs (RFC 8058)."
        return wrong("configuration", "error", sentence, "Write `url` under [web] with https://.")
    return good("configuration", f"Readers' pages are at {url}.")


def _folder(config: Config) -> Diagnosis:
    """Whether pictures can be put where sending puts them; a folder that is not there yet is made in the nearest."""
    folder = config.root / config.pictures.folder
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return good("configuration", f"Pictures are put into {config.pictures.folder}.")
    remedy = "Let the program write there, or choose another `folder` under [pictures]."
    return wrong("configuration", "error", f"The pictures cannot be put into {folder}.", remedy)

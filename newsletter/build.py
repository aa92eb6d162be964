"""An issue's folder → the mail as files: what `build` writes, and what the preview shows without writing.

The same inputs and the same moment give the same bytes: nothing here asks the clock.
"""

import base64
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from newsletter import as_json, links, mime, words
from newsletter.audience.files import read_list
from newsletter.checks import inspect
from newsletter.checks._base import Inspection
from newsletter.config import Config
from newsletter.issue.articles import Read, read_article
from newsletter.issue.read import load_issue
from newsletter.model.finding import Finding
from newsletter.model.issue import Issue, Placement
from newsletter.model.mail import Edition, Message, Rendition
from newsletter.model.subscriber import Subscriber
from newsletter.rendering.edition import PLAIN, Steps, render
from newsletter.rendering.letterhead import letterhead
from newsletter.rendering.merge import Merge
from newsletter.workspace import Workspace

PICTURES = "pictures/"
"""Where the pictures lie beside a built mail."""

NOBODY = Subscriber(id="0" * 32, address="lezer@example.org")
"""The reader where there is no list of sample readers, or where none of it may be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An issue built: the edition, the message to the sample reader, and everything that was found."""

    issue: Issue
    edition: Edition
    message: Message
    findings: tuple[Finding, ...]


def build(
    workspace: Workspace,
    name: str | None = None,
    *,
    now: datetime | None = None,
    skip_broken: bool = False,
    pictures: str = PICTURES,
    read: Read = read_article,
    steps: Steps = PLAIN,
) -> Built:
    """Build an issue (the newest for None), and write nothing.

    ``now`` (default: the issue's own date) decides about embargoes and expiry and dates the message; ``pictures`` is
    what the addresses of pictures begin with; ``read`` and ``steps`` are for one who builds an issue again and again,
    and remembers. Raises: NewsletterError for what the editor has to mend first.
    """
    config = workspace.config
    issue = load_issue(workspace.issue(name), config, now=now, skip_broken=skip_broken, read=read)
    edition = render(issue, config, web_version=config.web.url is not None, steps=steps)
    merge = merger(edition, config, date=now or issue.date, pictures=pictures)
    reader = sample_reader(workspace)
    message = merge(reader, delivery=delivery_id(edition, reader))
    findings = inspect(Inspection(issue=issue, edition=edition, message=message, config=config))
    return Built(issue=issue, edition=edition, message=message, findings=findings)


def merge(
    edition: Edition, subscribers: Iterable[Subscriber], config: Config, *, date: datetime, pictures: str = PICTURES
) -> Iterator[Message]:
    """Make an edition's messages, one a subscriber, in their order; each when it is asked for."""
    one = merger(edition, config, date=date, pictures=pictures)
    return (one(subscriber, delivery=delivery_id(edition, subscriber)) for subscriber in subscribers)


def merger(edition: Edition, config: Config, *, date: datetime, pictures: str, test: bool = False) -> Merge:
    """Prepare the messages of an edition, dated ``date``. The links of a ``test`` belong to no reader."""
    about = (edition.issue, config.newsletter.template, "newsletter")
    return Merge(
        edition=edition,
        letterhead=replace(letterhead(config, *about, date=date), test=test),
        links=links.test_links_of(config) if test else links.links_of(config),
        words=words.load(config.newsletter.language),
        pictures=pictures,
    )


def sample_reader(workspace: Workspace) -> Subscriber:
    """The first valid reader of the sample list, or an invented one where there is no list."""
    if not workspace.sample_readers.exists():
        return NOBODY
    return next(iter(read_list(workspace.sample_readers).subscribers), NOBODY)


def delivery_id(edition: Edition, subscriber: Subscriber) -> str:
    """Make the id of a delivery that is not a real one: the same edition to the same reader has the same."""
    return hashlib.sha256(f"{edition.fingerprint}/{subscriber.id}".encode()).hexdigest()[:24]


def write(built: Built, folder: Path, config: Config) -> tuple[Path, ...]:
    """Write edition.html, edition.txt, sample.eml, edition.json and pictures/ into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / PICTURES, ignore_errors=True)
    (folder / PICTURES).mkdir()
    contents = {
        "edition.html": built.message.html.encode(),
        "edition.txt": built.message.text.encode(),
        "sample.eml": mime.to_bytes(built.message),
        "edition.json": json.dumps(as_data(built, config), ensure_ascii=False, indent=2).encode() + b"\n",
        **{PICTURES + picture.name: picture.data for picture in built.edition.pictures},
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in contents)


def standalone(built: Built) -> str:
    """Return the mail as one HTML page with the pictures inside it, to send to a colleague. Not for mailing."""
    html = built.message.html
    for picture in built.edition.pictures:
        html = html.replace(PICTURES + picture.name, _data_address(picture))
    return html


def as_data(built: Built, config: Config) -> Mapping[str, object]:
    """Return what edition.json says."""
    zone = config.newsletter.time_zone
    sizes = dict(built.edition.sizes)
    return {
        "issue": built.issue.name,
        "number": built.issue.number,
        "date": as_json.moment(built.issue.date, zone),
        "subject": built.edition.subject,
        "preheader": built.edition.preheader,
        "fingerprint": built.edition.fingerprint,
        "bytes": {"html": len(built.message.html.encode()), "text": len(built.message.text.encode()), "parts": sizes},
        "pictures": [
            {"file": PICTURES + p.name, "width": p.width, "height": p.height, "bytes": len(p.data), "source": p.source}
            for p in built.edition.pictures
        ],
        "opening": list(built.issue.reasons),
        "findings": [as_json.finding(finding) for finding in built.findings],
        "articles": [as_json.placement(p, section, zone, sizes) for section, p in _placed(built.issue)],
    }


def _placed(issue: Issue) -> list[tuple[str | None, Placement]]:
    """Each placement with the section it stands in; the opening keeps the section its article names."""
    first = [(issue.opening.article.section, issue.opening)] if issue.opening else []
    return [*first, *((section.name, p) for section in issue.sections for p in section.placements)]


def _data_address(picture: Rendition) -> str:
    kind = "png" if picture.name.endswith("png") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture.data).decode()}"

"""Fields for a reader's own data that nothing fills in: ``{name}`` in an article or an introduction is mailed as it is.

Only a template is filled in. Looked for are the fields that templates here and other programs know, in braces or as
Mailchimp writes them; other braces are an article's own.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from newsletter.checks._base import Inspection
from newsletter.issue.prose import INTRODUCTION
from newsletter.issue.settings import FILE
from newsletter.model.finding import Finding
from newsletter.model.issue import Block, Issue

_WORDS = (
    "name|naam|voornaam|achternaam|(?:first|last|full)_?name|[fl]name|aanhef|e-?mail|address|adres|joined|why|"
    "unsubscribe(?:_url)?|preferences|web_version"
)
_OWNER = r"\.?(?:reader|subscriber|recipient|contact|user|lezer)\.\w+"
_FIELD = re.compile(rf"\{{\{{?\s*(?:{_OWNER}|{_WORDS})\s*\}}?\}}|\*\|\w+\|\*", re.IGNORECASE)


def check(inspection: Inspection) -> Iterator[Finding]:
    """Look at the subject, the preheader and the text of the mail; name each file that such a field stands in."""
    edition = inspection.edition
    mailed = dict.fromkeys(_fields(f"{edition.subject}\n{edition.preheader}\n{inspection.message.text}"))
    if not mailed:
        return
    found: set[str] = set()
    for file, article in _files(inspection.issue):
        for field, line in _lines(inspection.config.root / file):
            if field in mailed:
                found.add(field)
                yield _finding(
                    field, "Take it out: only a template can greet by name, see docs/templates.md.", file, line, article
                )
    for field in mailed:
        if field not in found:
            yield _finding(field, "Look in the template: it says {{ reader.name }} where a name is to stand.")


def _fields(text: str) -> Iterator[str]:
    return (" ".join(found[0].split()) for found in _FIELD.finditer(text))


def _files(issue: Issue) -> Iterator[tuple[str, str | None]]:
    """The files whose words are mailed, with the article that each is."""
    yield from ((f"issues/{issue.name}/{name}", None) for name in (FILE, INTRODUCTION))
    yield from ((p.article.file, p.article.id) for p in issue.placements if p.article.file)
    yield from ((part.file, None) for part in issue.flow if isinstance(part, Block) and part.file)


def _lines(file: Path) -> Iterator[tuple[str, int]]:
    """Each field of a file once, with the last line that has it: above may stand what is not mailed."""
    with suppress(OSError):
        lines = file.read_text("utf-8", "replace").splitlines()
        yield from {field: number for number, line in enumerate(lines, start=1) for field in _fields(line)}.items()


def _finding(
    field: str, remedy: str, file: str | None = None, line: int | None = None, article: str | None = None
) -> Finding:
    return Finding(
        code="field-not-filled",
        level="warning",
        sentence=f"“{field}” is mailed as it stands here; nothing fills it in.",
        remedy=remedy,
        file=file,
        line=line,
        article=article,
    )

"""A zip file, opened only when it unpacks to what a list of readers can be.

`zipfile` gives no more bytes of a member than the archive declares, so what is declared can be judged beforehand.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from newsletter.errors import ContentError

MOST_UNPACKED = 512 * 1024 * 1024
"""Bytes; five million readers."""

_MOST_MEMBERS = 10_000
_HIGHEST_RATIO = 100
_SMALL = 10 * 1024 * 1024
"""Bytes up to which the ratio is not asked for: a small spreadsheet may repeat itself."""

_ENCRYPTED = 0x1
_ENDINGS = (".csv", ".tsv", ".txt")
_MAILCHIMP = ("cleaned_", "unsubscribed_", "nonsubscribed_", "subscribed_")
"""Beginnings of the names in Mailchimp's export; those that opted out are read first, so that they win over a double."""
_SUBSTACK = ("email_list",)


def open_archive(content: BinaryIO, file: Path) -> ZipFile:
    """Open an archive. Raises: ContentError for one that is damaged, encrypted or a bomb."""
    try:
        archive = ZipFile(content)
    except (BadZipFile, NotImplementedError, ValueError, OSError):
        raise damaged(file) from None
    members = archive.infolist()
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise ContentError(f"{file.name} is locked with a password.", "Unpack it, and import the list inside.")
    if len({member.filename for member in members}) < len(members):
        raise damaged(file)
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if (
        len(members) > _MOST_MEMBERS
        or unpacked > MOST_UNPACKED
        or (unpacked > _SMALL and unpacked > _HIGHEST_RATIO * packed)
    ):
        raise ContentError(
            f"{file.name} unpacks to {unpacked // 1024**2:,} MB in {len(members):,} files, which no list of readers does.",
            "Unpack it yourself, and import the list inside as CSV.",
        )
    return archive


def damaged(file: Path) -> ContentError:
    """The error for an archive or spreadsheet that cannot be unpacked."""
    return ContentError(f"{file.name} is damaged.", "Export the list again, or save it as CSV.")


def lists_in(archive: ZipFile, file: Path) -> tuple[Sequence[ZipInfo], Sequence[str]]:
    """Return the lists of readers in an archive, and the names of the other tables in it, which are not read.

    Raises: ContentError when there is none, or nobody can know which it is.
    """
    tables = [member for member in archive.infolist() if _name(member).endswith(_ENDINGS) and not _hidden(member)]
    for beginnings in (_MAILCHIMP, _SUBSTACK):
        found = [member for start in beginnings for member in tables if _name(member).startswith(start)]
        if found:
            return found, [member.filename for member in tables if member not in found]
    if len(tables) == 1:
        return tables, ()
    if not tables:
        raise ContentError(f"{file.name} holds no list of readers.", f"A list in it ends in {', '.join(_ENDINGS)}.")
    names = ", ".join(member.filename for member in tables[:5])
    raise ContentError(
        f"{file.name} holds {len(tables)} tables: {names}{', …' if len(tables) > 5 else ''}.",
        "Unpack it, and import the one that lists readers.",
    )


def _name(member: ZipInfo) -> str:
    return PurePosixPath(member.filename).name.lower()


def _hidden(member: ZipInfo) -> bool:
    """Whether it is what a Mac adds beside each file."""
    return member.is_dir() or member.filename.startswith("__MACOSX/") or _name(member).startswith(".")

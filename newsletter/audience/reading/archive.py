"""A zip file, opened only when it unpacks to what a list of readers can be.

`zipfile` gives no more bytes of a member than the archive declares, so what is declared can be judged beforehand.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

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
"""Beginnings of the names in Mailchimp's export. Who opted out is read first, and so wins over a double."""
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
            f"{file.name} unpacks to {len(members):,} files of {unpacked // 1024**2:,} MB; no list of readers does.",
            "Unpack it yourself, and import the list inside as CSV.",
        )
    return archive


def damaged(file: Path) -> ContentError:
    """The error for an archive or spreadsheet that cannot be unpacked."""
    return ContentError(f"{file.name} is damaged.", "Export the list again, or save it as CSV.")


def lists_in(archive: ZipFile, file: Path) -> tuple[Sequence[str], Sequence[str]]:
    """Name the lists of readers in an archive, and the other tables in it, which are not read.

    Raises: ContentError when there is none, or nobody can know which it is.
    """
    tables = [name for name in archive.namelist() if name.lower().endswith(_ENDINGS) and not _hidden(name)]
    for beginnings in (_MAILCHIMP, _SUBSTACK):
        if found := [name for start in beginnings for name in tables if _stem(name).startswith(start)]:
            return found, [name for name in tables if name not in found]
    if not tables:
        raise ContentError(f"{file.name} holds no list of readers.", f"A list in it ends in {', '.join(_ENDINGS)}.")
    if len(tables) > 1:
        names = ", ".join(tables[:5]) + (", …" if len(tables) > 5 else "")
        hint = "Unpack it, and import the one that lists readers."
        raise ContentError(f"{file.name} holds {len(tables)} tables: {names}.", hint)
    return tables, ()


def _stem(name: str) -> str:
    return PurePosixPath(name).name.lower()


def _hidden(name: str) -> bool:
    """Whether it is what a Mac adds beside each file."""
    return name.startswith("__MACOSX/") or _stem(name).startswith(".")

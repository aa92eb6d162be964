"""Lists of readers for tests: the invented exports beside this file, and spreadsheets as Excel zips them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from newsletter.audience.files import Reading, Reject, Row, open_list
from newsletter.model.subscriber import FieldType

LISTS = Path(__file__).parent / "lists"
ZONE = ZoneInfo("Europe/Amsterdam")

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


@contextmanager
def opened(
    file: Path, fields: Mapping[str, FieldType] | None = None, columns: Mapping[str, str] | None = None
) -> Iterator[Reading]:
    """Open a list as the newsroom in Amsterdam does."""
    with open_list(file, fields=fields or {}, columns=columns or {}, zone=ZONE) as reading:
        yield reading


def rows(file: Path, fields: Mapping[str, FieldType] | None = None) -> list[Row]:
    """All rows of a list that has no rejects."""
    with opened(file, fields) as reading:
        found = list(reading)
    assert [reject for reject in found if isinstance(reject, Reject)] == []
    return [row for row in found if isinstance(row, Row)]


def rejects(file: Path, fields: Mapping[str, FieldType] | None = None) -> list[Reject]:
    """All rejects of a list."""
    with opened(file, fields) as reading:
        return [found for found in reading if isinstance(found, Reject)]


def sheet(table: Iterable[Sequence[str | float]]) -> str:
    """The XML of the rows of a sheet."""
    return "".join(f'<row r="{number}">{_cells(row, number)}</row>' for number, row in enumerate(table, 1))


def write_workbook(file: Path, **sheets: str) -> Path:
    """Write a spreadsheet with these sheets, each given as the XML of its rows."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_KIND}"/></Types>',
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, 1 + len(sheets))]
        ),
        **{
            f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{content}</sheetData></worksheet>'
            for n, content in enumerate(sheets.values(), 1)
        },
    }
    return write_zip(file, parts)


def write_zip(file: Path, parts: Mapping[str, str | bytes]) -> Path:
    """Write an archive with these files."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


def _cells(row: Sequence[str | float], number: int) -> str:
    return "".join(_cell(value, f"{chr(65 + place)}{number}") for place, value in enumerate(row))


def _cell(value: str | float, place: str) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>'

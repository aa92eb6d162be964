"""The account of a pasted text: what became of each of its lines, what was found, and how surely."""

from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.model.article import Evidence, Line, LineUse, Sureness
from newsletter.model.finding import Finding, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One non-empty line: ``raw`` as it stands in the source, ``text`` normalised; the gaps are blank lines.

    A paragraph that was wrapped is its first line, with the words of all in ``text`` and the others in ``rest``.
    """

    number: int
    raw: str
    text: str
    gap_before: bool
    gap_after: bool
    rest: tuple["SourceLine", ...] = ()


class Account:
    """Everything a reading has to answer for. Each line is placed at most once; what nobody placed is ``open``."""

    def __init__(self, lines: Iterable[SourceLine], file: str) -> None:
        self.all = tuple(lines)
        self.file = file
        self.evidence: list[Evidence] = []
        self.notes: list[Finding] = []
        self._placed: dict[int, tuple[LineUse, str]] = {}

    @property
    def open(self) -> list[SourceLine]:
        """The lines that nobody has placed yet, in order."""
        return [line for line in self.all if line.number not in self._placed]

    @property
    def lines(self) -> tuple[Line, ...]:
        """What became of every line, in order."""
        return tuple(line for paragraph in self.all for line in self._lines(paragraph))

    def use_of(self, line: SourceLine) -> LineUse | None:
        """Return what a line was placed as, None while it is open."""
        placed = self._placed.get(line.number)
        return placed[0] if placed else None

    def place(self, line: SourceLine, use: LineUse, what: str) -> None:
        """Say what a line is. Placing it a second time is a bug."""
        if line.number in self._placed:
            raise AssertionError(f"line {line.number} is placed already")
        self._placed[line.number] = (use, what)

    def found(self, field: str, sureness: Sureness, why: str) -> None:
        """Record how surely a field was found; the first word on a field stands."""
        if all(known.field != field for known in self.evidence):
            self.evidence.append(Evidence(field=field, sureness=sureness, why=why))

    def note(
        self, code: str, sentence: str, remedy: str = "", *, line: SourceLine | None = None, level: Level = "note"
    ) -> None:
        """Record something the editor may want to look at."""
        number = line.number if line else None
        self.notes.append(
            Finding(code=code, level=level, sentence=sentence, remedy=remedy, file=self.file, line=number)
        )

    def _lines(self, paragraph: SourceLine) -> Iterable[Line]:
        use, what = self._placed.get(paragraph.number, ("unplaced", "unknown"))
        for line in (paragraph, *paragraph.rest):
            yield Line(number=line.number, use=use, what=what, text=line.raw)

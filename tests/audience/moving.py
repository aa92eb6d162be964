"""A list moved into a store, for tests: what the command does, without the command."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.audience import transfer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.audience.takeback import TakenBack, take_back
from newsletter.audience.transfer import Manner, Survey
from newsletter.model.subscriber import ConsentText, FieldType, Subscriber
from newsletter.store import subscribers
from newsletter.store.database import Store
from newsletter.store.imports import Import

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 19, tzinfo=UTC)
CONSENT = ConsentText(text="Ja, stuur mij de weekbrief. Ledenformulier, maart 2024, Heuveldam", version="1")
CONSENTED = Manner(text=CONSENT)
KEY = EraseKey(secret=b"sleutel voor wie vergeten wil worden")


@dataclass
class Moving:
    """Lists written to a folder and imported into a store, at a moment that stands still until it is moved."""

    folder: Path
    store: Store
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    now: datetime = NOW

    def draw(self) -> str:
        """Ids in the order in which they are drawn, so that a failing test shows the same ones each time."""
        return f"{next(self.numbers):032x}"

    def written(self, text: str | bytes, name: str = "lezers.csv") -> Path:
        """Write a list to a file."""
        file = self.folder / name
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def survey(
        self, text: str | bytes, manner: Manner = CONSENTED, *, key: EraseKey | None = KEY, name: str = "lezers.csv"
    ) -> Survey:
        """Say what importing a list would do."""
        return self._moved(text, manner, key, name, apply=False)[0]

    def bring(
        self, text: str | bytes, manner: Manner = CONSENTED, *, key: EraseKey | None = KEY, name: str = "lezers.csv"
    ) -> Import:
        """Import a list, and hold that what was surveyed is what was done."""
        survey, done = self._moved(text, manner, key, name, apply=True)
        assert done is not None
        assert done.state == "done"
        assert (done.new, done.changed) == (survey.new.total(), survey.changes)
        assert (done.unchanged, done.stayed) == (survey.unchanged, survey.stayed.total())
        assert done.new + done.changed + done.unchanged + done.stayed + done.rejected == survey.lines
        return done

    def _moved(
        self, text: str | bytes, manner: Manner, key: EraseKey | None, name: str, *, apply: bool
    ) -> tuple[Survey, Import | None]:
        with transfer.survey(
            self.store,
            self.written(text, name),
            manner,
            fields=self.fields,
            zone=ZONE,
            key=key,
            at=self.now,
            progress=lambda _: None,
        ) as survey:
            if not apply:
                return survey, None
            occasion = Occasion(at=self.now, zone=ZONE, source="import", text=manner.text)
            done = transfer.apply(
                self.store, survey, manner, occasion, key=key, draw=self.draw, progress=lambda _: None
            )
            return survey, done

    def undo(self, number: int) -> TakenBack:
        """Take an import back."""
        occasion = Occasion(at=self.now, zone=ZONE, source="operator")
        return take_back(self.store, number, occasion, progress=lambda _: None)

    def everyone(self) -> dict[str, Subscriber]:
        """All subscribers by the keys of their addresses."""
        with self.store.reading() as transaction:
            return {known.key: known.subscriber for known in subscribers.every(transaction)}

"""A list moved into a store, for tests: what the command does, without the command."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.audience import consent, erasure, transfer
from newsletter.audience.erasure import EraseKey
from newsletter.audience.occasion import Occasion
from newsletter.audience.replay import Standing
from newsletter.audience.takeback import TakenBack, take_back
from newsletter.audience.transfer import Manner, Survey
from newsletter.model.subscriber import ConsentText, FieldType, Subscriber
from newsletter.store import subscribers
from newsletter.store.database import Store
from newsletter.store.imports import Import
from newsletter.store.subscribers import Known

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
        with self.surveying(text, manner, key=key, name=name) as survey:
            return survey

    def bring(
        self, text: str | bytes, manner: Manner = CONSENTED, *, key: EraseKey | None = KEY, name: str = "lezers.csv"
    ) -> Import:
        """Import a list, and hold that what was surveyed is what was done."""
        with self.surveying(text, manner, key=key, name=name) as survey:
            done = self.apply(survey, manner, key=key)
        assert done.state == "done"
        assert (done.new, done.changed) == (survey.new.total(), survey.changes)
        assert (done.unchanged, done.stayed) == (survey.unchanged, survey.stayed.total())
        assert done.new + done.changed + done.unchanged + done.stayed + done.rejected == survey.lines
        return done

    @contextmanager
    def surveying(
        self, text: str | bytes, manner: Manner = CONSENTED, *, key: EraseKey | None = KEY, name: str = "lezers.csv"
    ) -> Iterator[Survey]:
        """Survey a list, and keep what was read as long as it may have to be imported."""
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
            yield survey

    def apply(
        self,
        survey: Survey,
        manner: Manner = CONSENTED,
        *,
        key: EraseKey | None = KEY,
        progress: Callable[[int], object] = lambda _: None,
    ) -> Import:
        """Import a list that was surveyed."""
        occasion = Occasion(at=self.now, zone=ZONE, source="import", text=manner.text)
        return transfer.apply(self.store, survey, manner, occasion, key=key, draw=self.draw, progress=progress)

    def opt_out(self, key: str, how: str) -> None:
        """Have a reader leave, complain or bounce, or the operator block or erase him."""
        identity = self.everyone()[key].id
        reader = Occasion(at=self.now, zone=ZONE, source="one-click")
        operator = Occasion(at=self.now, zone=ZONE, source="operator", note="op verzoek")
        with self.store.writing() as transaction:
            match how:
                case "left":
                    consent.leave(transaction, identity, reader)
                case "complained":
                    consent.complain(transaction, identity, reader)
                case "bounced":
                    consent.bounce(transaction, identity, reader)
                case "blocked":
                    consent.block(transaction, key, operator, key=None, draw=self.draw)
                case "erased":
                    erasure.erase(transaction, key, operator, key=KEY)
                case _:
                    raise ValueError(how)

    def undo(self, number: int) -> TakenBack:
        """Take an import back."""
        occasion = Occasion(at=self.now, zone=ZONE, source="operator")
        return take_back(self.store, number, occasion, progress=lambda _: None)

    def everyone(self) -> dict[str, Subscriber]:
        """All subscribers by the keys of their addresses."""
        with self.store.reading() as transaction:
            return {known.key: known.subscriber for known in subscribers.every(transaction)}


def standing_of(known: Known) -> Standing:
    """How the list's columns say that somebody stands."""
    return Standing(
        consent=known.consent,
        complained_at=known.complained_at,
        bounced_at=known.bounced_at,
        blocked_at=known.blocked_at,
    )

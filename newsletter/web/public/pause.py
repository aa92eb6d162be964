"""Taking a pause: no mail until a day, after which it comes again by itself.

It is found among the preferences, and beside the button that leaves. Who came by the link to leave stays behind it: it
opens nobody's preferences.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from newsletter.audience import preferences
from newsletter.audience.reading import values as read
from newsletter.audience.reading.values import Unusable
from newsletter.errors import UsageError
from newsletter.links import Purpose
from newsletter.model.subscriber import Subscriber
from newsletter.store.subscribers import Known
from newsletter.web.public import reader
from newsletter.web.public.asked import Asked
from newsletter.web.public.language import spoken_to
from newsletter.web.public.page import page, see
from newsletter.web.public.preferences import here, saved
from newsletter.web.public.service import Service
from newsletter.web.public.subscribe import Failure
from newsletter.words import Words

USUAL = timedelta(weeks=4)
"""What the page proposes."""

LONGEST = timedelta(days=366)
"""A longer pause is a slip of the hand, or a leaving that should be one."""


@dataclass(frozen=True, slots=True)
class Pausing:
    """The page that a pause begins and ends on, behind the link for one purpose."""

    service: Service
    purpose: Purpose = "preferences"

    def show(self, asked: Asked) -> Response:
        """Ask until when; of who gets no mail anyway, the page that led here says why."""
        known = reader.find(self.service, self.purpose, asked)
        if known.subscriber.status != "confirmed":
            return see(self._back(known.subscriber))
        return self._page(asked, known)

    def save(self, asked: Asked) -> Response:
        """Begin a pause, or end it."""
        service = self.service
        known = reader.find(service, self.purpose, asked)
        words = spoken_to(asked, service.config, known.subscriber)
        ends = "end" in asked.form
        until = None if ends else self._day(asked.typed("until"))
        if until is None and not ends:
            return self._page(asked, known, self._failure(words))
        try:
            with service.store.writing() as transaction:
                preferences.pause(transaction, known.subscriber.id, until, service.occasion("form"))
        except UsageError:  # he left meanwhile, which the page says that led here
            return see(self._back(known.subscriber))
        said_at = self._back(known.subscriber) + ("/pause" if self.purpose == "leave" else "")
        return see(f"{said_at}?saved={'resumed' if ends else 'pause'}")

    def _back(self, one: Subscriber) -> str:
        """The path of the page that led here."""
        service = self.service
        return here(service, one) if self.purpose == "preferences" else service.here(service.links.unsubscribe(one.id))

    def _page(self, asked: Asked, known: Known, failure: Failure | None = None) -> Response:
        service, one = self.service, known.subscriber
        words = spoken_to(asked, service.config, one)
        paused = one.paused_until is not None and one.paused_until > self._today
        proposed = one.paused_until if paused and one.paused_until else self._today + USUAL
        values = {
            "address": one.address,
            "failure": failure,
            "saved": None if failure else saved(words, asked, one, paused=paused),
            "until": asked.typed("until") if failure else proposed.isoformat(),
            "first": (self._today + timedelta(days=1)).isoformat(),
            "last": (self._today + LONGEST).isoformat(),
            "paused": paused,
            "link": (self._back(one), words("Unsubscribe" if self.purpose == "leave" else "Your preferences")),
        }
        return page(service, words, "pause.html", values, status=422 if failure else 200)

    def _failure(self, words: Words) -> Failure:
        return Failure(
            what=words("Your pause has not begun yet."),
            then=words("Check the day below."),
            wrong=words(
                "Choose a day between {first} and {last}.",
                first=words.day(self._today + timedelta(days=1)),
                last=words.day(self._today + LONGEST),
            ),
        )

    def _day(self, typed: str) -> date | None:
        """Read a day as a browser sends it, or as people write it where it shows no calendar; None when it is none."""
        try:
            day = read.day(typed, self.service.config.newsletter.time_zone, None)
        except Unusable:
            return None
        return day if timedelta(0) < day - self._today <= LONGEST else None

    @property
    def _today(self) -> date:
        return self.service.occasion("form").day

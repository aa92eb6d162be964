"""Confirming a sign-up: the link in the mail asks, the button confirms, once and within seven days."""

from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from newsletter import schedule
from newsletter.audience import consent
from newsletter.audience.asking import CONFIRM_WITHIN
from newsletter.errors import ConfigError, ConsentError
from newsletter.links import Ticket, open_ticket
from newsletter.model.subscriber import ConsentRecord, ConsentText, Subscriber
from newsletter.readership import worded
from newsletter.store import consents, subscribers
from newsletter.store.database import Transaction
from newsletter.store.subscribers import Known
from newsletter.web.public import trouble, wording
from newsletter.web.public.asked import Asked
from newsletter.web.public.language import kept, paper, publication_day, spoken_to
from newsletter.web.public.page import page
from newsletter.web.public.service import Service
from newsletter.web.public.trouble import Told
from newsletter.words import Words

Standing = Literal["open", "used", "overtaken", "expired", "gone"]
"""How it stands with a sign-up. Used: he confirmed it. Overtaken: something else happened since."""

DECISIVE = consent.OVERTAKES
"""After one of these an earlier sign-up confirms nothing: `consent.confirm` refuses it, and no button is shown."""


@dataclass(frozen=True, slots=True)
class Confirming:
    """The pages behind the link that asks."""

    service: Service

    def ask(self, asked: Asked) -> Response:
        """Ask, or say why this link confirms nothing."""
        ticket = open_ticket(self.service.keys, "confirm", asked.token)
        if ticket is None:
            return trouble.foreign(self.service, asked)
        with self.service.store.reading() as transaction:
            known, standing = self._standing(transaction, ticket)
        if known is None or standing != "open":
            return self._closed(asked, known, standing)
        return self._question(asked, known.subscriber)

    def confirm(self, asked: Asked) -> Response:
        """Confirm, and welcome; or say why not."""
        service = self.service
        ticket = open_ticket(service.keys, "confirm", asked.token)
        if ticket is None:
            return trouble.foreign(service, asked)
        with service.store.writing() as transaction:
            known, standing = self._standing(transaction, ticket)
            reader = self._confirmed(transaction, asked, ticket, known) if known and standing == "open" else None
        if reader is None:
            return self._closed(asked, known, standing if standing != "open" else "overtaken")
        service.wake()
        return self._welcome(spoken_to(asked, service.config, reader), reader)

    def _confirmed(self, transaction: Transaction, asked: Asked, ticket: Ticket, known: Known) -> Subscriber | None:
        """Confirm, and return the reader as he is then; None when that is refused."""
        service = self.service
        words = spoken_to(asked, service.config, known.subscriber)
        shown = question(words, paper(service.config))
        occasion = service.occasion("form", origin=asked.origin, text=shown)
        welcome = service.config.pages.welcome
        try:
            return consent.confirm(transaction, ticket.number, occasion, key=service.erase_key, welcome=welcome)
        except ConsentError:
            return None

    def _standing(self, transaction: Transaction, ticket: Ticket) -> tuple[Known | None, Standing]:
        """Look at a sign-up without changing anything; what changes it judges for itself again."""
        record = consents.get(transaction, ticket.number)
        known = subscribers.get(transaction, ticket.subscriber)
        if record is None or known is None or record.subscriber != ticket.subscriber:
            return None, "gone"
        since = [one for one in consents.of(transaction, ticket.subscriber) if one.id > record.id]
        if how := _overtaken(since):
            return known, how
        if record.what != "signed up" and known.subscriber.status != "pending":
            return known, "overtaken"  # a list, or the operator, asked, and he needs not be asked any more
        return known, "expired" if self.service.now() - record.at > CONFIRM_WITHIN else "open"

    def _question(self, asked: Asked, reader: Subscriber) -> Response:
        config = self.service.config
        words = spoken_to(asked, config, reader)
        values = {
            "address": reader.address,
            "day": publication_day(words, config),
            "keep_days": config.readers.keep_pending if reader.status == "pending" else 0,
        }
        return page(self.service, words, "confirm.html", values)

    def _welcome(self, words: Words, reader: Subscriber) -> Response:
        service = self.service
        values = {
            "address": reader.address,
            "next_day": _next_day(service, words),
            "preferences": service.here(service.links.preferences(reader.id)),
        }
        return page(service, words, "confirmed.html", values)

    def _closed(self, asked: Asked, known: Known | None, standing: Standing) -> Response:
        """Say why a link confirms nothing; when it was used and he still gets the mail, that all is well."""
        service = self.service
        words = spoken_to(asked, service.config, known.subscriber if known else None)
        if standing == "used" and known and known.subscriber.status == "confirmed":
            told = Told(
                title=words("You are subscribed already"),
                paragraphs=(words("This link has done its work, and you need do nothing more."),),
            )
            return trouble.tell(service, words, told)
        values = {
            "shown": wording.closed(words, standing if standing in {"expired", "gone"} else "overtaken"),
            "guard": service.guard.fields(),
            "chosen": kept(words, asked, service.config),
        }
        return page(service, words, "expired.html", values, status=410)


def question(words: Words, name: str) -> ConsentText:
    """What he agrees to, as a consent record quotes it: without his address, which must not outlive him there."""
    title = words("Would you like to receive {paper}?", paper=name)
    return worded(f"{title}\n{words('Yes, confirm my subscription')}")


def _overtaken(since: list[ConsentRecord]) -> Literal["used", "overtaken"] | None:
    """Whether something happened after a sign-up that keeps it from being confirmed, the last of it."""
    decisive = [one.what for one in since if one.what in DECISIVE]
    if not decisive:
        return None
    return "used" if decisive[-1] == "confirmed" else "overtaken"


def _next_day(service: Service, words: Words) -> str:
    """The day of the next issue, empty when there is none to be told."""
    newsletter = service.config.newsletter
    try:
        at = schedule.next_publication(service.now(), newsletter.publish, newsletter.quiet, newsletter.time_zone)
    except ConfigError:  # every publication day is a quiet one, which is the operator's to mend
        return ""
    return words.weekday(at.astimezone(newsletter.time_zone).date())

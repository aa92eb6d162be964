"""Leaving: one click from the mail's page; a pause is offered. What mail programs post themselves is in `one_click`.

The link never expires. It answers kindly as well when its reader has left already or was erased: nothing is left to do.
Mail servers, lists and archives know it, so no page behind it leads to preferences, which are for the reader alone.
Who left by mistake is asked anew by mail: an undo at once would be for whoever holds an old mail.
"""

from dataclasses import dataclass

from starlette.responses import Response

from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.model.subscriber import Subscriber
from newsletter.store import subscribers
from newsletter.store.subscribers import Known
from newsletter.web.public import reader, trouble, wording
from newsletter.web.public.asked import Asked
from newsletter.web.public.guard import Later
from newsletter.web.public.language import paper, spoken_to
from newsletter.web.public.page import page, see
from newsletter.web.public.reader import Gone
from newsletter.web.public.service import Service
from newsletter.web.public.subscribe import sent
from newsletter.web.public.trouble import Told

LONGEST_REASON = 500
"""Characters that are kept of a reason."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The pages behind the link to leave."""

    service: Service

    def ask(self, asked: Asked) -> Response:
        """Ask, with the button that leaves."""
        try:
            known = reader.find(self.service, "leave", asked)
        except Gone as gone:
            return self._nobody(asked, gone)
        if known.consent == "left":
            return self._left(asked, known)
        one = known.subscriber
        here = self.service.here(self.service.links.unsubscribe(one.id))
        values = {"address": one.address, "pause": f"{here}/pause" if one.status == "confirmed" else ""}
        return page(self.service, spoken_to(asked, self.service.config, one), "leave.html", values)

    def leave(self, asked: Asked) -> Response:
        """Leave, with a reason or without."""
        service = self.service
        try:
            who = reader.find(service, "leave", asked).subscriber.id
        except Gone as gone:
            return self._nobody(asked, gone)
        occasion = service.occasion("form", note=_reason(asked.form.get("reason", "")))
        with service.store.writing() as transaction:
            consent.leave(transaction, who, occasion)
            known = subscribers.get(transaction, who)
        return self._left(asked, known) if known else self._nobody(asked, Gone())

    def back(self, asked: Asked) -> Response:
        """The address of the button that says it was a mistake, opened as a page: the one with the button."""
        return see(f"{self.service.base}/leave/{asked.token}")

    def mistake(self, asked: Asked) -> Response:
        """Sign up again at the same address: he gets a mail that asks him, as everybody does."""
        service = self.service
        try:
            one = reader.find(service, "leave", asked).subscriber
        except Gone:
            return trouble.gone(service, asked)
        verdict = service.guard.within_limits(origin=asked.origin, address=one.address)
        if isinstance(verdict, Later):
            return trouble.too_many(service, asked, verdict)
        words = spoken_to(asked, service.config, one)
        self._sign_up(asked, one)
        return sent(service, asked, words, one.address)

    def _sign_up(self, asked: Asked, one: Subscriber) -> None:
        service = self.service
        words = spoken_to(asked, service.config, one)
        shown = wording.at_leaving(asked.typed(wording.PAGE), words, service.config)
        newcomer = Newcomer(address=one.address, name=one.name, language=one.language)
        with service.store.writing() as transaction:
            occasion = service.occasion("form", origin=asked.origin, text=shown)
            consent.sign_up(transaction, newcomer, occasion, key=service.erase_key, draw=service.draw)
        service.wake()

    def _left(self, asked: Asked, known: Known) -> Response:
        one = known.subscriber
        values = {"address": one.address, "leave": self.service.here(self.service.links.unsubscribe(one.id))}
        return page(self.service, spoken_to(asked, self.service.config, one), "left.html", values)

    def _nobody(self, asked: Asked, gone: Gone) -> Response:
        """Say to who was erased what he wants to hear: that he gets no mail; where nobody knows that, what helps."""
        service = self.service
        words = spoken_to(asked, service.config)
        if not gone.gets_no_mail:
            return trouble.nobody_by_now(service, asked)
        sentence = words(
            "We have no data about you any more, so you get no mail from {paper}.", paper=paper(service.config)
        )
        told = Told(
            title=words("You are unsubscribed"),
            paragraphs=(sentence,),
            button=trouble.to_subscribe(service, asked, words),
        )
        return trouble.tell(service, words, told)


def _reason(typed: str) -> str:
    """Return a reason as one line that can be kept; empty without one."""
    line = " ".join("".join(c if c.isprintable() else " " for c in typed).split())
    return line[:LONGEST_REASON]

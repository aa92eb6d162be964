"""Subscribing: the page, the form for the newspaper's own site, and “look in your mail”.

Whether an address is known is never told: the answer is the same, and so is the time it takes (`server` sees to that).
What the page says stands in `wording`, and the consent record quotes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from newsletter import addresses
from newsletter.audience import consent
from newsletter.audience.consent import Newcomer
from newsletter.web.public import trouble, wording
from newsletter.web.public.asked import Asked
from newsletter.web.public.guard import TOKEN, Again, Later, Pass
from newsletter.web.public.language import chosen, kept, own_name, spoken_to
from newsletter.web.public.page import bold, fragment, page
from newsletter.web.public.service import Service
from newsletter.web.public.wording import PAGE, corrected, invitation
from newsletter.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a form was not taken: what did not happen, what to do, and the sentence below the field (may be empty)."""

    what: str
    then: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Subscribing:
    """The pages of who is not on the list yet, or may be."""

    service: Service

    def show(self, asked: Asked) -> Response:
        """The page with the form."""
        return self._form(asked)

    def paste(self, asked: Asked) -> Response:
        """The form for another site, to be copied."""
        words = spoken_to(asked, self.service.config)
        values = {"action": f"{self.service.links.subscribe}?lang={words.language}", "words": words}
        return page(self.service, words, "paste.html", {"code": fragment("paste_code.html", values)})

    def send(self, asked: Asked) -> Response:
        """Take an address, and say that a mail is on its way; to whatever address, and whatever we know of it."""
        words = spoken_to(asked, self.service.config)
        address = asked.typed("email")
        if wrong := misspelt(address, words):
            failure = Failure(
                what=words("Your subscription was not sent yet."),
                then=words("Check the e-mail address below."),
                wrong=wrong,
            )
            return self._form(asked, failure)
        match self.service.guard.judge(asked.form, origin=asked.origin, address=address):
            case Later() as later:
                return trouble.too_many(self.service, asked, later)
            case Again() if TOKEN not in asked.form:
                return self._once_more(asked, words, address)
            case Again() as again:
                failure = Failure(what=words("Your subscription was not sent yet."), then=words(again.sentence))
                return self._form(asked, failure, again.fields)
            case Pass():
                self._sign_up(asked, words, address)
        return sent(self.service, asked, words, address)

    def _form(self, asked: Asked, failure: Failure | None = None, guarded: Mapping[str, str] | None = None) -> Response:
        """Show the form. ``guarded`` are the guard's fields where it gave some: a form that waits keeps its age."""
        words = spoken_to(asked, self.service.config)
        shown = (corrected if failure and failure.wrong else invitation)(words, self.service.config)
        values = {
            "shown": shown,
            "guard": guarded or self.service.guard.fields(),
            "failure": failure,
            "typed": asked.typed("email"),
            "chosen": chosen(asked, self.service.config),
            "others": [
                (code, own_name(code)) for code in self.service.config.pages.languages if code != words.language
            ],
        }
        return page(self.service, words, "subscribe.html", values, status=422 if failure else 200)

    def _once_more(self, asked: Asked, words: Words, address: str) -> Response:
        """Ask once more on a page of ours.

        A form on the newspaper's own site is a plain piece of HTML: it has no token, since it was not we who showed it.
        So it stores nothing and has no mail sent; the button on our page, which has a token, does.
        """
        values = {
            "shown": wording.once_more(words, self.service.config, bold(address)),
            "guard": self.service.guard.fields(),
            "typed": address,
            "chosen": chosen(asked, self.service.config),
        }
        return page(self.service, words, "once_more.html", values)

    def _sign_up(self, asked: Asked, words: Words, address: str) -> None:
        service = self.service
        shown = wording.at_subscribing(asked.typed(PAGE), words, service.config)
        occasion = service.occasion("form", origin=asked.origin, text=shown)
        newcomer = Newcomer(address=address, language=words.language)
        with service.store.writing() as transaction:
            consent.sign_up(transaction, newcomer, occasion, key=service.erase_key, draw=service.draw)
        service.wake()


def sent(service: Service, asked: Asked, words: Words, address: str) -> Response:
    """Answer that a mail is on its way, with a button that asks for it again."""
    values = {
        "shown": wording.sent(words, bold(address)),
        "guard": service.guard.fields(),
        "typed": address,
        "chosen": kept(words, asked, service.config),
    }
    return page(service, words, "sent.html", values)


def misspelt(address: str, words: Words) -> str:
    """Say in a sentence what is wrong with an address as it was typed; empty when nothing is."""
    if not address:
        return words("Fill in your e-mail address.")
    if addresses.fault(address) is None:
        return ""
    local, at, domain = address.rpartition("@")
    if not (local and at and "." in domain.strip(".")):
        return words("This address is incomplete. Write it so: name@example.com")
    return words("No mail can be sent to this address. Look at how it is spelt.")

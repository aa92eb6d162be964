"""Changing one's address: asked for among the preferences, confirmed at the new address, undone from the old one.

Neither page shows the other address: whoever opens a link may be a stranger to it, by a slip of the hand or a theft.
"""

from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from newsletter import addresses
from newsletter.audience import address
from newsletter.audience.address import CONFIRM_WITHIN
from newsletter.config import Config
from newsletter.errors import ConsentError
from newsletter.links import Ticket, open_ticket
from newsletter.model.subscriber import ConsentText, Subscriber
from newsletter.readership import worded
from newsletter.store import moves, subscribers
from newsletter.store.database import Transaction
from newsletter.store.moves import Move
from newsletter.store.subscribers import Known
from newsletter.web.public import reader, trouble
from newsletter.web.public.asked import Asked
from newsletter.web.public.guard import Later
from newsletter.web.public.language import paper, spoken_to
from newsletter.web.public.page import bold, page, see
from newsletter.web.public.preferences import here, standing
from newsletter.web.public.reader import Gone, Stranger
from newsletter.web.public.service import Service
from newsletter.web.public.subscribe import Failure, misspelt
from newsletter.web.public.trouble import Told
from newsletter.web.public.wording import LEFT_OUT
from newsletter.words import Words

Errand = Literal["move", "back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A page that asks: title, a sentence, more of it, the button, a link as path and words, and a hint."""

    title: str
    sentence: str
    button: str
    more: str = ""
    link: tuple[str, str] | None = None
    hint: str = ""

    @property
    def text(self) -> ConsentText:
        """All of it but the link, as a consent record quotes it."""
        lines = (self.title, self.sentence, self.more, self.button, self.hint)
        return worded("\n".join(filter(None, lines)))


@dataclass(frozen=True, slots=True)
class Moving:
    """The pages of a change of address."""

    service: Service

    def show(self, asked: Asked) -> Response:
        """Ask for the new address; of who gets no mail, the preferences say why."""
        known = reader.find(self.service, "preferences", asked)
        if known.subscriber.status != "confirmed":
            return see(here(self.service, known.subscriber))
        return self._form(asked, known)

    def send(self, asked: Asked) -> Response:
        """Have the new address asked; the answer is the same whether it is known here or not."""
        service = self.service
        known = reader.find(service, "preferences", asked)
        one = known.subscriber
        if one.status != "confirmed":
            return see(here(service, one))
        words = spoken_to(asked, service.config, one)
        new = asked.typed("email")
        if wrong := _unfit(new, known, words):
            return self._form(asked, known, wrong)
        verdict = service.guard.within_limits(origin=asked.origin, address=new)
        if isinstance(verdict, Later):
            return trouble.too_many(service, asked, verdict)
        with service.store.writing() as transaction:
            occasion = service.occasion("form", origin=asked.origin, text=_shown(words))
            address.ask(transaction, one.id, new, occasion, key=service.erase_key)
        service.wake()
        return page(service, words, "address_sent.html", {"address": new, "again": f"{here(service, one)}/address"})

    def ask_new(self, asked: Asked) -> Response:
        """Ask at the new address."""
        move, known = self._open("move", asked)
        if self._is_over(move, known):
            return self._over(asked, "move")
        words = spoken_to(asked, self.service.config, known.subscriber)
        question = _question(words, self.service.config, "move", bold(move.after))
        return page(self.service, words, "ask.html", {"question": question})

    def confirm(self, asked: Asked) -> Response:
        """Move to the new address."""
        return self._settle(asked, "move")

    def ask_old(self, asked: Asked) -> Response:
        """Ask at the old address whether it is to be used again."""
        move, known = self._open("back", asked)
        if not self._can_go_back(move, known):
            return self._over(asked, "back")
        words = spoken_to(asked, self.service.config, known.subscriber)
        question = _question(words, self.service.config, "back", bold(move.before))
        return page(self.service, words, "ask.html", {"question": question})

    def undo(self, asked: Asked) -> Response:
        """Move back to the old address."""
        return self._settle(asked, "back")

    def _settle(self, asked: Asked, errand: Errand) -> Response:
        service = self.service
        move, known = self._open(errand, asked)
        shown = _question(spoken_to(asked, service.config, known.subscriber), service.config, errand, LEFT_OUT)
        occasion = service.occasion("form", origin=asked.origin, text=shown.text)
        try:
            with service.store.writing() as transaction:
                one = (
                    address.confirm(transaction, move.id, occasion, key=service.erase_key)
                    if errand == "move"
                    else address.undo(transaction, move.id, occasion)
                )
        except ConsentError:
            return self._over(asked, errand)
        service.wake()
        return self._settled(spoken_to(asked, service.config, one), one, errand)

    def _settled(self, words: Words, one: Subscriber, errand: Errand) -> Response:
        """Say where the mail comes now, or why none does: he may have left at the other address."""
        now = words("{paper} now comes to {address}.", paper=paper(self.service.config), address=bold(one.address))
        then = (
            words("We tell your old address of it; from there you can undo it for two weeks.")
            if errand == "move"
            else words("Whoever has a mail of yours can use the links in it: better not forward it whole.")
        )
        told = Told(
            title=words("Your address is changed"),
            paragraphs=(standing(words, one) or now, then),
            button=(here(self.service, one), words("Your preferences")),
        )
        return trouble.tell(self.service, words, told)

    def _open(self, errand: Errand, asked: Asked) -> tuple[Move, Known]:
        """Find what a link is about, and change nothing. Raises: Stranger, Gone, StoreError."""
        ticket = open_ticket(self.service.keys, errand, asked.token)
        if ticket is None:
            raise Stranger
        with self.service.store.reading() as transaction:
            return _looked_up(transaction, ticket)

    def _is_over(self, move: Move, known: Known) -> bool:
        """Whether a move can plainly not be confirmed; what else stands against it shows when it is tried."""
        late = self.service.now() - move.asked_at > CONFIRM_WITHIN
        return bool(move.done_at) or late or known.subscriber.status != "confirmed"

    def _can_go_back(self, move: Move, known: Known) -> bool:
        """Whether a move can be undone, as far as can be seen."""
        return address.is_done(move, known.subscriber) and not address.is_settled(move, self.service.now())

    def _over(self, asked: Asked, errand: Errand) -> Response:
        if errand == "back":
            return trouble.no_longer(
                self.service,
                asked,
                lambda words: words("It was undone already, or is too long ago. Write to us if it was not you."),
            )
        return trouble.no_longer(
            self.service,
            asked,
            lambda words: words(
                "A new address is to be confirmed within two days, and once. You can ask for it again among your "
                "preferences: each mail of ours has a link to them."
            ),
        )

    def _form(self, asked: Asked, known: Known, wrong: str = "") -> Response:
        service, one = self.service, known.subscriber
        words = spoken_to(asked, service.config, one)
        failure = Failure(
            what=words("Your address was not changed."), then=words("Check the e-mail address below."), wrong=wrong
        )
        values = {
            "address": one.address,
            "failure": failure if wrong else None,
            "typed": asked.typed("email"),
            "preferences": here(service, one),
        }
        return page(service, words, "address.html", values, status=422 if wrong else 200)


def _question(words: Words, config: Config, errand: Errand, there: str) -> Question:
    """What is asked before the mail goes to an address, or goes back there; a record names no address."""
    if errand == "move":
        return Question(
            title=words("Is this your new address?"),
            sentence=words("{paper} then comes to {address}.", paper=paper(config), address=there),
            button=words("Yes, use this address"),
            hint=words("Did you not ask for this? Then you need do nothing."),
        )
    return Question(
        title=words("Would you like your old address back?"),
        sentence=words("{paper} then comes to {address} again.", paper=paper(config), address=there),
        more=words("Did you change your address yourself? Then you need do nothing."),
        button=words("Yes, use my old address"),
    )


def _shown(words: Words) -> ConsentText:
    """What the form for another address shows always; its hint gives way to what is wrong with an address."""
    title, button = words("Change your address"), words("Use this address")
    now = words("The mail now comes to {address}.", address=LEFT_OUT)
    return worded("\n".join((title, now, words("New e-mail address"), button)))


def _looked_up(transaction: Transaction, ticket: Ticket) -> tuple[Move, Known]:
    move = moves.get(transaction, ticket.number)
    known = subscribers.get(transaction, ticket.subscriber)
    if move is None or known is None or move.subscriber != ticket.subscriber:
        raise Gone
    return move, known


def _unfit(new: str, known: Known, words: Words) -> str:
    """Say what is wrong with a new address; empty when nothing is."""
    if wrong := misspelt(new, words):
        return wrong
    return words("The mail comes to this address already.") if addresses.key(new) == known.key else ""

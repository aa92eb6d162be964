"""The words of each page whose button subscribes: as it shows them, and as the consent record quotes them.

A form names its page in a hidden field (`PAGE`). That only chooses among the wordings below, so no form can have
anything quoted that no page shows. Addresses stand in no record: it outlives them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from newsletter.config import Config
from newsletter.model.subscriber import ConsentText
from newsletter.readership import worded
from newsletter.web.public.language import paper, publication_day
from newsletter.words import Words

PAGE = "page"
"""Name of the hidden field that names the page; the value is the ``name`` of a `Wording`."""

LEFT_OUT = "…"
"""Stands in a record for the address that the page showed."""

Why = Literal["expired", "gone", "overtaken"]
"""Why a link confirms nothing: too old, of a sign-up that is not known, or used or overtaken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What somebody reads who subscribes with a button: in the order of the page, ``promise`` below the button.

    Links that lead elsewhere are not part of it, nor is what a form says that was not taken.
    """

    name: str
    title: str
    paragraphs: tuple[str, ...]
    button: str
    label: str = ""
    hint: str = ""
    promise: str = ""

    @property
    def text(self) -> ConsentText:
        """All of it, as a consent record quotes it; the same words are the same version."""
        lines = (self.title, *self.paragraphs, self.label, self.hint, self.button, self.promise)
        return worded("\n".join(filter(None, lines)))


def invitation(words: Words, config: Config) -> Wording:
    """Put together what somebody reads who subscribes on the usual page.

    What the newsroom wrote stands on pages in the newsletter's language; others say the same of any newsletter.
    """
    native = words.language.partition("-")[0] == config.newsletter.language.partition("-")[0]
    written = config.pages.introduction.split("\n\n") if native else []
    return Wording(
        name="subscribe",
        title=words("Every {day} {paper} by mail", day=publication_day(words, config), paper=paper(config)),
        paragraphs=tuple(" ".join(one.split()) for one in written if one.strip())
        or (words("Give your address, and the newsletter comes by itself."),),
        label=words("E-mail address"),
        hint=words("You first get a mail to confirm your subscription."),
        button=words("Subscribe"),
        promise=_promise(words),
    )


def corrected(words: Words, config: Config) -> Wording:
    """The usual page when it says what is wrong with the address: that stands in place of the hint."""
    return replace(invitation(words, config), name="corrected", hint="")


def once_more(words: Words, config: Config, address: str = LEFT_OUT) -> Wording:
    """The page that asks whoever filled in a form on another site."""
    return Wording(
        name="once-more",
        title=words("Would you like to receive {paper}?", paper=paper(config)),
        paragraphs=(
            words("We then send a mail to {address}; with it you confirm your subscription.", address=address),
        ),
        button=words("Subscribe"),
        promise=_promise(words),
    )


def sent(words: Words, address: str = LEFT_OUT) -> Wording:
    """The page that says that a mail is on its way, with a button that asks for it again."""
    return Wording(
        name="sent",
        title=words("One more step"),
        paragraphs=(
            words(
                "We have sent a mail to {address}. Press the button in that mail to confirm your subscription.",
                address=address,
            ),
            words("No mail? Look in the folder for unwanted mail, or wait a few minutes."),
        ),
        button=words("Send the mail again"),
        promise=words("This mail goes to an address once a day at most."),
    )


def closed(words: Words, why: Why) -> Wording:
    """The page of a link that confirms nothing, with a form for a new one."""
    sentences = {
        "expired": words("A link in our mail works for seven days. Give your address, and we send you a new one."),
        "gone": words("It belongs to a sign-up that we do not know any more. Give your address to begin again."),
        "overtaken": words("It was used, or something else has happened since. Give your address to begin again."),
    }
    return Wording(
        name=why,
        title=words("This link no longer works"),
        paragraphs=(sentences[why],),
        label=words("E-mail address"),
        button=words("Send a new link"),
        promise=_promise(words),
    )


def left(words: Words, config: Config, address: str = LEFT_OUT) -> Wording:
    """The page of who has left, with a button for who did so by mistake."""
    gone = words("You get no more mail from {paper} at {address}.", paper=paper(config), address=address)
    return Wording(
        name="left",
        title=words("You are unsubscribed"),
        paragraphs=(f"{gone} {words('Thank you for reading.')}", _mistake(words)),
        button=words("Subscribe me again"),
        promise=words("If an issue is on its way already, it may still arrive once."),
    )


def preferences(words: Words) -> Wording:
    """What the preferences of who has left say around the same button."""
    return Wording(
        name="preferences",
        title=words("Your preferences"),
        paragraphs=(_mistake(words),),
        button=words("Subscribe me again"),
    )


def at_subscribing(named: str, words: Words, config: Config) -> ConsentText:
    """Return what the page showed whose form subscribes; without a name of ours, the usual page."""
    closing: tuple[Why, ...] = ("expired", "gone", "overtaken")
    ours = (corrected(words, config), once_more(words, config), sent(words))
    others = (*ours, *(closed(words, why) for why in closing))
    return _quoted(named, invitation(words, config), others)


def at_leaving(named: str, words: Words, config: Config) -> ConsentText:
    """Return what the page showed whose button takes a leaving back; without a name of ours, that of who left."""
    return _quoted(named, left(words, config), [preferences(words)])


def _quoted(named: str, usual: Wording, others: Iterable[Wording]) -> ConsentText:
    return next((one for one in others if one.name == named), usual).text


def _promise(words: Words) -> str:
    return words("You can unsubscribe with one click at any time. We do not track whether you open the mail.")


def _mistake(words: Words) -> str:
    return words("Was this a mistake? Then we send you a mail with which you subscribe again.")

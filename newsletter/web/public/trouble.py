"""Why there is not the page that somebody asked for, said kindly, and what he can do: in the look of the others."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from newsletter.mime import parted
from newsletter.web.public.asked import Asked, accepted
from newsletter.web.public.guard import Later
from newsletter.web.public.language import chosen, paper, spoken_to
from newsletter.web.public.page import page
from newsletter.web.public.service import Service
from newsletter.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a page tells: its title, paragraphs, a mailbox to write to, and one button as path and words."""

    title: str
    paragraphs: tuple[str, ...]
    mailbox: str = ""
    button: tuple[str, str] | None = None


def tell(service: Service, words: Words, told: Told, *, status: int = 200) -> Response:
    """Answer with what there is to tell."""
    return page(service, words, "told.html", {"told": told}, status=status)


def foreign(service: Service, asked: Asked) -> Response:
    """Answer to a link that no key of ours signed: cut off, mistyped, or made up."""
    words = spoken_to(asked, service.config)
    told = Told(
        title=words("This link is not complete"),
        paragraphs=(
            words("Perhaps a part of it was lost when it was copied. Please use the link in the mail itself."),
            words("Would you like to unsubscribe, and does the link not work? Write to us, and we do it for you."),
        ),
        mailbox=mailbox(service),
    )
    return tell(service, words, told, status=404)


def gone(service: Service, asked: Asked) -> Response:
    """Answer to a good link of a reader who is not on the list any more."""
    words = spoken_to(asked, service.config)
    told = Told(
        title=words("We have no data about you any more"),
        paragraphs=(
            words("You get no mail from {paper}, and this link has nothing to show.", paper=paper(service.config)),
        ),
        button=to_subscribe(service, asked, words),
    )
    return tell(service, words, told, status=410)


def nobody_by_now(service: Service, asked: Asked) -> Response:
    """Answer to a good link to leave of who is on the list no more, when he may be so under another id."""
    words = spoken_to(asked, service.config)
    told = Told(
        title=words("This link belongs to nobody any more"),
        paragraphs=(
            words("We have no data about whom it was made for, so there is nobody to unsubscribe."),
            words(
                "Do you still get mail from {paper}? Then use the link in the newest one.", paper=paper(service.config)
            ),
            words("Would you like to unsubscribe, and does the link not work? Write to us, and we do it for you."),
        ),
        mailbox=mailbox(service),
    )
    return tell(service, words, told)


def no_longer(service: Service, asked: Asked, sentence: Callable[[Words], str]) -> Response:
    """Answer to a link whose time is over or whose work is done, and for which no new one can be sent by itself."""
    words = spoken_to(asked, service.config)
    told = Told(title=words("This link no longer works"), paragraphs=(sentence(words),), mailbox=mailbox(service))
    return tell(service, words, told, status=410)


def too_many(service: Service, asked: Asked, verdict: Later) -> Response:
    """Answer to what came beyond a limit; nothing was done."""
    words = spoken_to(asked, service.config)
    # The guard's sentence, of which the catalogue knows, comes as a value.
    told = Told(title=words("Please try again later"), paragraphs=(words(verdict.sentence),))
    answer = tell(service, words, told, status=429)
    answer.headers["Retry-After"] = str(verdict.seconds)
    return answer


def cannot(service: Service, asked: Asked, title: Callable[[Words], str]) -> Response:
    """Answer to what could not be done for a reason of ours: nothing was changed, and he can write to us."""
    words = spoken_to(asked, service.config)
    sentence = words("Nothing was changed. Please try again later, or write to us.")
    return tell(service, words, Told(title=title(words), paragraphs=(sentence,), mailbox=mailbox(service)), status=503)


def test(service: Service, asked: Asked) -> Response:
    """Answer to a link of a test mail, which is nobody's subscription."""
    words = spoken_to(asked, service.config)
    told = Told(
        title=words("This was a test"),
        paragraphs=(
            words("The link belongs to nobody's subscription, so nothing was changed."),
            words("In the mail that readers get, it leads each reader to a page of his own."),
        ),
    )
    return tell(service, words, told)


def nobodys(service: Service, asked: Asked) -> Response:
    """Answer to a link to leave without a token: of a test mail, or of a notice to an address that is no reader's."""
    words = spoken_to(asked, service.config)
    told = Told(
        title=words("You need do nothing"),
        paragraphs=(
            words("This link belongs to nobody's subscription: the mail that holds it subscribes nobody to anything."),
            words("Nothing was changed, and no other mail follows from that one."),
            words("Would you like to unsubscribe, and does the link not work? Write to us, and we do it for you."),
        ),
        mailbox=mailbox(service),
    )
    return tell(service, words, told)


def nowhere(service: Service, asked: Asked) -> Response:
    """Answer to a path that is none of ours."""
    words = spoken_to(asked, service.config)
    told = Told(
        title=words("There is no such page"),
        paragraphs=(words("Perhaps the address was not copied whole. Please use the link in the mail itself."),),
        button=to_subscribe(service, asked, words),
    )
    return tell(service, words, told, status=404)


def not_so(service: Service, asked: Asked, allowed: str) -> Response:
    """Answer to a method that a page does not have (RFC 9110 §15.5.6)."""
    words = spoken_to(asked, service.config)
    told = Told(
        title=words("That is not how this page works"),
        paragraphs=(words("Nothing was changed. Please use the link in the mail itself."),),
    )
    answer = tell(service, words, told, status=405)
    answer.headers["Allow"] = allowed
    return answer


def of_status(service: Service) -> Callable[[Scope, int], ASGIApp]:
    """Make the pages for what the shield does not let through, or what failed behind it: by status."""

    def make(scope: Scope, status: int) -> ASGIApp:
        asked = Asked(
            query=dict(QueryParams(scope["query_string"])),
            accepts=accepted(Headers(scope=scope).get("accept-language", "")),
        )
        words = spoken_to(asked, service.config)
        return tell(service, words, _of_status(service, words, status), status=status)

    return make


def _of_status(service: Service, words: Words, status: int) -> Told:
    if status >= 500:
        return Told(
            title=words("Something went wrong here"),
            paragraphs=(words("That is our fault, not yours. Please try again in a few minutes."),),
        )
    if status == 409:
        return Told(
            title=words("That did not work"),
            paragraphs=(words("Nothing was changed. Please write to us, and we look into it."),),
            mailbox=mailbox(service),
        )
    if status == 413:
        return Told(
            title=words("That was too much at once"),
            paragraphs=(words("Nothing was changed. Please shorten what you typed, and try again."),),
        )
    return Told(
        title=words("We did not understand that"),
        paragraphs=(words("Nothing was changed. Please use the link in the mail itself."),),
    )


def mailbox(service: Service) -> str:
    """The address that a reader may write to."""
    sender = service.config.sender
    return parted(sender.reply_to or sender.from_)[1]


def to_subscribe(service: Service, asked: Asked, words: Words) -> tuple[str, str]:
    """The button that leads to the page for subscribing."""
    path = f"{service.base}/subscribe{chosen(asked, service.config)}"
    return path, words("Subscribe to {paper}", paper=paper(service.config))

"""A reader's preferences: what he is called, his language, and those tags that the configuration offers.

Saving answers with a way back to the page (303), so that loading it again saves nothing again; ``?saved=`` in its
address only chooses a sentence, and what that says is looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from newsletter.audience import preferences
from newsletter.audience.reading.values import LONGEST_NAME
from newsletter.errors import UsageError
from newsletter.model.subscriber import Subscriber
from newsletter.store import subscribers
from newsletter.store.subscribers import Known
from newsletter.web.public import reader
from newsletter.web.public.asked import Asked
from newsletter.web.public.language import own_name, spoken_to
from newsletter.web.public.page import page, see
from newsletter.web.public.service import Service
from newsletter.web.public.subscribe import Failure
from newsletter.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was saved, and what follows from it."""

    what: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Preferring:
    """The page of a reader's preferences."""

    service: Service

    def show(self, asked: Asked) -> Response:
        """The preferences as they are."""
        return self._page(asked, reader.find(self.service, "preferences", asked))

    def save(self, asked: Asked) -> Response:
        """Save what was chosen."""
        service = self.service
        known = reader.find(service, "preferences", asked)
        one = known.subscriber
        words = spoken_to(asked, service.config, one)
        try:
            with service.store.writing() as transaction:
                preferences.change(
                    transaction,
                    one.id,
                    service.occasion("form"),
                    name=asked.form.get("name", one.name),
                    language=self._language(asked) or one.language,
                    tags=self._tags(asked),
                )
                now = subscribers.get(transaction, one.id)
        except UsageError:  # the name is all that can be wrong: languages and tags are those that we offered
            failure = Failure(
                what=words("Your preferences were not saved yet."),
                then=words("Check the name below."),
                wrong=_wrong(words, asked.form.get("name", "")),
            )
            return self._page(asked, known, failure)
        is_saved = now is not None and now.subscriber.status == "confirmed"  # else he left meanwhile: the page says so
        return see(f"{here(service, one)}{'?saved=preferences' if is_saved else ''}")

    def _page(self, asked: Asked, known: Known, failure: Failure | None = None) -> Response:
        service, one = self.service, known.subscriber
        words = spoken_to(asked, service.config, one)
        until = one.paused_until
        paused = until is not None and until > service.occasion("form").day
        values = {
            "address": one.address,
            "saved": None if failure else saved(words, asked, one, paused=paused),
            "failure": failure,
            "gets_mail": one.status == "confirmed",
            "left": known.consent == "left",
            "standing": standing(words, one),
            "offered": self._offered(asked if failure else None, one),
            "languages": self._languages((self._language(asked) if failure else None) or words.language),
            "name": asked.form.get("name", one.name) if failure else one.name,
            "paused": paused,
            "pause": words("You get no mail before {day}.", day=words.day(until))
            if paused and until
            else words("Are you away for a while? Then no mail comes until you are back."),
            "here": here(service, one),
            "leave": service.here(service.links.unsubscribe(one.id)),
        }
        return page(service, words, "preferences.html", values, status=422 if failure else 200)

    def _offered(self, typed: Asked | None, one: Subscriber) -> list[Mapping[str, object]]:
        """The tags to choose from, as they are or, when saving failed, as they were chosen."""
        has = {tag for tag, chosen in self._tags(typed).items() if chosen} if typed else {*one.tags}
        return [
            {"tag": tag, "label": label, "has": tag in has} for tag, label in self.service.config.pages.tags.items()
        ]

    def _tags(self, asked: Asked) -> dict[str, bool]:
        """Those tags that the form showed and the configuration still offers: what is missing there is left alone."""
        shown = {tag: asked.form.get(f"tag:{tag}") for tag in self.service.config.pages.tags}
        return {tag: answer == "yes" for tag, answer in shown.items() if answer is not None}

    def _language(self, asked: Asked) -> str | None:
        """The language that was chosen, None when none of ours was."""
        chosen = asked.form.get("language")
        return chosen if chosen in self.service.config.pages.languages else None

    def _languages(self, current: str) -> list[Mapping[str, object]]:
        """The languages to choose from; none when there is no choice."""
        offered = self.service.config.pages.languages
        return [
            {"code": code, "name": own_name(code), "chosen": code == current} for code in offered if len(offered) > 1
        ]


def _wrong(words: Words, name: str) -> str:
    """Say what is wrong with a name that cannot be kept."""
    if (unread := "\N{REPLACEMENT CHARACTER}") in name:
        return words("A character of the name cannot be read ({character}). Type it anew.", character=unread)
    return words("A name is one line of at most {most} characters.", most=LONGEST_NAME)


def here(service: Service, one: Subscriber) -> str:
    """The path of a reader's preferences."""
    return service.here(service.links.preferences(one.id))


def saved(words: Words, asked: Asked, one: Subscriber, *, paused: bool) -> Saved | None:
    """Say what was saved: only what is so, whatever the address of the page claims."""
    match asked.query.get("saved"):
        case "preferences" if one.status == "confirmed":
            return Saved(what=words("Your preferences are saved."), then=words("They apply from the next issue."))
        case "pause" if paused and one.paused_until:
            return Saved(
                what=words("Your pause has begun."),
                then=words("From {day} on you get mail again.", day=words.day(one.paused_until)),
            )
        case "resumed" if not paused and one.status == "confirmed":
            return Saved(what=words("Your pause is over."), then=words("You get the next issue."))
    return None


def standing(words: Words, one: Subscriber) -> str:
    """Say why a reader gets no mail; empty when he does."""
    match one.status, one.reason:
        case "left", _:
            return words("You are unsubscribed, so you get no mail.")
        case "pending", _:
            return words("You have not confirmed your subscription yet. The mail that we sent you has a link for that.")
        case "suppressed", "complained":
            return words("You reported our mail as unwanted, so you get no mail.")
        case "suppressed", "bounced":
            return words("Our mail to you came back, so you get no mail for the time being.")
        case "suppressed", _:
            return words("This address gets no mail from us.")
    return ""

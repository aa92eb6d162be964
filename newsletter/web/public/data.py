"""What is kept about a reader: all of it to take away, and all of it to be erased.

Downloading is a POST although it changes nothing: a link in a mail is fetched by scanners, previews and histories, and
none of them may come away with everything that is known of somebody.
"""

import json
from dataclasses import dataclass

from starlette.responses import Response

from newsletter.audience import erasure
from newsletter.audience.everything import for_himself
from newsletter.errors import ConfigError
from newsletter.web.public import reader, trouble
from newsletter.web.public.asked import Asked
from newsletter.web.public.language import paper, spoken_to
from newsletter.web.public.moving import Question
from newsletter.web.public.page import NO_STORE, bold, page
from newsletter.web.public.preferences import here
from newsletter.web.public.service import Service
from newsletter.web.public.trouble import Told

FILE = "newsletter-data.json"


@dataclass(frozen=True, slots=True)
class Keeping:
    """The pages of what is kept."""

    service: Service

    def offer(self, asked: Asked) -> Response:
        """Offer the data."""
        one = reader.find(self.service, "preferences", asked).subscriber
        words = spoken_to(asked, self.service.config, one)
        question = Question(
            title=words("Your data"),
            sentence=words("You get all that we keep about {address}, in one file.", address=bold(one.address)),
            more=words("It is a text file (JSON), which people can read and programs too."),
            button=words("Download your data"),
            link=(here(self.service, one), words("Your preferences")),
        )
        return page(self.service, words, "ask.html", {"question": question})

    def download(self, asked: Asked) -> Response:
        """Hand the data over, as a file."""
        known = reader.find(self.service, "preferences", asked)
        with self.service.store.reading() as transaction:
            all_of_it = for_himself(transaction, known)
        headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="{FILE}"'}
        text = json.dumps(all_of_it, ensure_ascii=False, indent=2) + "\n"
        return Response(text, media_type="application/json", headers=headers)

    def ask(self, asked: Asked) -> Response:
        """Ask whether to erase; without the key that this needs, say so before a button promises it."""
        if self.service.erase_key is None:
            return self._cannot(asked)
        one = reader.find(self.service, "preferences", asked).subscriber
        words = spoken_to(asked, self.service.config, one)
        question = Question(
            title=words("Would you like your data erased?"),
            sentence=words(
                "We then erase all that we know about {address}, and you get no mail any more.",
                address=bold(one.address),
            ),
            more=words("It cannot be undone. You can always subscribe again later."),
            button=words("Erase my data"),
            link=(here(self.service, one), words("Your preferences")),
            hint=words(
                "We keep an unreadable mark of your address, so that no old list brings you back without your asking."
            ),
        )
        return page(self.service, words, "ask.html", {"question": question})

    def erase(self, asked: Asked) -> Response:
        """Erase, and say so; a second time there is nobody."""
        service = self.service
        one = reader.find(service, "preferences", asked).subscriber
        words = spoken_to(asked, service.config, one)
        try:
            with service.store.writing() as transaction:
                occasion = service.occasion("form")
                erasure.erase_reader(transaction, one.id, occasion, key=service.erase_key)
            service.store.settle()
        except ConfigError:  # there is no key, or another one: the operator's to mend, and `serve` says so
            return self._cannot(asked)
        told = Told(
            title=words("Your data are erased"),
            paragraphs=(
                words("You get no more mail from {paper}. Thank you for reading.", paper=paper(service.config)),
                words("If an issue is on its way already, it may still arrive once."),
            ),
        )
        return trouble.tell(service, words, told)

    def _cannot(self, asked: Asked) -> Response:
        return trouble.cannot(self.service, asked, lambda words: words("Your data are not erased yet"))

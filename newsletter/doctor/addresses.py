"""The public addresses: of readers' pages, and of the pictures."""

from collections.abc import Iterator

from newsletter.build import Built
from newsletter.config import Config
from newsletter.doctor.asking import Question
from newsletter.doctor.diagnosis import Diagnosis, good, wrong
from newsletter.doctor.surroundings import Surroundings
from newsletter.errors import FetchError
from newsletter.send.pictures import unreachable


def questions(config: Config, newest: Built | None, around: Surroundings) -> Iterator[Question]:
    """Whether each answers that is known; ``newest`` is the newest issue, None when there is none that builds."""
    pages, pictures = config.web.url, config.pictures_url
    if pages:
        yield Question(group="addresses", what=pages, answer=lambda: _pages(pages, config, around))
    if pictures:
        yield Question(group="addresses", what=pictures, answer=lambda: _pictures(pictures, config, newest, around))


def _pages(address: str, config: Config, around: Surroundings) -> Diagnosis:
    try:
        fetched = around.fetch(address, config)
    except FetchError as error:
        remedy = "Readers leave through this address: let it answer on the open internet."
        return wrong("addresses", "warning", error.sentence, remedy)
    if fetched.status >= 500:
        remedy = "Look at the web server there; readers leave through this address."
        return wrong("addresses", "warning", f"{address} answers {fetched.status}.", remedy)
    return good("addresses", f"{address} answers.")


def _pictures(address: str, config: Config, newest: Built | None, around: Surroundings) -> Diagnosis:
    """Whether a picture of the newest issue is shown, once one is published; before that, whether anybody answers."""
    remedy = f"Let {address} show the files of {config.pictures.folder}."
    folder = config.root / config.pictures.folder
    shown = newest.edition.pictures if newest else ()
    if newest and not shown:
        return good("addresses", "The newest issue has no pictures.")
    published = next((picture.name for picture in shown if (folder / picture.name).is_file()), None)
    if published:
        fault = next(unreachable([f"{address}/{published}"], lambda picture: around.fetch(picture, config)), None)
        if fault:
            return wrong("addresses", "error", fault, remedy)
        return good("addresses", f"{address} shows the pictures of the newest issue.")
    try:
        around.fetch(address, config)
    except FetchError as error:
        return wrong("addresses", "error", error.sentence, remedy)
    return good("addresses", f"{address} answers; no picture of the newest issue is published yet.")

"""The provider."""

from contextlib import closing

from newsletter.config import Config
from newsletter.doctor.asking import Question
from newsletter.doctor.diagnosis import Diagnosis, good, trouble, wrong
from newsletter.doctor.surroundings import Surroundings
from newsletter.errors import NewsletterError
from newsletter.providers._base import Provider, ThrottledUntil


def question(config: Config, around: Surroundings) -> Question:
    """Whether it lets us in; one that cannot even be asked is in trouble already."""
    what = f"The login of {config.send.provider}"
    try:
        provider = around.connect(config)
    except NewsletterError as error:
        found = trouble("provider", error)
        return Question(group="provider", what=what, answer=lambda: found, near=True)
    return Question(group="provider", what=what, answer=lambda: _login(provider))


def _login(provider: Provider) -> Diagnosis:
    try:
        with closing(provider):
            login = provider.verify()
    except ThrottledUntil as error:
        return trouble("provider", error, "warning")
    except NewsletterError as error:
        return trouble("provider", error)
    if login.verified:
        return good("provider", login.sentence)
    return wrong("provider", "unknown", login.sentence, "Send a test mail to be sure: newsletter send --test")

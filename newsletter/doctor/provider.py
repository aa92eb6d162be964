"""The provider: whether it lets us in, and where it tells what became of mails.

The address for that is a secret. This is the only place that shows it.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from newsletter import links
from newsletter.config import Config
from newsletter.doctor.asking import Question
from newsletter.doctor.diagnosis import Diagnosis, good, trouble, wrong
from newsletter.doctor.surroundings import Surroundings
from newsletter.errors import ConfigError, NewsletterError
from newsletter.providers._base import Provider, ThrottledUntil


def questions(config: Config, around: Surroundings) -> Iterator[Question]:
    """Whether it lets us in, and whether it, or one that was left, can tell something; when it cannot be asked, why."""
    what = f"The login of {config.send.provider}"
    try:
        provider = around.connect(config)
    except NewsletterError as error:
        yield _known(what, trouble("provider", error))
        return
    yield Question(group="provider", what=what, answer=lambda: _login(provider))
    try:
        yield from (_known(name, _called(name, lacks, config)) for name, lacks in around.callers(config).items())
    except ConfigError as error:
        yield _known("What providers tell", trouble("provider", error, "warning"))


def _known(what: str, found: Diagnosis) -> Question:
    """What is known without asking."""
    return Question(group="provider", what=what, answer=lambda: found, near=True)


def _called(name: str, lacks: str, config: Config) -> Diagnosis:
    """Where a provider calls with events, and what is still to be done for it."""
    if config.web.url is None or config.secrets.key is None:
        sentence = f"{name} cannot tell what becomes of mails, as it has no address to tell it at."
        return wrong("provider", "warning", sentence, "Set `url` under [web], and NEWSLETTER_SECRET.")
    address = links.links_of(config).webhook(name)
    if not lacks:
        return replace(good("provider", f"What {name} tells of mails is taken at its address below."), address=address)
    remedy = f"Have it call the address below, and set {lacks} to what its calls are signed with."
    found = wrong("provider", "warning", f"{name} does not tell here what becomes of mails.", remedy)
    return replace(found, address=address)


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

"""Which secrets sign readers' links, now and in the mails of earlier days. None of them is ever shown."""

import re
from collections.abc import Iterator

from newsletter import links
from newsletter.config import Config
from newsletter.doctor.diagnosis import Diagnosis, good, trouble, wrong
from newsletter.errors import ConfigError

_OLD = "NEWSLETTER_OLD_SECRETS"
_NO_LIST = re.compile(r"[\"'].*|.*[\"']|[^;\s]{16,}(?:[;\s]+[^;\s]{16,})+")
"""In quotation marks, or several that are long enough each, without a comma between them."""
_AS_IT_WAS = "Write each whole, as it was, with commas between them."


def look(config: Config) -> Iterator[Diagnosis]:
    """Whether there is a secret to sign with, and whether the old ones still know the links of earlier mails."""
    try:
        key = links.signing_key(config)
    except ConfigError as error:
        yield trouble("configuration", error)
        return
    if key.demo:
        remedy = "Set NEWSLETTER_SECRET in the environment or in .env, and keep a copy: old links need it."
        yield wrong("configuration", "error", "There is no secret to sign readers' links with.", remedy)
        return
    yield good("configuration", "Readers' links are signed with your secret.")
    if config.secrets.old:
        yield _old(config)


def _old(config: Config) -> Diagnosis:
    try:
        older = len(links.verifying_keys(config)) - 1
    except ConfigError as error:
        return wrong("configuration", "error", error.sentence, _AS_IT_WAS)
    if any(_NO_LIST.fullmatch(secret.get_secret_value()) for secret in config.secrets.old):
        sentence = f"A secret in {_OLD} stands in quotation marks, or is several without a comma between them."
        return wrong("configuration", "warning", sentence, _AS_IT_WAS)
    if config.secrets.key in config.secrets.old:
        sentence = f"{_OLD} holds the secret that still signs, so it is not replaced yet."
        return wrong("configuration", "warning", sentence, f"Set a new NEWSLETTER_SECRET, or take it out of {_OLD}.")
    return good(
        "configuration", f"The links of earlier mails are known by {older} old secret{'' if older == 1 else 's'}."
    )

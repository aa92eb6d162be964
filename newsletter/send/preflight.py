"""What must be true before a mail leaves: said in sentences, all of them at once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter import plugins
from newsletter.build import Built
from newsletter.config import PROVIDERS, Config
from newsletter.errors import ConfigError, ContentError


def missing(config: Config) -> tuple[str, ...]:
    """Say what a real send would still want, a sentence each."""
    provider = config.send.provider
    wants = (
        (provider is None, "A provider: `provider` under [send] in newsletter.toml."),
        (provider and provider not in plugins.names(PROVIDERS), f"A known provider; “{provider}” is none."),
        (config.web.url is None, "A public address for readers' pages: `url` under [web]."),
        (
            not (config.web.url or "https://").startswith("https://"),
            "https:// in `url` under [web]: RFC 8058 asks for it.",
        ),
        (not config.publisher.address, "A postal address: `address` under [publisher]."),
        (config.secrets.key is None, "A secret that signs the links to unsubscribe: NEWSLETTER_SECRET."),
    )
    return tuple(sentence for wanted, sentence in wants if wanted)


def refuse_missing(config: Config, what: str, hint: str) -> None:
    """Raise ConfigError when something is `missing`; all of it is told."""
    if sentences := missing(config):
        raise ConfigError("\n".join((what, *(f"  {sentence}" for sentence in sentences))), hint)


def obstacles(built: Built, config: Config, *, now: datetime) -> tuple[str, ...]:
    """Say why an issue may go to nobody, not even to testers; ``now`` is the real clock (aware UTC)."""
    address = () if config.publisher.address else ("It names no postal address: add `address` under [publisher].",)
    return (*obstacles_in(built, config, now=now), *address)


def obstacles_in(built: Built, config: Config, *, now: datetime) -> tuple[str, ...]:
    """Of `obstacles`, those that lie in the issue itself."""
    return (
        *(f"{finding.sentence} {finding.remedy}".strip() for finding in built.findings if finding.level == "error"),
        *_embargoes(built, now, config.newsletter.time_zone),
    )


def refuse(what: str, sentences: Sequence[str], hint: str) -> None:
    """Raise ContentError when there is anything in the way; every sentence is told."""
    if sentences:
        raise ContentError("\n".join((what, *(f"  {sentence}" for sentence in sentences))), hint)


def _embargoes(built: Built, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    for article in (placement.article for placement in built.issue.placements):
        if article.not_before and now < article.not_before:
            until = f"{article.not_before.astimezone(zone):%Y-%m-%d %H:%M}"
            yield f"{article.file or article.title} may not appear before {until}."

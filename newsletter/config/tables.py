"""What may stand in ``newsletter.toml``, table by table, and what only the environment knows."""

from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from newsletter import plugins
from newsletter.config.written import (
    Colour,
    Database,
    Duration,
    FieldName,
    Language,
    LanguageOfPages,
    Mailbox,
    Network,
    Price,
    QuietDay,
    Rate,
    SegmentName,
    Tag,
    Text,
    WebAddress,
    Weekday,
    Zone,
    publication,
)
from newsletter.model.subscriber import FieldType
from newsletter.validation import Table, refuse

PROVIDERS = "newsletter.providers"
MOST_TESTERS = 20


class Publishing(Table):
    """A weekday and a wall time in the newsletter's zone."""

    weekday: Weekday = "saturday"
    at: time = time(6)


class Newsletter(Table):
    """What is published, in which language, when."""

    name: Text = Field(description="The newsletter's name, as it stands in the masthead.")
    language: Language = Field("nl", description="The language of the mail, as a code: nl, en.")
    time_zone: Zone = Field(ZoneInfo("Europe/Amsterdam"), description="The zone of every time you write.")
    template: Text = Field("digest", description="A folder under templates/, or one that comes with the program.")
    publish: Annotated[Publishing, BeforeValidator(publication)] = Field(
        Publishing(), description="Weekday and time at which an issue appears."
    )
    quiet: tuple[QuietDay, ...] = Field((), description="Days on which nothing is sent: weekdays or dates.")
    next_number: int | None = Field(None, ge=1, description="The number of the first issue.")
    typography: bool = Field(True, description="Fine typography in every text; false leaves them as typed.")


class Publisher(Table):
    """Who publishes it; the law wants a postal address on every mail."""

    name: Text = Field(description="The publisher's name, for the foot of the mail.")
    address: str = Field("", description="The publisher's postal address; required to send.")


class Sender(Table):
    """Whom the mail is from."""

    from_: Mailbox = Field(alias="from", description="Name and address the mail is from.")
    reply_to: Mailbox | None = Field(None, description="Where answers go, if not to the sender.")


class Web(Table):
    """Where readers' pages live."""

    url: WebAddress | None = Field(None, description="Public address of the reader's pages; required to send.")
    privacy: WebAddress | None = Field(
        None, description="Address of your privacy statement, for the foot of the pages."
    )
    contact: WebAddress | None = Field(
        None, description="Address of your page for questions, for the foot of the pages."
    )
    proxies: tuple[Network, ...] = Field(
        (), description="Addresses of your own proxies, whose word on where a request comes from is believed."
    )


class Pages(Table):
    """What readers' pages say and offer."""

    languages: tuple[LanguageOfPages, ...] = Field(
        ("nl", "en"), min_length=1, description="The languages that a reader may choose for pages and notices."
    )
    tags: Mapping[Tag, Text] = Field(
        {}, description="What a reader may choose to get: a tag, and the words for it on the page."
    )
    introduction: str = Field("", description="What the page for subscribing says of the newsletter, in its language.")
    welcome: bool = Field(True, description="Whether a reader who confirmed gets a mail of welcome.")
    proof_of_work: bool = Field(False, description="Whether a browser must calculate a while before it may subscribe.")


class Inbox(Table):
    """The mailbox for mails that unsubscribe and for what comes back."""

    address: Mailbox | None = Field(
        None,
        description="A mailbox that takes local+anything@domain; mails to it unsubscribe, bounces come back to it.",
    )
    host: Text | None = Field(None, description="The IMAP server of that mailbox.")
    port: int = Field(993, ge=1, le=65535, description="Its port; the connection is always encrypted.")
    user: Text | None = Field(None, description="The name to log in with; the password is NEWSLETTER_INBOX_PASSWORD.")
    folder: Text = Field("INBOX", description="The folder in which new mails arrive.")


class Pictures(Table):
    """Where the pictures of the mail are found."""

    url: WebAddress | None = Field(None, description="Public address of the pictures; by default <web.url>/pictures.")
    folder: Path = Field(
        Path("published/pictures"),
        description="Where sending puts what that address shows; nothing is ever deleted there.",
    )


class Links(Table):
    """Addresses of the newspaper's own site."""

    own: tuple[Text, ...] = Field((), description="Domains that are yours; links to them get the addition below.")
    append: str = Field("", description="What links to your own domains get added, as in utm_source=weekbrief.")


class Fetch(Table):
    """What may be fetched from the web when articles are imported."""

    private: tuple[Text, ...] = Field(
        (), description="Hosts that may lie on private addresses: the newsroom's own network."
    )


class Brand(Table):
    """The newspaper's own colour and mark."""

    colour: Colour = Field(
        "#1F5A4C", description="One colour, as #RRGGBB; its shades for light and dark are derived from it."
    )
    logo: str | None = Field(None, description="A PNG at twice its size, in place of the name in letters.")


class SectionRule(Table):
    """One section of the newspaper."""

    name: Text = Field(description="The section's name, as readers see it.")
    aliases: tuple[Text, ...] = Field((), description="Other names under which articles arrive.")
    max: int = Field(5, ge=1, description="How many articles are shown in full; the others become links.")


class StopAt(Table):
    """At how many percent of the last readers a run pauses by itself."""

    refused: float = Field(5, gt=0, le=100, description="Percent of the last 1,000 readers whom the provider refused.")
    complained: float = Field(0.3, gt=0, le=100, description="Percent of the readers who called it spam.")


class Send(Table):
    """How it is sent. A table below it, named as a provider, is that provider's own."""

    provider: str | None = Field(
        None, description="Through whom: the name of a provider; its key comes from the environment."
    )
    testers: tuple[Mailbox, ...] = Field(
        (), max_length=MOST_TESTERS, description="Who gets the test mail when nobody else is named."
    )
    feedback_id: str | None = Field(None, description="Sender id for Google's Feedback-ID, 5 to 15 characters.")
    hold: Duration = Field(
        timedelta(minutes=10), description="How long testers have an issue before it goes to the list; 0 min for not."
    )
    rate: Rate | None = Field(None, description="How many readers at most: 20/s, 600/min or 5000/h.")
    per_day: int | None = Field(None, ge=1, description="How many readers a day at most, from midnight to midnight.")
    per_domain: Mapping[Text, Rate] = Field(
        {}, description="How many readers of one mail service at most: a domain, and a rate."
    )
    warm_up: Mapping[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = Field(
        {}, description="For a new sender: from which day of sending on, how many readers a day."
    )
    connections: int = Field(4, ge=1, le=50, description="How many requests may be under way at once.")
    expire: Duration = Field(
        timedelta(hours=6), description="A run that has not begun so long after its moment does not begin by itself."
    )
    stop_at: StopAt = Field(StopAt(), description="At how many percent a run pauses by itself.")
    price: Price | None = Field(None, description="What the provider asks for 1,000 mails: 0.90 EUR.")
    operator: Mailbox | None = Field(None, description="Who gets a mail when a run pauses, ends or has doubts.")
    notify: Text | None = Field(
        None, description="A command that is run then too, with what there is to tell as JSON on its standard input."
    )
    tables: Mapping[str, Mapping[str, object]] = Field({}, exclude=True)

    def cost(self, readers: int) -> str | None:
        """Say what so many mails cost, as ``9.00 EUR``; None where no price is configured."""
        if self.price is None:
            return None
        amount, currency = self.price.split()
        return f"{Decimal(amount) * readers / 1000:,.2f} {currency}"

    # The providers' tables, unread: what stands in them is theirs to know.
    @model_validator(mode="before")
    @classmethod
    def _set_tables_apart(cls, written: object) -> object:
        if not isinstance(written, dict) or "tables" in written:
            return written
        names = {name for name in plugins.names(PROVIDERS) if isinstance(written.get(name), dict)}
        return {
            **{key: value for key, value in written.items() if key not in names},
            "tables": {name: written[name] for name in names},
        }


class Worker(Table):
    """How workers that share a PostgreSQL hear of each other; on SQLite there is one."""

    heartbeat: Duration = Field(
        timedelta(seconds=10), description="How often a worker says that it lives, and learns whether it may work."
    )
    rescue: Duration = Field(
        timedelta(seconds=30), description="After how long without a word it counts as dead; at least 2 heartbeats."
    )

    @model_validator(mode="after")
    def _refuse_haste(self) -> Self:
        if not timedelta(0) < self.heartbeat * 2 <= self.rescue:
            raise refuse("`rescue` must be at least twice `heartbeat`, and that more than 0 s")
        return self


class Readers(Table):
    """The list of readers: where it is kept, what is known of each, and for how long."""

    database: Database = Field(
        "newsletter.db",
        description="A file, or postgresql://host/name; an address with a password belongs in NEWSLETTER_DATABASE.",
    )
    fields: Mapping[FieldName, FieldType] = Field(
        {}, description="What else you know of a reader: a name, and text, number, date or boolean."
    )
    keep_origin: int = Field(
        30,
        ge=0,
        description="Days that the network address of a sign-up, its confirmation or a change of address is kept; "
        "0 never.",
    )
    keep_pending: int = Field(30, ge=7, description="Days after which a sign-up that nobody confirmed is removed.")
    keep_undo: int = Field(90, ge=0, description="Days in which an import can be taken back.")


class Secrets(BaseModel):
    """What only the environment knows.

    ``key`` (``NEWSLETTER_SECRET``) signs links; ``variables`` are all whose names begin with ``NEWSLETTER_``.
    """

    model_config = ConfigDict(frozen=True)

    variables: Mapping[str, SecretStr] = {}

    @property
    def key(self) -> SecretStr | None:
        """``NEWSLETTER_SECRET``"""
        return self.of("NEWSLETTER_SECRET")

    @property
    def old(self) -> tuple[SecretStr, ...]:
        """``NEWSLETTER_OLD_SECRETS``: earlier keys, commas between them, whose links still work."""
        listed = self.of("NEWSLETTER_OLD_SECRETS")
        each = (one.strip() for one in listed.get_secret_value().split(",")) if listed else ()
        return tuple(SecretStr(one) for one in each if one)

    def of(self, variable: str) -> SecretStr | None:
        """Return a variable's value, None when it is not set or empty."""
        return self.variables.get(variable)


class Config(Table):
    """The whole configuration of one workspace. ``root`` is the workspace's folder."""

    newsletter: Newsletter
    publisher: Publisher
    sender: Sender
    web: Web = Web()
    pictures: Pictures = Pictures()
    links: Links = Links()
    fetch: Fetch = Fetch()
    brand: Brand = Brand()
    sections: tuple[SectionRule, ...] = ()
    send: Send = Send()
    pages: Pages = Pages()
    inbox: Inbox = Inbox()
    worker: Worker = Worker()
    readers: Readers = Readers()
    segments: Mapping[SegmentName, Text] = Field(
        {}, description="Named groups of readers, as in `south = \"tag('zuid') and joined > 2026-01-01\"`."
    )
    root: Path = Field(exclude=True)
    secrets: Secrets = Field(Secrets(), exclude=True)

    @property
    def pictures_url(self) -> str | None:
        """Public address of the pictures without a slash at its end, or None when none is known."""
        return self.pictures.url or (f"{self.web.url}/pictures" if self.web.url else None)

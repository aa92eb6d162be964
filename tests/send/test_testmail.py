"""The test mail: what is made, what stands in its way, and what became of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest

from newsletter import build, mime, workspace
from newsletter.build import Built
from newsletter.config import Config
from newsletter.errors import ContentError, FetchError, UsageError
from newsletter.fetch import Fetched
from newsletter.model.finding import Finding
from newsletter.model.mail import Message
from newsletter.model.subscriber import Subscriber
from newsletter.providers._base import (
    Accepted,
    Capabilities,
    Deferred,
    Guard,
    InDoubt,
    Outcome,
    Refused,
    RequestRefused,
)
from newsletter.send import testmail
from newsletter.send.testmail import Answered

NOW = datetime(2026, 10, 2, 14, 30, tzinfo=UTC)
TESTERS = (
    Subscriber(id="a" * 32, address="redactie@example.nl", name="De redactie"),
    Subscriber(id="b" * 32, address="chef@example.org"),
)

Compose = Callable[..., tuple[Message, ...]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    workspace.init(folder)
    return folder


@pytest.fixture(scope="module")
def built(root: Path) -> Built:
    return build.build(workspace.find(root, {}))


@pytest.fixture
def config(root: Path, tmp_path: Path) -> Config:
    """The sample's configuration, its published pictures in a folder of this test's own."""
    config = workspace.find(root, {}).config
    pictures = config.pictures.model_copy(update={"folder": tmp_path / "published"})
    return config.model_copy(update={"pictures": pictures})


def without_address(config: Config) -> Config:
    """Without a public address for pages or pictures."""
    return config.model_copy(update={"web": config.web.model_copy(update={"url": None})})


def ending_in(extra: str, built: Built) -> Built:
    """An issue whose template puts something more at the end of the body."""
    *pieces, last = built.edition.html
    assert isinstance(last, str)
    html = (*pieces, last.replace("</body>", f"{extra}</body>"))
    return replace(built, edition=replace(built.edition, html=html))


def shown(address: str, *, status: int = 200, media: str = "image/jpeg") -> Fetched:
    return Fetched(address=address, status=status, media=media, charset=None, data=b"")


def tokens() -> testmail.Token:
    numbers = count(1)
    return lambda: f"{next(numbers):024x}"


@pytest.fixture
def compose(built: Built, config: Config) -> Compose:
    """``compose(config=…, fetch=…, built=…)``: make the test mail for two testers; every picture is seen."""

    def run(
        *, config: Config = config, built: Built = built, fetch: Callable[[str], Fetched] = shown, now: datetime = NOW
    ) -> tuple[Message, ...]:
        return testmail.compose(built, TESTERS, config, now=now, fetch=fetch, token=tokens())

    return run


def read(message: Message) -> EmailMessage:
    parsed = message_from_bytes(mime.to_bytes(message), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


# What is made


def test_it_says_that_it_is_a_test_before_the_subject_and_in_a_header(compose: Compose, built: Built) -> None:
    mail = read(compose()[0])
    assert mail["Subject"] == f"[TEST] {built.edition.subject}"
    assert mail["X-Newsletter-Test"] == "yes"


def test_a_real_message_has_no_such_header(built: Built) -> None:
    assert read(built.message)["X-Newsletter-Test"] is None


def test_its_links_to_leave_and_to_preferences_belong_to_no_reader(compose: Compose) -> None:
    first, second = compose()
    assert first.unsubscribe == second.unsubscribe == "https://weekbrief.example.nl/leave"
    assert read(first)["List-Unsubscribe"] == "<https://weekbrief.example.nl/leave>"
    assert "https://weekbrief.example.nl/preferences" in first.html
    assert not re.search(r"/(?:leave|preferences)/[\w-]{20}", first.html + first.text)


def test_it_is_dated_by_the_clock_and_not_by_the_issue(compose: Compose) -> None:
    assert read(compose()[0])["Date"].datetime == NOW


def test_each_tester_gets_a_message_of_his_own(compose: Compose) -> None:
    messages = compose()
    assert [read(message)["To"] for message in messages] == ["De redactie <redactie@example.nl>", "chef@example.org"]
    assert len({read(message)["Message-ID"] for message in messages}) == 2


def test_everything_else_is_what_will_be_sent(compose: Compose, built: Built) -> None:
    edition = compose()[0].edition
    assert (edition.html, edition.text, edition.pictures) == (
        built.edition.html,
        built.edition.text,
        built.edition.pictures,
    )


# Pictures


def test_its_pictures_are_published_before_they_are_fetched(compose: Compose, config: Config, built: Built) -> None:
    asked = []

    def fetch(address: str) -> Fetched:
        asked.append(address)
        assert (config.pictures.folder / address.rpartition("/")[2]).is_file()
        return shown(address)

    compose(fetch=fetch)
    names = [picture.name for picture in built.edition.pictures]
    assert sorted(asked) == sorted(f"https://weekbrief.example.nl/pictures/{name}" for name in names)


def test_what_was_published_before_is_left_alone(compose: Compose, config: Config, built: Built) -> None:
    folder = config.pictures.folder
    folder.mkdir()
    (folder / "older.jpg").write_bytes(b"of an older mail")
    first = folder / built.edition.pictures[0].name
    first.write_bytes(b"already here")
    compose()
    assert (folder / "older.jpg").read_bytes() == b"of an older mail"
    assert first.read_bytes() == b"already here"
    assert not list(folder.glob("*.part")) + list(folder.glob(".*"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 404}, "answers 404"),
        ({"media": "text/html"}, "is no picture but text/html"),
        ({"media": ""}, "is no picture but of no type"),
    ],
)
def test_a_picture_that_readers_would_not_see_keeps_the_test_back(
    compose: Compose, answer: dict[str, object], said: str
) -> None:
    with pytest.raises(ContentError, match="These pictures would not be seen") as caught:
        compose(fetch=lambda address: shown(address, **answer))  # type: ignore[arg-type]
    assert said in caught.value.sentence
    assert "published" in caught.value.hint


def test_an_address_that_nothing_answers_keeps_it_back_too(compose: Compose) -> None:
    def fetch(address: str) -> Fetched:
        raise FetchError("There is no host weekbrief.example.nl.")

    with pytest.raises(ContentError, match=r"cannot be shown: There is no host weekbrief\.example\.nl\."):
        compose(fetch=fetch)


@pytest.mark.parametrize("address", ["logo.png", "pictures/logo.png", "file:///logo.png", "cid:stranger.png", ""])
@pytest.mark.parametrize("public", [True, False], ids=["public", "embedded"])
def test_a_picture_that_the_template_names_by_a_local_address_keeps_it_back(
    compose: Compose, config: Config, built: Built, address: str, public: bool
) -> None:
    built = ending_in(f'<img src="{address}" alt="">', built)
    with pytest.raises(ContentError, match="no public address"):
        compose(built=built, config=config if public else without_address(config))


def test_pictures_in_styles_and_backgrounds_are_looked_at_as_well(compose: Compose, built: Built) -> None:
    extra = '<td background="a.png"><p style="background:url(\'b.png\')"><style>x{background:url(c.png)}</style></td>'
    with pytest.raises(ContentError) as caught:
        compose(built=ending_in(extra, built))
    assert [name for name in ("a.png", "b.png", "c.png") if f"{name} is no public" in caught.value.sentence] == [
        "a.png",
        "b.png",
        "c.png",
    ]


def test_without_a_public_address_the_pictures_travel_inside(compose: Compose, config: Config, built: Built) -> None:
    message = compose(config=without_address(config), fetch=pytest.fail)[0]
    mail = read(message)
    parts = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert [part["Content-ID"] for part in parts] == [f"<{picture.name}>" for picture in built.edition.pictures]
    assert [part.get_content() for part in parts] == [picture.data for picture in built.edition.pictures]
    body = mail.get_body(("html",))
    assert body is not None
    assert set(re.findall(r'src="cid:([^"]+)"', body.get_content())) == {p.name for p in built.edition.pictures}
    assert not config.pictures.folder.exists()


# What stands in the way


def test_an_article_whose_embargo_has_not_passed_keeps_it_back(compose: Compose, built: Built) -> None:
    opening = built.issue.opening
    assert opening is not None
    embargoed = replace(opening, article=replace(opening.article, not_before=NOW + timedelta(hours=1)))
    issue = replace(built.issue, opening=embargoed)
    with pytest.raises(ContentError, match="may not appear before 2026-10-02 17:30"):
        compose(built=replace(built, issue=issue))
    compose(built=replace(built, issue=issue), now=NOW + timedelta(hours=1))


def test_without_a_postal_address_nothing_leaves(compose: Compose, config: Config) -> None:
    publisher = config.publisher.model_copy(update={"address": ""})
    with pytest.raises(ContentError, match="names no postal address"):
        compose(config=config.model_copy(update={"publisher": publisher}))


def test_what_the_checks_call_an_error_keeps_it_back_and_a_warning_does_not(compose: Compose, built: Built) -> None:
    found = Finding(code="link-unreachable", level="error", sentence="http:/x is malformed.", remedy="Correct it.")
    with pytest.raises(ContentError, match=r"http:/x is malformed\. Correct it\."):
        compose(built=replace(built, findings=(found,)))
    compose(built=replace(built, findings=(replace(found, level="warning"),)))


def test_everything_that_is_in_the_way_is_told_at_once(compose: Compose, built: Built, config: Config) -> None:
    found = Finding(code="link-unreachable", level="error", sentence="http:/x is malformed.", remedy="Correct it.")
    publisher = config.publisher.model_copy(update={"address": ""})
    with pytest.raises(ContentError) as caught:
        compose(built=replace(built, findings=(found,)), config=config.model_copy(update={"publisher": publisher}))
    assert len(caught.value.sentence.splitlines()) == 3


def test_what_is_in_the_way_is_found_before_a_picture_is_published(
    compose: Compose, built: Built, config: Config
) -> None:
    found = Finding(code="x", level="error", sentence="Wrong.", remedy="")
    with pytest.raises(ContentError):
        compose(built=replace(built, findings=(found,)))
    assert not config.pictures.folder.exists()


# Who gets it


def test_who_is_named_gets_it_else_the_configured_testers(config: Config) -> None:
    send = config.send.model_copy(update={"testers": ("De chef <chef@example.org>",)})
    config = config.model_copy(update={"send": send})
    assert [t.address for t in testmail.testers(["redactie@example.nl"], config)] == ["redactie@example.nl"]
    assert [(t.name, t.address) for t in testmail.testers([], config)] == [("De chef", "chef@example.org")]


def test_an_address_that_is_named_twice_gets_it_once(config: Config) -> None:
    assert len(testmail.testers(["Chef@Example.org", "chef@example.org"], config)) == 1


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ([], "Nobody is named"),
        (["chef@"], "“chef@” is no e-mail address"),
        (["chef@example.org,redactie@example.org"], "is no e-mail address"),
        (["jürgen@example.org"], "is no e-mail address"),
        ([f"lezer{n}@example.org" for n in range(21)], "21 testers are more"),
    ],
)
def test_nobody_somebody_malformed_and_too_many_are_refused(config: Config, named: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        testmail.testers(named, config)


# What became of it


class Scripted:
    """A provider that answers each request as it was told to: True accepts, an exception is raised."""

    capabilities: ClassVar[Capabilities] = Capabilities(batch_messages=2, batch_bytes=10**6, batch_embedded=False)

    def __init__(self, *script: Sequence[Outcome] | BaseException | None) -> None:
        self.script = list(script)
        self.requests: list[tuple[str, Sequence[Message]]] = []

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        self.requests.append((attempt, messages))
        answer = self.script.pop(0) if self.script else None
        if isinstance(answer, BaseException):
            raise answer
        return answer or [Accepted(delivery=message.delivery, said="taken") for message in messages]


def send_to(provider: Scripted, messages: Sequence[Message]) -> tuple[Answered, ...]:
    return tuple(testmail.send(messages, provider, token=tokens()))  # type: ignore[arg-type]  # it is only asked to send


def states(results: Sequence[Answered]) -> list[str]:
    return [type(result.outcome).__name__ for result in results]


def test_each_tester_has_an_answer_in_the_order_of_the_testers(compose: Compose) -> None:
    messages = compose()
    refused = Refused(delivery=messages[1].delivery, reason="550 5.1.1 No such user")
    results = send_to(Scripted([Accepted(delivery=messages[0].delivery), refused]), messages)
    assert [result.address for result in results] == ["redactie@example.nl", "chef@example.org"]
    assert states(results) == ["Accepted", "Refused"]


def test_embedded_pictures_go_one_message_a_request_where_a_batch_takes_none(compose: Compose, config: Config) -> None:
    provider = Scripted()
    send_to(provider, compose(config=without_address(config)))
    assert [len(messages) for _, messages in provider.requests] == [1, 1]
    assert len({attempt for attempt, _ in provider.requests}) == 2
    provider = Scripted()
    send_to(provider, compose())
    assert [len(messages) for _, messages in provider.requests] == [2]


def test_after_a_refused_request_the_others_are_not_tried(compose: Compose, config: Config) -> None:
    provider = Scripted(RequestRefused("The key is wrong."))
    results = send_to(provider, compose(config=without_address(config)))
    assert states(results) == ["RequestRefused", "NotSent"]
    assert len(provider.requests) == 1


def test_a_request_in_doubt_is_said_to_be_and_is_not_repeated(compose: Compose, config: Config) -> None:
    provider = Scripted(InDoubt("No answer came."))
    results = send_to(provider, compose(config=without_address(config)))
    assert states(results) == ["InDoubt", "Accepted"]
    assert len(provider.requests) == 2


def test_a_tester_who_is_not_mailed_now_keeps_nobody_else_waiting(compose: Compose, config: Config) -> None:
    messages = compose(config=without_address(config))
    provider = Scripted([Deferred(delivery=messages[0].delivery, reason="452 4.2.2 Mailbox full")])
    assert states(send_to(provider, messages)) == ["Deferred", "Accepted"]


def test_each_answer_is_known_before_the_next_request(compose: Compose, config: Config) -> None:
    provider = Scripted(None, KeyboardInterrupt())
    answers = testmail.send(
        compose(config=without_address(config)),
        provider,  # type: ignore[arg-type]  # it is only asked to send
        token=tokens(),
    )
    assert isinstance(next(answers).outcome, Accepted)
    with pytest.raises(KeyboardInterrupt):
        next(answers)

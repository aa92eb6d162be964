"""The doctor: each thing it looks at is good or has a remedy, and an error is what a send would fail of."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import examples
import pytest
from sqlalchemy import text

from newsletter import app, doctor, workspace
from newsletter.build import build
from newsletter.config import Config, load
from newsletter.doctor import Diagnosis, Surroundings
from newsletter.errors import ConfigError, FetchError
from newsletter.fetch import Fetched
from newsletter.model.mail import Message
from newsletter.providers._base import (
    Capabilities,
    Guard,
    Login,
    NotSent,
    Outcome,
    Provider,
    RequestRefused,
    ThrottledUntil,
    Trace,
)
from newsletter.send.pictures import publish
from newsletter.send.preflight import missing
from newsletter.workspace import Workspace

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
SECRET = {"NEWSLETTER_SECRET": "een-geheim-van-zestig-schapen"}
ARTICLE = "---\ntitle: De pont vaart weer\nsection: Binnenland\nurl: https://heuvelbode.nl/1\n---\n\nHet water zakt.\n"
PUBLIC = "https://weekbrief.heuvelbode.nl"

Diagnosed = Callable[..., list[Diagnosis]]


class Post:
    """A provider that only logs in, and answers as it was told to."""

    capabilities = Capabilities(batch_messages=1, batch_bytes=1)

    def __init__(self, answer: Login | Exception | Event) -> None:
        self.answer = answer
        self.closed = False

    def send(self, attempt: str, messages: Sequence[Message], guard: Guard) -> Sequence[Outcome]:
        raise AssertionError(attempt, messages, guard)

    def look_up(self, attempt: str, messages: Sequence[Message]) -> Sequence[Trace]:
        raise AssertionError(attempt, messages)

    def verify(self) -> Login:
        if isinstance(self.answer, Event):
            self.answer.wait()
            raise NotSent("Too late.")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None:
        self.closed = True


OPEN = Login(verified=True, sentence="It took the login.")


@pytest.fixture
def paper(tmp_path: Path) -> Workspace:
    """A workspace from which a send would succeed."""
    workspace.init(tmp_path, empty=True)
    articles = tmp_path / "issues" / "2026-11-28" / "articles"
    articles.mkdir(parents=True)
    (articles / "pont.md").write_text(ARTICLE, "utf-8")
    configure(tmp_path, "example.nl", "heuvelbode.nl")
    configure(tmp_path, '# provider = "smtp"', 'provider = "smtp"\ntesters = ["redactie@heuvelbode.nl"]')
    return workspace.find(tmp_path, SECRET)


def configure(root: Path, old: str, fresh: str) -> None:
    file = root / "newsletter.toml"
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, fresh), "utf-8")


def answer(address: str, _: Config, *, status: int = 200, media: str = "text/html") -> Fetched:
    return Fetched(address=address, status=status, media=media, charset=None, data=b"")


def nowhere(address: str, _: Config) -> Fetched:
    raise FetchError(f"{address} lies on a private network, and is not fetched.", "If it is yours, allow it.")


def diagnosed(paper: Workspace | ConfigError, group: str | None = None, **changed: object) -> list[Diagnosis]:
    """What is found in surroundings where everything is good but for what is ``changed``."""

    def at_hand() -> Workspace:
        if isinstance(paper, ConfigError):
            raise paper
        return paper

    given = {
        "python": (3, 11, 9),
        "zone": ZoneInfo,
        "installed": lambda _: True,
        "workspace": at_hand,
        "store": app.store,
        "connect": lambda _: Post(OPEN),
        "fetch": answer,
        "now": NOW,
        **changed,
    }
    found = list(doctor.diagnose(Surroundings(**given)))  # type: ignore[arg-type]
    return [one for one in found if group in {None, one.group}]


def told(found: Sequence[Diagnosis], level: str) -> list[str]:
    return [one.sentence for one in found if one.level == level]


def test_where_all_is_well_everything_is_good(paper: Workspace) -> None:
    with app.store(paper.config, create=True):
        found = diagnosed(paper)
    assert {one.level for one in found} == {"good"}
    assert list(dict.fromkeys(one.group for one in found)) == [
        "python", "program", "optional parts", "configuration", "templates", "issues", "readers", "provider",
        "addresses",
    ]  # fmt: skip


# The machine


def test_an_old_python_and_missing_zones_are_errors(paper: Workspace) -> None:
    def none(key: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(key)

    found = diagnosed(paper, "python", python=(3, 10, 2), zone=none)
    assert told(found, "error") == ["Python 3.10.2 is too old.", "Time zones are not known."]


def test_an_optional_part_that_is_missing_is_a_warning_that_says_what_it_is_for(paper: Workspace) -> None:
    found = diagnosed(paper, "optional parts", installed=lambda part: part != "trafilatura")
    (warning,) = [one for one in found if one.level == "warning"]
    assert "finds the text on pages" in warning.sentence
    assert "pipx inject newsletter trafilatura lxml-html-clean" in warning.remedy


def test_outside_a_workspace_the_machine_is_looked_at_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.find(tmp_path, {})
    found = diagnosed(caught.value)
    assert [one.group for one in found if one.level == "good"].count("python") == 2
    assert (found[-1].group, found[-1].level) == ("configuration", "error")
    assert "newsletter init" in found[-1].remedy


# The configuration

WANTS = {
    "no postal address": ('address = "Postbus 12, 1234 AB Heuveldam"', ""),
    "no public address": (f'\nurl = "{PUBLIC}"', ""),
    "no https": (PUBLIC, PUBLIC.replace("https", "http")),
}


@pytest.mark.parametrize("want", WANTS)
def test_what_a_send_is_missing_has_a_remedy(paper: Workspace, want: str) -> None:
    configure(paper.root, *WANTS[want])
    changed = workspace.find(paper.root, SECRET)
    assert len(missing(changed.config)) == 1
    (error,) = [one for one in diagnosed(changed, "configuration") if one.level == "error"]
    assert error.remedy


def test_what_is_missing_is_told_once(paper: Workspace) -> None:
    configure(paper.root, *WANTS["no postal address"])
    errors = told(diagnosed(workspace.find(paper.root, SECRET)), "error")
    assert [sentence for sentence in errors if "postal address" in sentence] == ["The publisher has no postal address."]


@pytest.mark.parametrize(
    ("secret", "sentence"), [({}, "no secret"), ({"NEWSLETTER_SECRET": "kort"}, "shorter than 16")]
)
def test_a_secret_that_is_missing_or_short_is_an_error_and_never_shown(
    paper: Workspace, secret: dict[str, str], sentence: str
) -> None:
    found = diagnosed(workspace.find(paper.root, secret))
    assert any(sentence in one.sentence for one in found if (one.group, one.level) == ("configuration", "error"))
    assert "kort" not in repr(found)


@pytest.mark.parametrize(("sender", "sentence"), [("x@gmail.com", "forbids others"), ("x@krant.example", "an example")])
def test_a_sender_whose_domain_cannot_be_used_is_a_warning(paper: Workspace, sender: str, sentence: str) -> None:
    configure(paper.root, "weekbrief@heuvelbode.nl", sender)
    (warning,) = told(diagnosed(workspace.find(paper.root, SECRET), "configuration"), "warning")
    assert sentence in warning


def test_a_folder_that_takes_no_pictures_is_an_error(paper: Workspace) -> None:
    (paper.root / "published").write_text("a file where the folder would be", "utf-8")
    (error,) = told(diagnosed(paper, "configuration"), "error")
    assert error == f"The pictures cannot be put into {paper.root / 'published' / 'pictures'}."


def test_without_testers_it_warns(paper: Workspace) -> None:
    configure(paper.root, 'testers = ["redactie@heuvelbode.nl"]', "")
    assert told(diagnosed(workspace.find(paper.root, SECRET), "configuration"), "warning")


@pytest.mark.parametrize("provider", [None, "smtp", "duif"])
@pytest.mark.parametrize("secret", [{}, SECRET], ids=["no secret", "secret"])
@pytest.mark.parametrize("url", [None, PUBLIC, PUBLIC.replace("https", "http")])
@pytest.mark.parametrize("address", ["", "Postbus 1"])
def test_there_is_an_error_whenever_a_real_send_is_missing_something(
    tmp_path: Path, provider: str | None, secret: dict[str, str], url: str | None, address: str
) -> None:
    workspace.init(tmp_path, empty=True)
    tables = {"publisher": {"address": address}, "web": {"url": url}, "send": {"provider": provider}}
    config = examples.config(tmp_path, **tables)
    config = config.model_copy(update={"secrets": load(tmp_path, secret).secrets})

    def connect(config: Config) -> Provider:
        return Post(OPEN) if config.send.provider == "smtp" else app.provider(config)

    found = diagnosed(Workspace(root=tmp_path, config=config), connect=connect)
    assert bool(told(found, "error")) == bool(missing(config))


# Templates and issues


def test_a_template_that_cannot_be_filled_is_an_error_even_without_issues(paper: Workspace) -> None:
    workspace.init_template(paper.root, "digest")
    (paper.root / "templates" / "digest" / "edition.txt").write_text("{{ issue.naam }}", "utf-8")
    (paper.root / "issues" / "2026-11-28").rename(paper.root / "issues" / "_2026-11-28")
    (error,) = told(diagnosed(paper, "templates"), "error")
    assert error.startswith("templates/digest/edition.txt:1: ")
    assert told(diagnosed(paper, "issues"), "warning") == ["There are no issues yet."]


def test_a_copy_of_a_template_that_is_not_behind_is_good_however_it_was_changed(paper: Workspace) -> None:
    workspace.init_template(paper.root, "digest")
    (paper.root / "templates" / "digest" / "style.css").write_text("p { margin: 0; }\n", "utf-8")
    assert {one.level for one in diagnosed(paper, "templates")} == {"good"}


def test_a_copy_that_is_behind_says_what_to_compare_it_with(paper: Workspace) -> None:
    workspace.init_template(paper.root, "digest")
    copy = paper.root / "templates" / "digest"
    origin = copy / ".origin"
    origin.write_text("\n".join(f"{'0' * 64}  {line.split()[1]}" for line in origin.read_text().splitlines()), "utf-8")
    (copy / "style.css").write_text("p { margin: 0; }\n", "utf-8")
    (warning,) = [one for one in diagnosed(paper, "templates") if one.level == "warning"]
    assert warning.sentence.startswith("templates/digest/style.css is older than ")
    assert "sha256sum *) > templates/digest/.origin" in warning.remedy


def test_an_issue_that_does_not_build_is_an_error(paper: Workspace) -> None:
    (paper.root / "issues" / "2026-11-28" / "issue.toml").write_text("subjet = 'x'\n", "utf-8")
    (error,) = told(diagnosed(paper, "issues"), "error")
    assert "`subjet`" in error


def test_an_issue_that_may_go_to_nobody_is_an_error_and_warnings_are_counted(paper: Workspace) -> None:
    article = paper.root / "issues" / "2026-11-28" / "articles" / "pont.md"
    article.write_text(ARTICLE.replace("url:", "not_before: 2026-11-27\nimage: weg.jpg\nurl:"), "utf-8")
    found = diagnosed(paper, "issues")
    (error,) = told(found, "error")
    assert "2026-11-28 cannot be sent. " in error
    assert told(found, "warning") == ["2026-11-28 builds; warnings: 1."]


# The list of readers


def on_the_list(paper: Workspace, *statements: str) -> Workspace:
    """Make a list of readers, and change its database past the program."""
    with app.store(paper.config, create=True) as store, store.alone() as transaction:
        for statement in statements:
            transaction.execute(text(statement))
    return paper


ERASED = "INSERT INTO facts (name, value) VALUES ('erase_key', 'a hash of nothing under another key')"
READER = (
    "INSERT INTO subscribers (id, address, key, domain, consent, source) "
    "VALUES ('5e', 'anna@example.nl', 'anna@example.nl', 'example.nl', 'confirmed', 'import')"
)


def test_a_list_that_is_not_there_yet_is_a_warning_and_not_made(paper: Workspace) -> None:
    (warning,) = diagnosed(paper, "readers")
    assert (warning.level, warning.sentence) == ("warning", "There is no list of readers yet.")
    assert "newsletter subscribers import" in warning.remedy
    assert not (paper.root / "newsletter.db").exists()


def test_of_a_list_it_says_how_many_are_confirmed(paper: Workspace) -> None:
    (good,) = diagnosed(on_the_list(paper, READER), "readers", online=False)
    assert good.level == "good"
    assert good.sentence.endswith("newsletter.db; confirmed: 1.")


def test_a_list_of_an_earlier_version_is_an_error(paper: Workspace) -> None:
    earlier = on_the_list(paper, "UPDATE alembic_version SET version_num = '0001'")
    (error,) = diagnosed(earlier, "readers")
    assert (error.level, error.remedy) == ("error", "Run `newsletter db upgrade`.")


@pytest.mark.parametrize(
    ("key", "sentence"),
    [({}, "is not set"), ({"NEWSLETTER_ERASE_KEY": "een andere sleutel dan toen"}, "is not the key")],
    ids=["no key", "another key"],
)
def test_erased_readers_who_would_not_be_known_again_are_a_warning(
    paper: Workspace, key: dict[str, str], sentence: str
) -> None:
    on_the_list(paper, ERASED)
    (warning,) = diagnosed(workspace.find(paper.root, SECRET | key), "readers")
    assert warning.level == "warning"
    assert f"NEWSLETTER_ERASE_KEY {sentence}" in warning.sentence


def test_a_list_on_a_server_is_asked_for_only_online_and_its_password_not_shown(paper: Workspace) -> None:
    address = {"NEWSLETTER_DATABASE": "postgresql://lezer:geheim@127.0.0.1:1/brief"}
    away = workspace.find(paper.root, SECRET | address)
    (unknown,), (error,) = diagnosed(away, "readers", online=False), diagnosed(away, "readers")
    assert (unknown.level, unknown.remedy) == ("unknown", "Leave out --offline.")
    assert error.level == "error"
    assert "127.0.0.1:1/brief" in error.sentence
    assert "geheim" not in repr(error)


# The provider


@pytest.mark.parametrize(
    ("answered", "level"),
    [
        (Login(verified=False, sentence="This key may only send."), "unknown"),
        (RequestRefused("The key is not known.", "Make another."), "error"),
        (NotSent("Nobody answers."), "error"),
        (ThrottledUntil("Not now.", until=NOW), "warning"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_what_the_login_comes_to_decides_the_level(paper: Workspace, answered: Login | Exception, level: str) -> None:
    post = Post(answered)
    (found,) = diagnosed(paper, "provider", connect=lambda _: post)
    assert found.level == level
    assert found.sentence == (answered.sentence if isinstance(answered, Login) else str(answered))
    assert post.closed


def test_a_provider_that_cannot_be_connected_is_an_error(paper: Workspace) -> None:
    def refuse(_: Config) -> Post:
        raise ConfigError("NEWSLETTER_SMTP_PASSWORD is not set.", "Set it.")

    (found,) = diagnosed(paper, "provider", connect=refuse)
    assert (found.level, found.remedy) == ("error", "Set it.")


def test_a_server_that_says_nothing_holds_nobody_up(paper: Workspace) -> None:
    silence = Event()
    found = diagnosed(paper, connect=lambda _: Post(silence), patience=0.01)
    silence.set()
    assert "The login of smtp has not answered within 0.01 seconds." in told(found, "unknown")


def test_a_mistake_of_ours_keeps_its_traceback(paper: Workspace) -> None:
    with pytest.raises(ZeroDivisionError):
        diagnosed(paper, connect=lambda _: Post(ZeroDivisionError()))


def test_offline_nothing_is_asked_and_each_address_says_so(paper: Workspace) -> None:
    def never(*_: object) -> Fetched:
        raise AssertionError

    found = diagnosed(paper, connect=lambda _: Post(AssertionError()), fetch=never, online=False)
    assert [one.group for one in found if one.level == "unknown"] == ["provider", "addresses", "addresses"]
    assert not told(found, "error")


# Public addresses


def test_addresses_on_a_private_network_are_refused_in_a_sentence(paper: Workspace) -> None:
    pages, pictures = diagnosed(paper, "addresses", fetch=nowhere)
    assert (pages.level, pictures.level) == ("warning", "error")
    assert pages.sentence == f"{PUBLIC} lies on a private network, and is not fetched."
    assert "open internet" in pages.remedy
    assert "published/pictures" in pictures.remedy


def test_a_web_server_that_is_broken_is_a_warning(paper: Workspace) -> None:
    found = diagnosed(paper, "addresses", fetch=lambda address, config: answer(address, config, status=502))
    assert told(found, "warning") == [f"{PUBLIC} answers 502."]


@pytest.mark.parametrize(
    ("status", "media", "level"), [(200, "image/png", "good"), (404, "image/png", "error"), (200, "text/html", "error")]
)
def test_once_a_picture_is_published_it_must_be_shown(paper: Workspace, status: int, media: str, level: str) -> None:
    articles = paper.root / "issues" / "2026-11-28" / "articles"
    picture = workspace.SHIPPED / "issues" / "2026-10-03" / "articles" / "pont-naar-school.jpg"
    (articles / "pont.jpg").write_bytes(picture.read_bytes())
    edition = build(paper).edition
    publish(edition.pictures, paper.root / "published" / "pictures")
    asked: list[str] = []

    def fetch(address: str, config: Config) -> Fetched:
        asked.append(address)
        return answer(address, config, status=status, media=media)

    found = diagnosed(paper, "addresses", fetch=fetch)[1]
    assert found.level == level
    assert f"{PUBLIC}/pictures/{edition.pictures[0].name}" in asked

"""Pressing send: what is found out before anybody is mailed, what refuses, and what is written down."""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from listed import one, put
from PIL import Image
from pydantic import SecretStr

from newsletter import build, workspace
from newsletter.config import Config, Secrets
from newsletter.delivery import plan
from newsletter.delivery.lifecycle import Calendar
from newsletter.errors import ConfigError, ContentError, StoreError, UsageError
from newsletter.fetch import Fetched
from newsletter.model.ledger import Run
from newsletter.providers import outbox
from newsletter.providers._base import Login, RequestRefused
from newsletter.send import pressing
from newsletter.send.pressing import Presser, Proposal, Wish
from newsletter.store import editions, runs
from newsletter.store.database import Store
from newsletter.workspace import Workspace

ISSUE = "2026-11-28"
SATURDAY = datetime(2026, 11, 28, 5, tzinfo=UTC)
"""Six o'clock in Amsterdam, when the issue is due."""
FRIDAY = SATURDAY - timedelta(hours=15)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ARTICLE = "---\ntitle: De pont vaart weer\nsection: Binnenland\n{}---\n\nHet water zakt.\n"
READERS = (
    *(one(f"lezer{number:02}@example.org") for number in range(20)),
    one("anna@example.nl", tags=("zuid",)),
    one("cees@example.nl", "pending"),
    one("dora@example.nl", "left"),
    one("hanna@example.nl", paused_until=date(2026, 12, 24)),
)

Propose = Callable[..., Proposal]


class Out(outbox.Outbox):
    """A provider that says of its login what it is told to."""

    login: Login | RequestRefused = Login(verified=True, sentence="The login works.")

    def verify(self) -> Login:
        if isinstance(self.login, RequestRefused):
            raise self.login
        return self.login


@pytest.fixture
def paper(tmp_path: Path) -> Workspace:
    """A newspaper that may send, with an issue of one article and its picture."""
    workspace.init(tmp_path, empty=True)
    articles = tmp_path / "issues" / ISSUE / "articles"
    articles.mkdir(parents=True)
    (articles / "pont.md").write_text(ARTICLE.format(""), "utf-8")
    Image.new("RGB", (1184, 666), "#2C5260").save(articles / "pont.jpg")
    return reading(tmp_path)


def reading(root: Path, **send: object) -> Workspace:
    """The workspace as it is now, with other keys under ``[send]``."""
    found = workspace.find(root, {})
    secrets = Secrets(variables={"NEWSLETTER_SECRET": SecretStr("een-geheim-van-zestig-schapen")})
    told = found.config.send.model_copy(update={"provider": "smtp", **send})
    return replace(found, config=found.config.model_copy(update={"send": told, "secrets": secrets}))


def shown(root: Path) -> Callable[[str], Fetched]:
    """A web server that shows what lies in the folder for pictures."""

    def fetch(address: str) -> Fetched:
        file = root / "published" / "pictures" / address.rpartition("/")[2]
        found = file.is_file()
        return Fetched(
            address=address,
            status=200 if found else 404,
            media="image/jpeg",
            charset=None,
            data=file.read_bytes() if found else b"",
        )

    return fetch


@pytest.fixture
def propose(paper: Workspace, store: Store, tmp_path: Path) -> Propose:
    """``propose(at="06:00", paper=…, now=…)``: what is proposed of the issue to a list of 21 who wait for it."""
    put(store, *READERS)

    def run(
        *,
        paper: Workspace = paper,
        now: datetime = FRIDAY,
        login: Login | RequestRefused = Out.login,
        fetch: Callable[[str], Fetched] | None = None,
        **wish: object,
    ) -> Proposal:
        presser = Presser(name="redacteur", machine="werkplek", at=now, token="5e" * 8)
        asked = Wish(issue=ISSUE, **wish)  # type: ignore[arg-type]
        with closing(Out(outbox.Settings(folder=tmp_path / "outbox"))) as provider:
            provider.login = login
            return pressing.propose(asked, presser, paper, store, provider, fetch=fetch or shown(paper.root))

    return run


def pressed(store: Store, proposal: Proposal, paper: Workspace, *, at: datetime = FRIDAY) -> Run:
    return pressing.press(store, proposal, paper.config, at=at)


# What is said before


def test_it_says_who_waits_who_does_not_and_when(propose: Propose, paper: Workspace) -> None:
    proposal = propose(paper=reading(paper.root, rate=0.1, testers=("redactie@example.nl",)))
    assert (proposal.offer.waiting, proposal.offer.paused, proposal.offer.had) == (21, 1, 0)
    assert proposal.offer.left_out == {"pending": 1, "left": 1, "paused": 1}
    assert proposal.draft.due_at == proposal.allowed_at == SATURDAY
    assert proposal.forecast.first == SATURDAY + timedelta(minutes=10)
    assert proposal.forecast.last == SATURDAY + timedelta(minutes=10, seconds=210)
    assert proposal.login.sentence == "The login works."


def test_it_is_for_a_segment_when_one_is_named(propose: Propose) -> None:
    proposal = propose(segment="tag('zuid')")
    assert (proposal.offer.waiting, proposal.offer.left_out["outside"]) == (1, 23)
    assert proposal.draft.segment == "tag('zuid')"


def test_an_issue_whose_date_has_passed_is_due_at_once(propose: Propose) -> None:
    late = SATURDAY + timedelta(hours=3)
    proposal = propose(now=late)
    assert (proposal.asked_at, proposal.draft.due_at) == (SATURDAY, late)


def test_a_moment_on_a_quiet_day_waits_for_its_end_and_with_a_reason_does_not(propose: Propose) -> None:
    sunday, monday = "2026-11-29T06:00", datetime(2026, 11, 29, 23, tzinfo=UTC)
    assert propose(at=sunday).allowed_at == propose(at=sunday).forecast.first == monday
    overridden = propose(at=sunday, quiet="De dijk breekt door.")
    assert overridden.allowed_at == overridden.draft.due_at == SATURDAY + timedelta(days=1)
    assert overridden.draft.quiet == "De dijk breekt door."


def test_a_hold_that_reaches_into_a_quiet_day_puts_the_first_mail_after_it(propose: Propose, paper: Workspace) -> None:
    held = reading(paper.root, testers=("redactie@example.nl",), hold=timedelta(minutes=10))
    proposal = propose(paper=held, at="2026-11-28T23:55")
    assert proposal.allowed_at == datetime(2026, 11, 28, 22, 55, tzinfo=UTC)
    assert proposal.forecast.first == datetime(2026, 11, 29, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "now", "meant"),
    [
        ("now", FRIDAY, FRIDAY),
        ("2026-11-28T06:00", FRIDAY, SATURDAY),
        ("2026-11-28 06:00", FRIDAY, SATURDAY),
        ("2026-11-28T06:00+00:00", FRIDAY, SATURDAY + timedelta(hours=1)),
        ("06:00", FRIDAY, SATURDAY),
        ("15:30", FRIDAY, datetime(2026, 11, 27, 14, 30, tzinfo=UTC)),
        # The night in March has no half past two, the one in October two of them.
        ("2026-03-29T02:30", FRIDAY, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-10-25T02:30", FRIDAY, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("06:00", datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 4, tzinfo=UTC)),
        ("06:00", datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 5, tzinfo=UTC)),
    ],
)
def test_a_moment_is_wall_time_in_the_newsletter_s_zone(typed: str, now: datetime, meant: datetime) -> None:
    assert pressing.due_at(typed, now=now, zone=AMSTERDAM) == meant


@pytest.mark.parametrize("typed", ["", "soon", "25:00", "2026-11-28", "2026-13-01T06:00", "6"])
def test_what_is_no_moment_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="is no moment to send at"):
        pressing.due_at(typed, now=FRIDAY, zone=AMSTERDAM)


# What refuses


def without(config: Config, table: str, **keys: object) -> Config:
    return config.model_copy(update={table: getattr(config, table).model_copy(update=keys)})


def test_all_that_is_missing_in_the_configuration_is_told_at_once(paper: Workspace, store: Store) -> None:
    bare = without(without(without(paper.config, "send", provider=None), "web", url=None), "publisher", address="")
    with pytest.raises(ConfigError) as caught:
        pressing.refuse_unready(bare.model_copy(update={"secrets": Secrets()}), store)
    assert len(caught.value.sentence.splitlines()) == 5


def test_without_a_list_it_says_where_it_looked_and_makes_none(paper: Workspace) -> None:
    file = paper.root / "newsletter.db"
    with closing(Store(file)) as nowhere, pytest.raises(StoreError) as caught:
        pressing.refuse_unready(paper.config, nowhere)
    assert str(file) in caught.value.sentence
    assert not file.exists()


def test_what_the_checks_call_an_error_refuses_before_the_provider_is_asked(propose: Propose, paper: Workspace) -> None:
    (paper.root / "issues" / ISSUE / "intro.md").write_text("Lees [dit](http:/example.nl).\n", "utf-8")
    with pytest.raises(ContentError, match="This issue cannot be sent"):
        propose(login=RequestRefused("It must not be asked."))


def test_an_article_that_may_not_appear_yet_by_the_real_clock_refuses(propose: Propose, paper: Workspace) -> None:
    article = paper.root / "issues" / ISSUE / "articles" / "pont.md"
    article.write_text(ARTICLE.format("not_before: 2026-11-28T05:00\n"), "utf-8")
    with pytest.raises(ContentError, match="may not appear before 2026-11-28 05:00"):
        propose()
    assert propose(now=SATURDAY).offer.waiting == 21


def test_a_login_that_is_refused_refuses_before_a_picture_is_published(propose: Propose, paper: Workspace) -> None:
    with pytest.raises(RequestRefused, match="The key is unknown"):
        propose(login=RequestRefused("The key is unknown."))
    assert not (paper.root / "published").exists()


def test_a_login_that_cannot_be_verified_says_why_and_does_not_refuse(propose: Propose) -> None:
    said = "This key may only send."
    assert propose(login=Login(verified=False, sentence=said)).login.sentence == said


def test_its_pictures_are_published_and_each_must_answer_with_its_size(propose: Propose, paper: Workspace) -> None:
    propose()
    (picture,) = (paper.root / "published" / "pictures").iterdir()
    size = picture.stat().st_size

    def cut(address: str) -> Fetched:
        return replace(shown(paper.root)(address), data=b"half")

    with pytest.raises(ContentError, match=f"gives 4 bytes, and the picture has {size:,}"):
        propose(fetch=cut)


def test_a_picture_that_does_not_answer_refuses(propose: Propose, paper: Workspace) -> None:
    with pytest.raises(ContentError, match="answers 404") as caught:
        propose(fetch=lambda address: replace(shown(paper.root)(address), status=404))
    assert "published/pictures" in caught.value.hint


# Approval


def test_what_build_printed_approves_it_whole_or_its_first_digits(propose: Propose, paper: Workspace) -> None:
    printed = build.build(paper).edition.fingerprint
    for approved in (printed, printed[:16], printed[:8].upper()):
        assert propose(approved=approved).draft.edition == printed


def test_what_was_changed_after_approval_is_refused_with_both_fingerprints(propose: Propose, paper: Workspace) -> None:
    approved = build.build(paper).edition.fingerprint
    article = paper.root / "issues" / ISSUE / "articles" / "pont.md"
    article.write_text(article.read_text("utf-8").replace("zakt", "stijgt"), "utf-8")
    now = build.build(paper).edition.fingerprint
    with pytest.raises(ContentError) as caught:
        propose(approved=approved)
    assert approved[:16] in caught.value.sentence
    assert now[:16] in caught.value.sentence


@pytest.mark.parametrize("approved", ["5e5e5e5", "yes", "zzzzzzzz"])
def test_what_is_no_fingerprint_approves_nothing(propose: Propose, approved: str) -> None:
    with pytest.raises(UsageError, match="is no fingerprint"):
        propose(approved=approved)


# What is written down


def test_a_run_keeps_who_pressed_it_when_where_and_what(propose: Propose, store: Store, paper: Workspace) -> None:
    proposal = propose(segment="tag('zuid')", first=5, quiet="De dijk breekt door.")
    run = pressed(store, proposal, paper, at=FRIDAY + timedelta(minutes=3))
    assert (run.state, run.due_at, run.allowed_at) == ("scheduled", SATURDAY, SATURDAY)
    assert (run.pressed_by, run.machine, run.pressed_at) == ("redacteur", "werkplek", FRIDAY + timedelta(minutes=3))
    assert (run.segment, run.first, run.quiet, run.provider) == ("tag('zuid')", 5, "De dijk breekt door.", "smtp")
    with store.reading() as transaction:
        kept = editions.load(transaction, run.edition)
        assert runs.get(transaction, run.id) == run
    assert (kept.fingerprint, kept.subject) == (proposal.draft.edition, proposal.built.edition.subject)


def test_whoever_thinks_it_over_for_long_is_due_when_he_presses(
    propose: Propose, store: Store, paper: Workspace
) -> None:
    proposal = propose(at="now")
    run = pressed(store, proposal, paper, at=FRIDAY + timedelta(hours=9))
    assert run.due_at == run.allowed_at == FRIDAY + timedelta(hours=9)


def test_the_terms_are_those_of_the_message_that_was_shown(propose: Propose, store: Store, paper: Workspace) -> None:
    proposal = propose()
    terms, shown_as = proposal.draft.terms, proposal.built.message.letterhead
    assert terms.letterhead(shown_as.date) == shown_as
    assert terms.pictures == "https://weekbrief.example.nl/pictures/"


def test_while_a_run_of_the_issue_is_under_way_no_other_is_pressed(
    propose: Propose, store: Store, paper: Workspace
) -> None:
    first, second = propose(), propose()
    run = pressed(store, first, paper)
    assert pressing.going(store, ISSUE) == run
    assert pressing.going(store, "2026-12-05") is None
    with pytest.raises(UsageError, match="redacteur has pressed it meanwhile: run 1"):
        pressed(store, second, paper)


def test_of_two_who_press_at_the_same_instant_one_does(propose: Propose, store: Store, paper: Workspace) -> None:
    first, second = propose(), propose()
    later, refused = replace(second, draft=replace(second.draft, token="6f" * 8)), []

    def press() -> None:
        try:
            pressed(store, later, paper)
        except UsageError as error:
            refused.append(error.sentence)

    other = threading.Thread(target=press)
    with store.writing() as transaction:
        assert runs.pressing(transaction, ISSUE) is None
        other.start()
        other.join(0.3)
        plan.write(transaction, first.built.edition, first.draft, Calendar.of(paper.config))
    other.join()
    assert refused == ["redacteur has pressed it meanwhile: run 1."]


@pytest.mark.parametrize(
    ("option", "wish"),
    [
        ("--to", {"segment": "tag('zuid')"}),
        ("--at", {"at": "now"}),
        ("--first", {"first": 5}),
        ("--override-quiet", {"quiet": "x"}),
        ("--approve", {"approved": "00000000"}),
    ],
)
def test_a_run_under_way_is_gone_on_with_as_it_is_or_not_at_all(
    propose: Propose, store: Store, paper: Workspace, option: str, wish: dict[str, object]
) -> None:
    run, how = pressed(store, propose(), paper), {"now": FRIDAY, "zone": AMSTERDAM}
    pressing.refuse_second(run, Wish(issue=ISSUE, approved=run.edition[:8]), **how)
    with pytest.raises(UsageError, match=f"Run 1 of 2026-11-28 is still scheduled: .* and {option} asks") as caught:
        pressing.refuse_second(run, Wish(issue=ISSUE, **wish), **how)  # type: ignore[arg-type]
    assert "newsletter runs cancel 1" in caught.value.hint


def test_the_same_command_goes_on_with_a_run_and_its_moment_is_no_matter_once_it_has_begun(
    propose: Propose, store: Store, paper: Workspace
) -> None:
    wish = {"at": "2026-11-28T07:30", "first": 5, "segment": "tag('zuid')"}
    run, how = pressed(store, propose(**wish), paper), {"now": FRIDAY, "zone": AMSTERDAM}
    pressing.refuse_second(run, Wish(issue=ISSUE, approved=run.edition, **wish), **how)  # type: ignore[arg-type]
    begun = replace(run, state="sending", frozen_at=FRIDAY)
    pressing.refuse_second(begun, Wish(issue=ISSUE, at="now"), **how)


def test_an_issue_without_anybody_left_for_it_is_refused(propose: Propose) -> None:
    with pytest.raises(ContentError, match=r"no confirmed reader to mail: tag\('zee'\)"):
        propose(segment="tag('zee')")

"""A rehearsal against the send that it rehearses: the same readers, the same bytes, when, and for how much."""

import csv
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from databases import Address
from dispatched import Clock, Dispatch
from listed import one, put
from pydantic import SecretStr
from tended import contents

from newsletter import app, build, mime, workspace
from newsletter.config import Secrets
from newsletter.delivery import plan
from newsletter.errors import ContentError, ProviderError
from newsletter.fetch import Fetched
from newsletter.providers import outbox
from newsletter.send import pressing
from newsletter.send.pressing import Presser, Wish
from newsletter.send.rehearsal import Rehearsal
from newsletter.store import quotas
from newsletter.store.database import Store
from newsletter.workspace import Workspace

ISSUE = "2026-11-28"
SATURDAY = datetime(2026, 11, 28, 5, tzinfo=UTC)
"""Six o'clock in Amsterdam, when the issue is due."""
ARTICLE = "---\ntitle: De pont vaart weer\nsection: Binnenland\n---\n\nHet water zakt.\n"
OWN = re.compile(rb"^(Date|Message-ID|X-Newsletter-Delivery): [^\r]*\r\n", re.MULTILINE)
"""What a message has of its own run."""


@pytest.fixture
def address(addresses: Callable[[], Address]) -> Address:
    return addresses()


@pytest.fixture
def listed(address: Address) -> Iterator[Store]:
    """The real list, on either database."""
    with closing(Store(address)) as store:
        yield store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A newspaper with an issue of one article, and with no list."""
    workspace.init(tmp_path, empty=True)
    articles = tmp_path / "issues" / ISSUE / "articles"
    articles.mkdir(parents=True)
    (articles / "pont.md").write_text(ARTICLE, "utf-8")
    return tmp_path


def paper_of(root: Path, address: Address | None = None, **send: object) -> Workspace:
    """The newspaper with keys of its ``[send]`` replaced, and with a list."""
    found = workspace.find(root, {})
    variables = {
        "NEWSLETTER_SECRET": "een-geheim-van-zestig-schapen",
        **({"NEWSLETTER_DATABASE": str(address)} if address else {}),
    }
    secrets = Secrets(variables={name: SecretStr(value) for name, value in variables.items()})
    told = found.config.send.model_copy(update={"provider": "smtp", **send})
    return replace(found, config=found.config.model_copy(update={"send": told, "secrets": secrets}))


def rehearsed(paper: Workspace, *, keep_all: bool = False, **whom: object) -> Rehearsal:
    built = build.build(paper, ISSUE)
    with app.mailing(paper, built, **whom) as mailing:  # type: ignore[arg-type]  # file or to
        return app.rehearse(paper, built, mailing, keep_all=keep_all, progress=lambda _: None)[0]


def in_outbox(paper: Workspace) -> dict[str, bytes]:
    """Each message as it lies there, by its address."""
    folder = paper.build_folder(ISSUE) / "outbox"
    with (folder / outbox.LIST).open(encoding="utf-8", newline="") as file:
        return {row["address"]: (folder / row["file"]).read_bytes() for row in csv.DictReader(file)}


def sent(paper: Workspace, store: Store, at: datetime, *, to: str | None = None) -> dict[str, bytes]:
    """Press the issue, and send it really; each message as it was handed to the provider, by its address."""
    presser = Presser(name="joke", machine="heuvel", at=at, token="5e" * 8)
    office = Dispatch(store, paper.root, Clock(at))
    office.config = paper.config
    office.worker = office.new_worker()
    proposal = pressing.propose(Wish(issue=ISSUE, segment=to), presser, paper, store, office.post, fetch=nothing)
    run = pressing.press(store, proposal, paper.config, at=at)
    for _ in range(100):
        if office.run(run.id).is_over:
            break
        office.clock.now = max(office.turn(), office.clock.now)
    office.close()
    assert office.stands(run.id) == "finished"
    return {message.subscriber.address: mime.to_bytes(message) for _, message in office.post.taken}


def nothing(address: str) -> Fetched:
    return Fetched(address=address, status=404, media="text/plain", charset=None, data=b"")


def many(folder: Path, count: int) -> Path:
    file = folder / "leden.csv"
    file.write_text("email,name\n" + "".join(f"lezer{n}@example.org,Jan {n}\n" for n in range(count)), "utf-8")
    return file


# The same as a send


def test_a_thousand_messages_are_those_that_a_send_hands_to_the_provider(
    root: Path, listed: Store, address: Address
) -> None:
    names = ("", "Anna", "Zoë de Wit", '李雷 "Li"', "Jan & <b>Piet</b>, sr.")
    joined = (None, date(2024, 3, 12), date(2025, 8, 1))
    here = [one(f"lezer{n}@example.org", name=names[n % 5], joined=joined[n % 3], tags=("zuid",)) for n in range(1_000)]
    others = [
        one("weg@example.nl", "left"),
        one("rust@example.nl", paused_until=date(2027, 1, 1)),
        one("noord@example.nl"),
    ]
    put(listed, *here, *(replace(other, tags=("zuid",)) for other in others[:2]), others[2])
    paper = paper_of(root, address)
    before = contents(listed)
    rehearsal = rehearsed(paper, keep_all=True, to="tag('zuid')")
    assert contents(listed) == before
    kept = in_outbox(paper)
    assert (rehearsal.readers, len(kept), rehearsal.faults) == (1_000, 1_000, ())
    really = sent(paper, listed, SATURDAY + timedelta(hours=1), to="tag('zuid')")
    assert {who: OWN.sub(b"", content) for who, content in kept.items()} == {
        who: OWN.sub(b"", content) for who, content in really.items()
    }
    assert all(len(OWN.findall(content)) == 3 for content in kept.values())


def test_whoever_has_had_the_issue_gets_none_from_a_rehearsal_either(
    root: Path, listed: Store, address: Address
) -> None:
    put(listed, one("anna@example.nl"), one("bram@example.nl"))
    paper = paper_of(root, address)
    sent(paper, listed, SATURDAY)
    with pytest.raises(ContentError, match="is left who would get 2026-11-28: 2 have had it"):
        rehearsed(paper)
    put(listed, one("cees@example.nl"))
    rehearsal = rehearsed(paper)
    assert (rehearsal.readers, rehearsal.had, rehearsal.left_out) == (1, 2, {})
    assert set(in_outbox(paper)) == {"cees@example.nl"}


def test_the_same_list_gives_the_same_bytes_each_time(root: Path) -> None:
    paper, file = paper_of(root), many(root, 60)
    outboxes = []
    for _ in range(2):
        rehearsed(paper, keep_all=True, file=file)
        outboxes.append(in_outbox(paper))
    assert outboxes[0] == outboxes[1]


def test_whoever_s_message_cannot_be_made_is_named_and_the_others_get_theirs(
    root: Path, listed: Store, address: Address
) -> None:
    put(listed, one("anna@example.nl"), one("jürgen@example.nl"), one("bram@example.nl"))
    rehearsal = rehearsed(paper_of(root, address))
    assert [(fault.address, rehearsal.readers) for fault in rehearsal.faults] == [("jürgen@example.nl", 2)]
    assert "letters before its @" in rehearsal.faults[0].sentence
    assert set(in_outbox(paper_of(root))) == {"anna@example.nl", "bram@example.nl"}


def test_what_is_wrong_with_nearly_all_ends_it(
    root: Path, listed: Store, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_FAULTS", 3)
    put(listed, *(one(f"jürgen{n}@example.nl") for n in range(5)), one("anna@example.nl"))
    rehearsal = rehearsed(paper_of(root, address))
    assert (len(rehearsal.faults), rehearsal.readers, rehearsal.first, rehearsal.headers) == (3, 0, None, "")


def test_nothing_of_it_stays_but_the_outbox(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    aside = tmp_path_factory.mktemp("aside")
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    before = set(root.rglob("*"))
    file = many(root, 3)
    rehearsed(paper_of(root), file=file)
    assert list(aside.iterdir()) == []
    folder = root / "build" / ISSUE / "outbox"
    assert set(root.rglob("*")) - before - {file, root / "build", folder.parent, folder} == {
        folder / name for name in ("outbox.csv", "1.eml", "2.eml", "3.eml")
    }


def test_an_outbox_that_cannot_be_used_is_a_sentence(root: Path) -> None:
    (root / "build" / ISSUE).mkdir(parents=True)
    (root / "build" / ISSUE / "outbox").write_text("van mij")
    with pytest.raises(ProviderError, match=r"The outbox .*outbox cannot be used"):
        rehearsed(paper_of(root), file=many(root, 2))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_disk_that_gets_full_is_a_sentence(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = root / "build" / ISSUE / "outbox"
    folder.mkdir(parents=True)
    (folder / "2.eml").symlink_to("/dev/full")
    monkeypatch.setattr(outbox, "clear", lambda _: None)
    with pytest.raises(ProviderError, match="No space left on device"):
        rehearsed(paper_of(root), file=many(root, 3))


# When, and for how much


def test_without_limits_only_the_provider_says_how_long_it_takes(root: Path) -> None:
    rehearsal = rehearsed(paper_of(root), file=many(root, 5))
    assert (rehearsal.first, rehearsal.last, rehearsal.cost) == (SATURDAY, None, None)


def test_a_rate_spreads_the_mails_and_nobody_waits_for_it(root: Path) -> None:
    rehearsal = rehearsed(paper_of(root, rate=1 / 60), file=many(root, 121))
    assert (rehearsal.readers, rehearsal.first, rehearsal.last) == (121, SATURDAY, SATURDAY + timedelta(hours=2))


def test_a_rate_of_one_domain_is_kept_too(root: Path) -> None:
    rehearsal = rehearsed(paper_of(root, per_domain={"example.org": 0.1}), file=many(root, 31))
    assert rehearsal.last == SATURDAY + timedelta(minutes=5)


def test_what_does_not_fit_in_a_day_goes_on_other_days_but_on_no_quiet_one(root: Path) -> None:
    paper = paper_of(root, per_day=20)
    quiet = paper.config.newsletter.model_copy(update={"quiet": ("sunday",)})
    paper = replace(paper, config=paper.config.model_copy(update={"newsletter": quiet}))
    rehearsal = rehearsed(paper, file=many(root, 50))
    assert (rehearsal.readers, rehearsal.first) == (50, SATURDAY)
    assert rehearsal.last == datetime(2026, 11, 30, 23, tzinfo=UTC)  # Tuesday begins in Amsterdam


def test_a_warm_up_goes_on_from_the_days_on_which_was_sent(root: Path, listed: Store, address: Address) -> None:
    put(listed, *(one(f"lezer{n}@example.org") for n in range(12)))
    paper = paper_of(root, address, warm_up={1: 4, 2: 8, 3: 100})
    assert rehearsed(paper).last == datetime(2026, 11, 29, 23, tzinfo=UTC)  # Monday begins in Amsterdam
    with listed.writing() as transaction:
        quotas.spend(transaction, date(2026, 11, 26), 4)
    assert rehearsed(paper).last == SATURDAY


def test_testers_have_their_time_first(root: Path) -> None:
    paper = paper_of(root, testers=("redactie@example.nl",), hold=timedelta(minutes=10))
    rehearsal = rehearsed(paper, file=many(root, 3))
    assert rehearsal.first == SATURDAY + timedelta(minutes=10)
    assert set(in_outbox(paper)) == {f"lezer{n}@example.org" for n in range(3)}


def test_it_says_what_the_provider_would_ask(root: Path) -> None:
    assert rehearsed(paper_of(root, price="90 EUR"), file=many(root, 50)).cost == "4.50 EUR"

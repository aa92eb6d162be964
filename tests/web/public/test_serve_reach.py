"""At start the server asks for itself from outside, and says in sentences what stands in between."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest
from doors import Fault, door
from open_paper import OpenPaper, opened
from PIL import Image
from ports import reserved
from tended import contents

from newsletter import app
from newsletter.config import Config
from newsletter.links import Key
from newsletter.web.public import reach
from newsletter.web.public.reach import Asking, Found, Knock

HTTPS = "is not https, so mail programs offer no leaving with one click"


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory, sqlite_addresses: object) -> Iterator[OpenPaper]:
    with opened(tmp_path_factory.mktemp("reach") / "paper", sqlite_addresses()) as paper:  # type: ignore[operator]
        yield paper


def found(paper: OpenPaper, web: str, *, knock: Knock | None = None, proxies: Sequence[str] = ()) -> list[Found]:
    """What a server finds that believes to be reached at an address, but for that it is not https."""
    config = changed(paper.config, web={"url": web, "proxies": tuple(proxies)})
    own = app.fetch_own(config)
    asking = Asking(get=lambda address: own.get(address, robots=False), post=own.post, draw=paper.serving.draw)
    paper.knock.seen.clear()
    first, *others = reach.check(config, knock or paper.knock, asking)
    assert (first.good, HTTPS in first.sentence) == (False, True)
    return others


def changed(config: Config, **tables: Mapping[str, object]) -> Config:
    """A configuration in which some keys are replaced."""
    return config.model_copy(
        update={name: getattr(config, name).model_copy(update=keys) for name, keys in tables.items()}
    )


def test_a_server_that_is_reached_says_so(paper: OpenPaper) -> None:
    assert found(paper, paper.web) == [
        Found(good=True, sentence=f"{paper.web} answers, and it is this newsletter."),
        Found(good=True, sentence="A POST comes through, so readers can leave with one click."),
    ]


def test_a_proxy_that_is_in_order_and_believed_is_passed_without_a_word(paper: OpenPaper) -> None:
    with door(paper.web) as web:
        assert [one.good for one in found(paper, web, proxies=["127.0.0.0/8"])] == [True, True]
    with door(paper.web, "unnamed") as web:
        assert [one.good for one in found(paper, web)] == [True, True]


def test_a_proxy_that_is_not_believed_is_named_with_the_line_to_write(paper: OpenPaper) -> None:
    with door(paper.web) as web:
        *_, last = found(paper, web, proxies=["10.0.0.0/8"])
    assert last.sentence == "127.0.0.1 is not believed as a proxy, so all who come through it count as one visitor."
    assert '[web] proxies = ["127.0.0.1"]' in last.remedy


@pytest.mark.parametrize(
    ("fault", "sentence", "remedy"),
    [
        ("nothing behind", "answers 502, and not this newsletter.", "lead here"),
        ("own page", "is answered by something else than this newsletter", "one NEWSLETTER_SECRET"),
        ("other name", "answers 421: what stands in front does not pass on the name", "Host header unchanged"),
        ("no POST", "answers 403 to a POST, and not this newsletter: nobody can leave with one click.", "captcha"),
        ("POST becomes GET", "answers 200 to a POST, and not this newsletter", "captcha"),
    ],
)
def test_what_stands_in_the_way_is_said_with_what_to_do(
    paper: OpenPaper, fault: Fault, sentence: str, remedy: str
) -> None:
    with door(paper.web, fault) as web:
        (fault_found,) = [one for one in found(paper, web, proxies=["127.0.0.1"]) if not one.good]
    assert fault_found.sentence.startswith(web)
    assert sentence in fault_found.sentence
    assert remedy in fault_found.remedy


def test_an_address_where_nobody_answers_is_said_and_nothing_more_is_asked(paper: OpenPaper) -> None:
    with reserved() as port:
        (alone,) = found(paper, f"http://127.0.0.1:{port}")
    assert alone.sentence.startswith("127.0.0.1 cannot be reached")
    assert "docs/serving.md" in alone.remedy


def test_a_newsletter_under_another_secret_is_somebody_else(paper: OpenPaper) -> None:
    (stranger,) = found(paper, paper.web, knock=Knock(key=Key(secret=b"een-heel-ander-geheim")))
    assert "by something else than this newsletter, or under another secret" in stranger.sentence


def test_another_process_of_the_same_newsletter_answers_as_well(paper: OpenPaper) -> None:
    assert [one.good for one in found(paper, paper.web, knock=Knock(key=paper.knock.key))] == [True, True]


def test_a_published_picture_is_asked_for(paper: OpenPaper) -> None:
    folder = paper.config.root / paper.config.pictures.folder
    folder.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(folder / "0123456789abcdef.png")
    try:
        with door(paper.web, "own page") as elsewhere:
            config = changed(paper.config, pictures={"url": elsewhere})
            own = app.fetch_own(config)
            asking = Asking(get=lambda address: own.get(address, robots=False), post=own.post, draw=paper.serving.draw)
            *_, last = reach.check(config, paper.knock, asking)
        assert not last.good
        assert last.sentence.startswith(f"{elsewhere}/0123456789abcdef.png")
        assert last.remedy == f"Let {elsewhere} show the files of published/pictures."
    finally:
        (folder / "0123456789abcdef.png").unlink()


def test_what_must_be_reachable_names_every_kind_of_page(paper: OpenPaper) -> None:
    addresses = " ".join(address for _, address in reach.needed(paper.config))
    kinds = ("subscribe", "confirm", "preferences", "move", "back", "leave", "pictures")
    assert [kind for kind in kinds if f"{paper.web}/{kind}" not in addresses] == []


@pytest.mark.parametrize("nonce", ["", "x", "A" * 32, "0" * 31, "0" * 33, "%00" * 32, "../health", "0" * 31 + "%0a"])
def test_what_is_no_nonce_is_not_signed(paper: OpenPaper, nonce: str) -> None:
    answer = httpx.get(f"{paper.web}/health/{nonce}", trust_env=False)
    assert answer.status_code in {404, 307} or answer.text == "ok\n"
    assert not any(proof in answer.text for proof in (paper.knock.proof("GET", nonce),))


def test_strangers_who_knock_are_answered_and_not_remembered(paper: OpenPaper) -> None:
    before = contents(paper.serving.store)
    answers = [httpx.get(f"{paper.web}/health/{number:032x}", trust_env=False).text for number in range(20)]
    assert len(set(answers)) == 20
    assert not any(f"{number:032x}" in paper.knock.seen for number in range(20))
    assert contents(paper.serving.store) == before


def test_a_newsletter_under_a_path_is_reached_there(tmp_path: Path, sqlite_addresses: object) -> None:
    with opened(tmp_path / "paper", sqlite_addresses(), path="/weekbrief") as paper:  # type: ignore[operator]
        assert paper.web.endswith("/weekbrief")
        assert [one.good for one in found(paper, paper.web)] == [True, True]

"""The preview offers sample readers; of the list of readers it shows nobody."""

import re
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from asking import Client
from listed import one, put

from newsletter import workspace
from newsletter.store import migrate
from newsletter.store.database import Store
from newsletter.web import preview

NAME, LOCAL = "Distelvink", "distel.vink"
ADDRESS = f"{LOCAL}@example.org"


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample issue and a list of one reader."""
    root = tmp_path_factory.mktemp("paper")
    workspace.init(root)
    with closing(Store(root / "newsletter.db")) as store:
        migrate.create(store)
        put(store, one(ADDRESS, name=NAME))
    return root


def pages(client: Client) -> Iterator[tuple[str, str]]:
    """Every page that links and choices lead to, from the first on, with what it says."""
    waiting, seen = deque(["/"]), {"/"}
    while waiting:
        place = waiting.popleft()
        answer = client.get(place)
        text = answer.text
        yield place, text
        links = [answer.headers.get("location", ""), *re.findall(r'(?:href|src|action)="([^"]+)"', text)]
        choices = [f"?{name}={value}" for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', text)]
        readers = [f"?reader={number}" for number in re.findall(r'<option value="(\d+)"', text)]
        for link in [*links, *choices, *readers]:
            to = urlsplit(urljoin(place, unescape(link)))
            if not to.netloc and to.scheme in {"", "http"}:
                target = to._replace(fragment="").geturl()
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_no_page_names_a_reader_of_the_list(paper: Path, phone: bool) -> None:
    found = dict(pages(Client(preview.application(paper), phone=phone)))
    assert len(found) > 20
    assert any("Anneke van den Berg" in text for text in found.values()) is not phone
    assert [place for place, text in found.items() if NAME in text or LOCAL in text] == []

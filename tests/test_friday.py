"""An editor's Friday, as one types it: five addresses and two pasted texts, a look while editing, and a test mail.

Everything is real but the providers' other end: a site, a mail server and Resend stand on this machine.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from providers.fakes import mail_server, resend_api

ISSUE = "2026-11-28"
NEWSLETTER = [sys.executable, "-m", "newsletter"]
HOME = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
PATIENCE = 300

STORIES = (
    ("Veerman van Wilgenoord krijgt een opvolger", "Binnenland"),
    ("Orgel van Ommerhaar klinkt weer op zondag", "Kerk"),
    ("Zestig vrijwilligers lezen elke ochtend de sloot", "Binnenland"),
    ("Bakker en kapper delen voortaan één winkel", "Economie"),
    ("Schapen van Heuvelrade steken de weg over", "Binnenland"),
)
PAGE = """<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>{title} | De Heuvelbode</title>
<link rel="canonical" href="https://{host}/artikel/{number}">
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{title}",
"description":"{lead}","articleSection":"{section}","datePublished":"2026-11-2{number}T08:00:00+01:00",
"author":{{"@type":"Person","name":"Tjitske Brouwer"}},
"image":{{"@type":"ImageObject","url":"{picture}","caption":"Aan de oever."}}}}</script></head>
<body><main><article><h1>{title}</h1><p class="intro">{lead}</p>
<p>Het was nog donker toen de eersten aankwamen, met laarzen aan en een lantaarn in de hand, zoals elke ochtend.</p>
<h2>Geen haast</h2>
<p>Haast heeft hier niemand. Wie de rivier kent, zegt men, weet dat zij zelf bepaalt wanneer er iets gebeurt.</p>
</article></main></body></html>"""
LEAD = "Jaren ging het zoals het ging. Sinds deze week gaat het anders, en dat bevalt de meesten goed."
PASTED = """{section}
{title}

{lead}

Willemijn ter Haar
26 november 2026 16:40

De dag begon met mist boven de uiterwaarden en eindigde met een file van fietsen op de dijk, want iedereen wilde kijken.

Niemand had gerekend op zoveel belangstelling, zei de beheerder, die er koffie bij schonk tot de laatste kan leeg was.
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A newspaper's site; its pictures of the mail lie in ``published``."""

    port: int
    published: Path

    def address(self, host: int, number: int) -> str:
        return f"http://127.0.0.{host}:{self.port}/artikel/{number}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Serve five articles under as many hosts, and what was published."""
    published = tmp_path / "paper" / "published" / "pictures"
    buffer = BytesIO()
    Image.new("RGB", (1200, 675), "#2C5260").save(buffer, "JPEG")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content, media = self.found()
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def found(self) -> tuple[bytes, str]:
            folder, _, name = self.path.strip("/").partition("/")
            here = self.headers["Host"]
            if folder == "artikel":
                number = int(name)
                title, section = STORIES[number - 1]
                foreign = here.startswith("127.0.0.5")
                page = PAGE.format(
                    title=title,
                    lead=LEAD,
                    section=section,
                    number=number,
                    host="krant.example.org" if foreign else "www.example.nl",
                    picture=f"http://{here}/dijk.jpg" if number == 1 else "",
                )
                return page.encode(), "text/html; charset=utf-8"
            if folder == "dijk.jpg":
                return buffer.getvalue(), "image/jpeg"
            file = published / name
            return (file.read_bytes(), "image/jpeg") if folder == "pictures" and file.is_file() else (b"", "text/plain")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield Site(server.server_port, published)
        server.shutdown()


@pytest.fixture
def paper(tmp_path: Path, site: Site) -> Path:
    """A newspaper of one's own, whose site lies on this machine."""
    root = tmp_path / "paper"
    run(tmp_path, "init", "--empty", "paper")
    file = root / "newsletter.toml"
    text = file.read_text("utf-8")
    own = ["example.nl", *(f"127.0.0.{host}" for host in range(1, 5))]
    text = re.sub(r"^own = .*$", f"own = {json.dumps(own)}", text, flags=re.MULTILINE)
    text = text.replace("[pictures]\n", f'[pictures]\nurl = "http://127.0.0.1:{site.port}/pictures"\n')
    hosts = json.dumps([f"127.0.0.{host}" for host in range(1, 6)])
    file.write_text(re.sub(r"^\[fetch\]$", f"[fetch]\nprivate = {hosts}", text, flags=re.MULTILINE), "utf-8")
    return root


def run(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*NEWSLETTER, *arguments], cwd=root, env={**HOME, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def sending_through(paper: Path, provider: str, *lines: str) -> None:
    file = paper / "newsletter.toml"
    text = re.sub(r"^(?:# )?provider = .*$", f'provider = "{provider}"', file.read_text("utf-8"), flags=re.MULTILINE)
    file.write_text("\n".join((text, f"[send.{provider}]", *lines, "")), "utf-8")


def imported(paper: Path, site: Site) -> Path:
    """Import five addresses, the last of another newspaper, and two pasted texts; return the articles' folder."""
    addresses = [site.address(number, number) for number in range(1, 6)]
    texts = []
    for name, title, section in (
        ("mist", "Mist houdt de pont aan wal", "Binnenland"),
        ("koffie", "Koffie op de dijk", "Opinie"),
    ):
        file = paper / f"{name}.txt"
        file.write_text(PASTED.format(title=title, section=section, lead=LEAD), "utf-8")
        texts.append(str(file))
    run(paper, "import", *addresses, *texts, "--issue", ISSUE)
    return paper / "issues" / ISSUE / "articles"


def test_five_addresses_and_two_texts_become_an_issue_that_is_sent_to_the_editor(paper: Path, site: Site) -> None:
    articles = imported(paper, site)
    assert len(list(articles.glob("*.md"))) == 7
    assert len(list(articles.glob("*.jpg"))) == 1
    foreign = (articles / "schapen-van-heuvelrade-steken-de-weg-over.md").read_text("utf-8")
    assert "rights: link" in foreign
    assert "Geen haast" not in foreign
    built = json.loads(run(paper, "build", "--json").stdout)
    assert [finding for finding in built["findings"] if finding["level"] == "error"] == []
    assert {article["title"] for article in built["articles"]} >= {title for title, _ in STORIES}

    with mail_server.running() as server:
        sending_through(paper, "smtp", 'host = "127.0.0.1"', f"port = {server.port}", 'tls = "none"')
        done = run(paper, "send", "--test", "redactie@example.nl", "--yes")
    assert "redactie@example.nl: accepted. 250" in done.stdout
    (mail,) = server.taken
    assert mail.subject.startswith("[TEST] ")
    assert all(title in " ".join(mail.text.split()) for title, _ in STORIES)
    assert list(site.published.glob("*.jpg"))

    account = resend_api.FakeResend()
    with resend_api.serving(account) as address:
        sending_through(paper, "resend", f'url = "{address}"')
        done = run(paper, "send", "--test", "a@example.nl", "b@example.nl", "--yes", NEWSLETTER_RESEND_KEY=account.key)
    assert [mail["to"] for mail in account.mails] == [["a@example.nl"], ["b@example.nl"]]
    assert all(str(mail["subject"]).startswith("[TEST] ") for mail in account.mails)
    assert len(account.requests) == 1


def test_the_preview_follows_what_the_editor_saves(paper: Path) -> None:
    article = paper / "issues" / ISSUE / "articles" / "pont.md"
    article.parent.mkdir(parents=True)
    article.write_text("---\ntitle: De pont vaart weer\n---\n\nHet water zakt.\n", "utf-8")
    preview = subprocess.Popen(
        [*NEWSLETTER, "preview", "--no-open", "--port", "0"], cwd=paper, env=HOME, stderr=subprocess.PIPE, text=True
    )
    try:
        assert preview.stderr is not None
        address = re.search(r"http://[\d.:]+", preview.stderr.readline())
        assert address is not None
        mail = f"{address[0]}/issues/{ISSUE}/mail"
        assert "De pont vaart weer" in fetched(mail)
        article.write_text("---\ntitle: De pont ligt stil\n---\n\nHet water stijgt.\n", "utf-8")
        deadline = time.monotonic() + PATIENCE
        while "De pont ligt stil" not in fetched(mail):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        preview.terminate()
        preview.wait(PATIENCE)
        if preview.stderr:
            preview.stderr.close()


def fetched(address: str) -> str:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        return answer.read().decode().replace("\N{NO-BREAK SPACE}", " ")

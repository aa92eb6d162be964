"""A newspaper whose issue fifty readers wait for, and what one sees of its sending."""

import re
from contextlib import closing
from pathlib import Path

from listed import one, put
from providers.fakes.mail_server import MailServer

from newsletter import build, workspace
from newsletter.model.ledger import Run
from newsletter.store import runs
from newsletter.store.database import Store

ISSUE = "2026-11-28"
ARTICLE = "---\ntitle: De pont vaart weer\nsection: Binnenland\n---\n\nHet water zakt.\n"
READERS = tuple(f"lezer{number:02}@example.org" for number in range(50))
TOML = """
[send.smtp]
host = "127.0.0.1"
port = {port}
tls = "none"

[send.resend]
url = "{resend}"
"""
ENV = """
NEWSLETTER_SECRET=een-geheim-van-zestig-schapen
NEWSLETTER_RESEND_KEY=re_proef
NEWSLETTER_STATE={state}
"""


def lay_out(root: Path, server: MailServer) -> None:
    """Make a workspace with an issue; it has no quiet days, and its mail server is on this machine."""
    workspace.init(root, empty=True)
    articles = root / "issues" / ISSUE / "articles"
    articles.mkdir(parents=True)
    (articles / "pont.md").write_text(ARTICLE, "utf-8")
    (root / ".env").write_text(ENV.format(state=root.parent / "state"), "utf-8")
    file = root / "newsletter.toml"
    text = re.sub(r"^quiet = .*$", "quiet = []", file.read_text("utf-8"), flags=re.MULTILINE)
    file.write_text(text + TOML.format(port=server.port, resend="http://127.0.0.1:1"), "utf-8")
    configure(root, provider='"smtp"')


def subscribe(root: Path) -> None:
    """Put its readers on its list, and one who left."""
    with closing(Store(root / "newsletter.db")) as store:
        put(store, *(one(address) for address in READERS), one("dora@example.org", "left"))


def configure(root: Path, **keys: str) -> None:
    """Write keys under ``[send]``, as TOML spells their values."""
    file = root / "newsletter.toml"
    text = file.read_text("utf-8")
    for key, value in keys.items():
        text = re.sub(rf"^(?:# )?{key} = .*$", f"{key} = {value}", text, count=1, flags=re.MULTILINE)
    file.write_text(text, "utf-8")


def fingerprint(root: Path) -> str:
    """Of the edition that the issue has now; what one approves begins with it."""
    return build.build(workspace.find(root, {}), ISSUE).edition.fingerprint


def the_runs(root: Path) -> tuple[Run, ...]:
    """All that were pressed."""
    with closing(Store(root / "newsletter.db")) as store, store.reading() as transaction:
        return runs.every(transaction)


def mailed(server: MailServer) -> list[str]:
    """To whom a mail was taken, in the order of the addresses, once for each mail."""
    return sorted(taken.reader for taken in server.taken)

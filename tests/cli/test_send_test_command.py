"""`newsletter send --test` from outside: what is a result and what is talk, and what is said when it is broken off."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import HOME, NEWSLETTER, started
from providers.fakes import mail_server
from providers.fakes.mail_server import MailServer
from providers.fakes.mailgun_api import FakeMailgun, serving


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server.running() as server:
        yield server


@pytest.fixture
def paper(tmp_path: Path, server: MailServer) -> Path:
    """A newspaper without a public address, so that a test carries its pictures; its mail server is on this machine."""
    subprocess.run([*NEWSLETTER, "init", "."], cwd=tmp_path, env=HOME, check=True, capture_output=True)
    file = tmp_path / "newsletter.toml"
    text = re.sub(r"^(?:# )?url = .*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
    text = re.sub(r"^(?:# )?provider = .*$", 'provider = "smtp"', text, flags=re.MULTILINE)
    file.write_text(f'{text}\n[send.smtp]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\n', "utf-8")
    return tmp_path


def sending(paper: Path, *options: str) -> "subprocess.Popen[str]":
    return started(paper, "send", "--test", "a@example.org", "b@example.org", "--yes", *options)


def test_as_json_the_result_is_alone_on_its_stream(paper: Path, server: MailServer) -> None:
    server.order("RCPT", "550 5.1.1 No such user")
    with sending(paper, "--json") as process:
        result, talk = process.communicate()
    assert process.returncode == 6, talk
    assert [row["state"] for row in json.loads(result)] == ["refused", "accepted"]
    assert "a@example.org, b@example.org" in talk
    assert "127.0.0.1" in talk


def test_a_provider_that_has_no_name_for_each_mail_has_none_told(paper: Path) -> None:
    with serving(FakeMailgun()) as url:
        file = paper / "newsletter.toml"
        text = file.read_text("utf-8").replace('provider = "smtp"', 'provider = "mailgun"')
        file.write_text(f'{text}\n[send.mailgun]\nurl = "{url}"\ndomain = "mg.example.nl"\n', "utf-8")
        (paper / ".env").write_text("NEWSLETTER_MAILGUN_KEY=key-proef\n", "utf-8")
        with sending(paper) as process:
            result, talk = process.communicate()
    assert process.returncode == 0, talk
    assert [line.partition(":")[0] for line in result.splitlines()] == ["a@example.org", "b@example.org"]
    assert result.count(": accepted.") == 2
    assert "None" not in result


def test_broken_off_it_has_said_who_was_mailed_and_says_of_whom_nothing_is_known(
    paper: Path, server: MailServer
) -> None:
    server.order("DATA", "250 2.0.0 Ok", mail_server.TAKE_AND_SILENCE)
    with sending(paper) as process:
        while server.commands.count("DATA") < 2 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        result, talk = process.communicate(timeout=300)
    assert process.returncode == 130, talk
    assert "a@example.org: accepted" in result
    assert "broken off before an answer for b@example.org" in talk
    assert "Traceback" not in talk

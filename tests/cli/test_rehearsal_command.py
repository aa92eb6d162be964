"""``newsletter send --dry-run`` as one types it: what would happen, and never a secret."""

import json
from pathlib import Path

from commandline import refused, run
from short_issue import SAMPLE


def test_send_rehearses_and_says_what_would_happen(sample: Path) -> None:
    done = run(sample, "send", "--dry-run")
    assert done.code == 0
    assert "10 of sample-readers.csv would be mailed; not: 1 invalid, 1 double" in done.out
    assert (sample / "build" / SAMPLE / "outbox" / "outbox.csv").exists()
    assert "demo key" in done.out + done.err
    assert "Still missing" in done.out + done.err
    assert "List-Unsubscribe" in done.out + done.err


def test_send_as_json_can_be_read(sample: Path) -> None:
    data = json.loads(run(sample, "send", "--dry-run", "--json").out)
    assert data["readers"] == 10
    assert len(data["rejects"]) == 2
    assert data["faults"] == []
    assert data["demo_key"] is True


def test_send_alone_wants_the_issue_named_even_without_a_workspace(tmp_path: Path) -> None:
    done = run(tmp_path, "send")
    refused(done, 2, "Name the issue that is to be sent to the list.")
    assert "newsletter send --dry-run" in done.err


def test_send_ends_with_4_when_a_message_would_be_wrong(paper: Path) -> None:
    toml = (paper / "newsletter.toml").read_text("utf-8").replace("https://weekbrief", "http://weekbrief")
    (paper / "newsletter.toml").write_text(toml, "utf-8")
    done = run(paper, "send", "--dry-run")
    assert done.code == 4
    assert "lezer@example.nl" in done.out + done.err
    assert "RFC 8058" in done.out + done.err


def test_send_never_shows_the_secret(paper: Path) -> None:
    secret = "een-geheim-van-zestig-schapen"
    done = run(paper, "send", "--dry-run", NEWSLETTER_SECRET=secret)
    assert done.code == 0
    assert secret not in done.out + done.err
    assert "demo key" not in done.out + done.err

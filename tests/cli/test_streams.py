"""Terminals, pipes and Ctrl-C: what a command prints as what, and how it ends when nobody listens."""

import fcntl
import re
import signal
import subprocess
import termios
import time
from pathlib import Path
from typing import IO

from commandline import run, started
from short_issue import SAMPLE, put


def test_a_terminal_that_asks_for_no_colour_gets_none(paper: Path) -> None:
    put(paper, "kaal", "---\ntitle: Kaal\nimage: weg.jpg\n---\n\nx\n")
    coloured = run(paper, "build", FORCE_COLOR="1")
    assert "\x1b[" in coloured.out + coloured.err
    quiet = run(paper, "build", FORCE_COLOR="1", NO_COLOR="1")
    assert not re.search(r"\x1b\[(?:\d+;)*3\d", quiet.out + quiet.err)


def test_words_in_brackets_are_shown_as_they_are(paper: Path) -> None:
    put(paper, "haken", "---\ntitle: '[red]Haken[/red] :smile: [bold]'\n---\n\nx\n")
    assert "[red]Haken[/red] :smile: [bold]" in run(paper, "build", SAMPLE).out + run(paper, "build", "--json").out


def test_a_reader_of_the_output_that_stops_early_is_no_traceback(sample: Path) -> None:
    with started(sample, "build", "--json") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


def wait_until_it_reads(stdin: IO[str]) -> None:
    """Write a little to a process, and wait until it has loaded the command and has read that."""
    stdin.write("x")
    stdin.flush()
    unread = bytearray(4)
    while fcntl.ioctl(stdin, termios.FIONREAD, unread) == 0 and any(unread):
        time.sleep(0.02)


def test_ctrl_c_ends_with_130(paper: Path) -> None:
    with started(paper, "import", "-", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stderr
        wait_until_it_reads(process.stdin)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        process.stdin.close()
    assert "Traceback" not in said
    assert process.returncode == 130


def test_a_terminal_that_knows_no_unicode_gets_the_result_all_the_same(paper: Path) -> None:
    put(paper, "vuur", "---\ntitle: Het vuur – 日本\npinned: true\n---\n\nx\n")
    done = run(paper, "build", PYTHONIOENCODING="ascii")
    assert done.code == 0
    assert "Het vuur ? ??" in done.out

"""A spam filter's opinion of the message, without its network tests: faults in what was written, not a forecast."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest

from newsletter import mime
from newsletter.model.mail import Message

SPAMASSASSIN = shutil.which("spamassassin")
COMMAND = ("-t", "-L", "-x", "-p", "/dev/null", "--cf=use_bayes 0")


@pytest.mark.skipif(SPAMASSASSIN is None, reason="No spamassassin here: the message was not shown to a spam filter.")
def test_a_spam_filter_finds_next_to_nothing(message_of: Callable[[str], Message]) -> None:
    message = message_of("mixed")
    https = replace(message, values={slot: v.replace(".invalid", ".example.nl") for slot, v in message.values.items()})
    done = subprocess.run(
        [str(SPAMASSASSIN), *COMMAND], input=mime.to_bytes(https), capture_output=True, check=True, timeout=60
    )
    said = done.stdout.decode("utf-8", "replace")
    score = re.search(r"^X-Spam-Status: .*?score=(-?[\d.]+)", said, re.MULTILINE)
    assert score is not None
    assert float(score[1]) <= 0.5, said.partition("Content analysis details")[2][:2000]

"""The worker as docs/operations.md has systemd run it: started again where that helps, with time to end in order."""

import re
from pathlib import Path

from newsletter.delivery.engine import PACE
from newsletter.errors import ConfigError, StoreError
from newsletter.providers import mailgun, resend, smtp

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


def setting(name: str) -> str:
    """What the unit says once, and nothing else on the page says otherwise."""
    (found,) = re.findall(rf"^ *{name}=(.*)$", PAGE, re.MULTILINE)
    return str(found)


def test_the_unit_waits_as_long_as_a_request_may_take_that_is_under_way() -> None:
    minutes = int(setting("TimeoutStopSec").removesuffix("min"))
    slowest = smtp.Settings.model_fields["last_timeout"].default
    assert all(slowest > one.Settings.model_fields["timeout"].default for one in (smtp, mailgun, resend))
    assert minutes * 60 > PACE.to_send.total_seconds() + slowest


def test_the_unit_starts_it_again_unless_it_is_set_up_wrongly() -> None:
    assert setting("Restart") == "always"
    ends_for_good = [int(code) for code in setting("RestartPreventExitStatus").split()]
    assert ConfigError.exit_code in ends_for_good
    assert StoreError.exit_code not in ends_for_good


def test_the_page_counts_the_requests_that_a_worker_has_under_way_as_the_engine_does() -> None:
    assert resend.Resend.capabilities.idempotency
    assert f"{PACE.ready} more for each connection lie ready" in PAGE
    assert re.search(rf"{4 * (1 + PACE.ready)} then\. The {4 * PACE.ready} had not left", PAGE)

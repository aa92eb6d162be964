"""newsletter doctor"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from newsletter import app
from newsletter.cli import _out
from newsletter.cli._options import Json
from newsletter.doctor import Diagnosis
from newsletter.errors import ConfigError


def command(
    offline: Annotated[bool, typer.Option("--offline", help="Ask nothing of the network.")] = False,
    json: Json = False,
) -> None:
    """Say what is in order and what is not, with a remedy.

    The program, the workspace, the list of readers, who works, the provider and the public addresses. It ends with 3
    when a send would fail.

    Example: newsletter doctor --offline
    """
    found = app.diagnose(online=not offline)
    if json:
        _out.print_json([asdict(diagnosis) for diagnosis in found])
    else:
        _show(found)
    errors = sum(diagnosis.level == "error" for diagnosis in found)
    if errors:
        raise ConfigError(f"A send would fail; errors: {errors}.", "Do what stands below each of them.")


def _show(found: Sequence[Diagnosis]) -> None:
    rows = [(one.group, one.level, "\n  ".join(filter(None, (one.sentence, one.remedy)))) for one in found]
    _out.print_table(("group", "level", "what"), rows)
    for address in filter(None, (one.address for one in found)):
        _out.print_line("Enter at the provider, as the address for its calls:")
        _out.print_line(address)

"""How a provider in a process of its own is told what to do: it says where it is, then has the weather it is told.

It answers each line it is told with a line, from which on that is so.
"""

import json
import sys
from typing import Protocol


class Moody(Protocol):
    """Whose answers depend on the weather: what may happen to a request, each with its weight."""

    weather: dict[str, float]


def obey(account: Moody, address: str) -> None:
    """Do so until the process that began this one is gone."""
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        account.weather = json.loads(line)
        sys.stdout.write("so it is\n")
        sys.stdout.flush()

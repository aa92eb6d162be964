"""The sample issue, built once for the benchmarks that need it."""

from functools import cache

from newsletter import build, workspace
from newsletter.build import Built
from newsletter.shipped import SHIPPED
from newsletter.workspace import Workspace


@cache
def sample() -> tuple[Workspace, Built]:
    """The workspace that the program carries, and its newest issue built."""
    found = workspace.find(SHIPPED, {})
    return found, build.build(found)

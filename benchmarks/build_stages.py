"""The stages of building the sample issue, and the share of each."""

from benchmarks._sample import sample
from benchmarks._timing import medians
from newsletter import build, mime
from newsletter.checks import inspect
from newsletter.checks._base import Inspection
from newsletter.issue.read import load_issue
from newsletter.rendering.edition import render


def main() -> None:
    """Print milliseconds and share per stage."""
    space, built = sample()
    folder = space.issue(built.issue.name)
    inspection = Inspection(issue=built.issue, edition=built.edition, message=built.message, config=space.config)
    times = medians(
        {
            "read and compose": lambda: load_issue(folder, space.config),
            "render, inline, pictures": lambda: render(built.issue, space.config),
            "one message": lambda: mime.to_bytes(built.message),
            "checks": lambda: inspect(inspection),
            "the whole build": lambda: build.build(space),
        },
        rounds=15,
    )
    whole = times["the whole build"]
    for name, seconds in times.items():
        print(f"  {name:26}{seconds * 1000:9.1f} ms{seconds / whole:8.0%}")

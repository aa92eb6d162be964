"""Our inlining against premailer's defaults, on the sample issue, warm. Goal: at most 0.4 of the time.

The defaults run in a process of their own, since how much premailer caches is settled when it is imported.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks._sample import sample
from benchmarks._timing import medians
from newsletter.rendering import edition
from newsletter.rendering.inline import inline

GOAL = 0.4
DEFAULTS = """
import sys
from premailer import transform
page = open(sys.argv[1], encoding="utf-8").read()
for _ in sys.stdin:
    transform(page)
    print(flush=True)
"""


def main() -> None:
    """Print the ratio."""
    page = before_inlining()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page.replace(' data-premailer="ignore"', ""), "utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREMAILER")}
        command = [sys.executable, "-c", DEFAULTS, str(file)]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        ) as other:
            times = medians({"ours": lambda: inline(page), "defaults": asking(other)}, rounds=25)
            other.stdin.close()
    ratio = times["ours"] / times["defaults"]
    print(f"  ours {times['ours'] * 1000:.1f} ms, premailer's defaults {times['defaults'] * 1000:.1f} ms")
    print(f"  ratio {ratio:.2f} (goal ≤ {GOAL})")


def asking(process: "subprocess.Popen[str]") -> Callable[[], object]:
    """Return what has the other process inline the page once."""

    def ask() -> object:
        process.stdin.write("\n")
        process.stdin.flush()
        return process.stdout.readline()

    return ask


def before_inlining() -> str:
    """The sample's HTML as the template gives it, its style sheets still in place."""
    space, built = sample()
    rendering = edition._Rendering(built.issue, space.config, False, edition.load("nl"))
    values = {**rendering.values, "unsubscribe_early": False}
    return rendering.template.fill("edition.html", values, {**rendering.filters, "body": rendering._body})

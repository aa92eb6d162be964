"""``newsletter --version`` against a bare typer application, as whole processes."""

import subprocess
import sys

from benchmarks._timing import medians

BARE = """
import typer
app = typer.Typer(add_completion=False)
@app.command()
def main(): pass
app()
"""


def main() -> None:
    """Print the ratio."""
    ours = [sys.executable, "-m", "newsletter", "--version"]
    bare = [sys.executable, "-c", BARE]
    times = medians(
        {
            "newsletter --version": lambda: subprocess.run(ours, check=True, capture_output=True),
            "bare typer": lambda: subprocess.run(bare, check=True, capture_output=True),
        },
        rounds=15,
    )
    for name, seconds in times.items():
        print(f"  {name:22}{seconds * 1000:7.0f} ms")
    print(f"  ratio {times['newsletter --version'] / times['bare typer']:.2f}")

"""The façade for programs: what the README shows in ten lines runs, and importing costs nothing."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import newsletter
from newsletter import workspace

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    workspace.init(tmp_path / "my-paper")
    example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    assert len(example.strip().splitlines()) <= 11
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "https://weekbrief.example.nl/leave/" in done.stdout


def test_importing_loads_nothing_and_a_name_loads_what_it_needs() -> None:
    script = (
        "import sys, newsletter; before = set(sys.modules); newsletter.Subscriber;"
        "print(sorted(m for m in sys.modules if m.startswith('newsletter')), 'jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['newsletter', 'newsletter.model', 'newsletter.model.subscriber'] False"


@pytest.mark.parametrize("name", newsletter.__all__)
def test_each_name_is_there_documented_and_listed(name: str) -> None:
    assert getattr(newsletter, name).__doc__
    assert name in dir(newsletter)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rendr'"):
        _ = newsletter.rendr  # type: ignore[attr-defined]


def test_a_message_is_made_for_each_reader_in_order_and_when_it_is_asked_for(tmp_path: Path) -> None:
    workspace.init(tmp_path)
    config = newsletter.load_config(tmp_path, {})
    issue = newsletter.load_issue(tmp_path / "issues" / "2026-10-03", config)
    edition = newsletter.render(issue, config)
    asked = []

    def readers() -> Iterator[newsletter.Subscriber]:
        for number in range(1000):
            asked.append(number)
            yield newsletter.Subscriber(id=f"{number:032x}", address=f"lezer{number}@example.org")

    messages = newsletter.merge(edition, readers(), config, date=issue.date)
    first, second = next(messages), next(messages)
    assert "lezer0@example.org" in first.html
    assert "lezer1@example.org" in second.text
    assert asked == [0, 1]

"""The README does not lie: its commands are run as they stand, in order, from an installed wheel."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BY_CI = ("make demo", "make test")
ENDLESS = ("newsletter preview",)


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """An environment in which ``newsletter`` comes from a wheel of this tree; its dependencies are the tests' own."""
    site = tmp_path_factory.mktemp("site")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--target",
        str(site),
    ]
    subprocess.run([*pip, str(ROOT)], check=True, cwd=tmp_path_factory.mktemp("elsewhere"))
    bin_ = tmp_path_factory.mktemp("bin")
    (bin_ / "newsletter").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m newsletter "$@"\n')
    (bin_ / "newsletter").chmod(0o755)
    return {**os.environ, "PYTHONPATH": str(site), "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}


def test_every_command_of_the_readme_runs(installed: Mapping[str, str], tmp_path: Path) -> None:
    here = tmp_path / "newsletter"
    shutil.copytree(ROOT / "issues", here / "issues")
    script = [c for c in commands() if not c.startswith((*BY_CI, *ENDLESS, "git clone", "pipx install", "pip install"))]
    assert script, "the README shows no command"
    done = subprocess.run(
        ["sh", "-e"], input="\n".join(script), text=True, capture_output=True, cwd=here, env=dict(installed)
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_readme_shows_is_what_is_printed(installed: Mapping[str, str], tmp_path: Path) -> None:
    recipe = re.findall(r"^\t@\$\(BIN\)/(newsletter .*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    script = " && ".join(["newsletter init .", *recipe, *recipe])  # a second time nothing stands in its way
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, cwd=tmp_path, env=dict(installed))
    shown = re.findall(r"```text\n(.*?)```", README, re.DOTALL)[0].splitlines()
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert shown
    assert [line for line in shown if line not in printed] == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_wheel_alone_makes_a_workspace_that_builds(
    installed: Mapping[str, str], tmp_path: Path, language: str
) -> None:
    script = (
        f"newsletter init --language {language} paper && cd paper && newsletter build"
        f" && grep -q 'lang=\"{language}\"' build/*/edition.html"
    )
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, cwd=tmp_path, env=dict(installed))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_workspace_without_templates_of_its_own_renders_with_those_of_the_wheel(
    installed: Mapping[str, str], tmp_path: Path
) -> None:
    script = "newsletter init paper && test ! -e paper/templates && cd paper && newsletter build"
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, cwd=tmp_path, env=dict(installed))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!https?:)[^)#]+)", README))
def test_what_the_readme_links_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()

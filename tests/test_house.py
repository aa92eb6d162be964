"""The house itself: its floors, what may load what, and what must not stand in the tree."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import newsletter

PACKAGE = Path(newsletter.__file__).parent
ROOT = PACKAGE.parent
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.fixture(scope="module")
def trees() -> Mapping[str, ast.Module]:
    """Every module of the program, read, under its path in the package."""
    return {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8")) for path in MODULES}


def loaded_by(code: str) -> set[str]:
    """Run code in a fresh interpreter and return the names of the modules it loaded."""
    script = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_imports_go_down_the_floors() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout


def test_asking_for_the_version_loads_typer_and_nothing_of_ours_but_errors_and_plugins() -> None:
    loaded = loaded_by(
        "import sys; sys.argv = ['newsletter', '--version']\n"
        "from newsletter.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass"
    )
    ours = {name for name in loaded if name.startswith("newsletter.")}
    assert ours <= {"newsletter.cli", "newsletter.errors", "newsletter.plugins"}
    assert not loaded & {"rich", "pydantic", "jinja2", "premailer", "lxml", "babel", "httpx", "PIL"}


def test_building_loads_neither_a_web_server_nor_a_database_nor_an_http_client() -> None:
    loaded = loaded_by("import newsletter.cli.build")
    assert not loaded & {"starlette", "uvicorn", "sqlalchemy", "httpx", "newsletter.fetch", "trafilatura"}


def test_the_preview_never_loads_what_fetches_from_the_web() -> None:
    loaded = loaded_by("import newsletter.cli.preview, newsletter.web.preview.server")
    assert not loaded & {"httpx", "newsletter.fetch", "newsletter.importing", "trafilatura"}


def test_the_preview_never_loads_what_reads_the_list_of_readers() -> None:
    loaded = loaded_by("import newsletter.cli.preview, newsletter.web.preview.server")
    assert not loaded & {"sqlalchemy", "newsletter.store", "newsletter.readership"}


def test_a_module_says_in_its_first_line_what_it_is_for(trees: Mapping[str, ast.Module]) -> None:
    assert [name for name, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_nothing_is_imported_inside_a_function_outside_cli_and_app(trees: Mapping[str, ast.Module]) -> None:
    late = {
        name
        for name, tree in trees.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name for name in late if Path(name).parent.name not in {"cli", "app"}} == set()
    assert "app/database.py" in late


def test_only_mime_reads_or_writes_mail_with_the_standard_library(trees: Mapping[str, ast.Module]) -> None:
    users = {
        name
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "email"
    }
    # The desk takes the messages of a rehearsal apart, and not with the code that put them together.
    reading = {"mailbox/mail.py", "sources/_dates.py", "web/preview/anatomy.py"}
    assert users <= {"mime.py", *reading}


def test_constraints_name_packages_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").split("\n")
    assert all(line == "" or line.startswith("#") or "==" in line for line in lines)
    assert not any("://" in line or "@" in line for line in lines)

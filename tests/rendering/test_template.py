"""Templates: found file by file, filled in safely, and their errors say where."""

from collections.abc import Callable
from pathlib import Path

import examples
import pytest

from newsletter.errors import ConfigError, ContentError
from newsletter.rendering import template
from newsletter.shipped import SHIPPED

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files of the template “eigen” into a workspace: ``write(edition_html="…")``; returns the workspace."""

    def write(name: str = "eigen", **files: str) -> Path:
        folder = tmp_path / "templates" / name
        folder.mkdir(parents=True, exist_ok=True)
        given = {"template_toml": "version = 1", "edition_html": "<html><body></body></html>", "edition_txt": "x\n"}
        for file, text in ({**given, **files} if name == "eigen" else files).items():
            (folder / file.replace("_", ".")).write_text(text, "utf-8")
        return tmp_path

    return write


def render(root: Path, name: str = "eigen") -> str:
    edition = examples.render(examples.empty(root), examples.config(root, newsletter={"template": name}))
    return "".join(piece if isinstance(piece, str) else f"«{piece.field}»" for piece in edition.html)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{{ onbekend }}", "onbekend"),
        ("{{ issue.onbekend }}", "onbekend"),
        ("{{ opening.title.x }}", "opening|None"),
        ("{% if %}", "Expected an expression"),
        ("{{ 'x' | onbekend }}", "onbekend"),
        ("{% for x in %}{% endfor %}", "Expected an expression"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ issue.subject + 1 }}", "str"),
        ("{% endblock %}", "endblock"),
    ],
)
def test_an_error_names_file_line_and_what_is_wrong(write: Write, line: str, message: str) -> None:
    root = write(edition_html=f"<html>\n<body>\n{line}\n</body></html>")
    with pytest.raises(ContentError, match=message) as caught:
        render(root)
    assert (caught.value.file, caught.value.line) == ("templates/eigen/edition.html", 3)
    assert "docs/templates.md" in caught.value.hint


def test_an_error_in_an_included_file_names_that_file(write: Write) -> None:
    root = write(edition_html="<html><style>{% include 'style.css' %}</style></html>", style_css="a {}\n{{ weg }}")
    with pytest.raises(ContentError, match="weg") as caught:
        render(root)
    assert (caught.value.file, caught.value.line) == ("templates/eigen/style.css", 2)


def test_an_error_in_the_text_part_names_it(write: Write) -> None:
    root = write(edition_txt="\n\n{{ weg }}\n")
    with pytest.raises(ContentError, match=r"templates/eigen/edition\.txt:3: .*weg"):
        render(root)


@pytest.mark.parametrize("missing", ["edition.html", "edition.txt"])
def test_a_file_that_is_missing_is_named(write: Write, missing: str) -> None:
    root = write()
    (root / "templates" / "eigen" / missing).unlink()
    with pytest.raises(ContentError, match=f"eigen has no {missing}"):
        render(root)


def test_an_include_that_is_missing_is_named(write: Write) -> None:
    with pytest.raises(ContentError, match=r"eigen has no kop\.html"):
        render(write(edition_html="<html>{% include 'kop.html' %}</html>"))


def test_an_include_cannot_leave_its_folder(write: Write) -> None:
    root = write(edition_html="<html>{% include '../../geheim.txt' %}</html>")
    (root / "geheim.txt").write_text("geheim")
    with pytest.raises(ContentError, match="has no"):
        render(root)


@pytest.mark.parametrize(
    "attack", ["{{ ''.__class__.__mro__ }}", "{{ words.__init__.__globals__ }}", "{{ issue.__class__ }}"]
)
def test_templates_run_in_a_sandbox(write: Write, attack: str) -> None:
    with pytest.raises(ContentError) as caught:
        render(write(edition_html=f"<html><body>{attack}</body></html>"))
    assert caught.value.line == 1


def test_a_field_in_a_wrong_place_is_an_error(write: Write) -> None:
    with pytest.raises(ContentError, match=r"reader\.name .*where an address begins"):
        render(write(edition_html='<html><body><a href="{{ reader.name }}">x</a></body></html>'))


def test_a_copy_of_one_file_wins_and_the_others_are_the_programs(write: Write) -> None:
    own = write(
        "digest",
        style_css=(SHIPPED / "templates/digest/style.css").read_text("utf-8").replace("44px/48px", "45px/49px"),
    )
    assert "45px/49px" in render(own, "digest")
    assert "Bekijk" not in render(own, "digest")
    assert "«unsubscribe»" in render(own, "digest")


def test_a_copy_of_the_mail_alone_still_finds_its_style_sheets(write: Write) -> None:
    shipped = (SHIPPED / "templates/digest/edition.html").read_text("utf-8")
    own = write("digest", edition_html=shipped.replace('role="article"', 'role="article" id="eigen"'))
    assert 'id="eigen"' in render(own, "digest")


def test_an_error_in_a_shipped_file_is_named_as_the_template_is(write: Write, tmp_path: Path) -> None:
    own = write("digest", enhance_css="{{ weg }}")
    with pytest.raises(ContentError, match=r"templates/digest/enhance\.css:1: "):
        render(own, "digest")


@pytest.mark.parametrize(
    ("name", "hint"), [("digets", "Did you mean `digest`?"), ("xyzzy", "There are: digest, letter.")]
)
def test_a_template_that_is_not_there_is_an_error_with_a_suggestion(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=f"no template “{name}”") as caught:
        template.find(name, tmp_path)
    assert caught.value.hint == hint


def test_a_folder_that_is_shared_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "templates" / "_notices").mkdir(parents=True)
    with pytest.raises(ConfigError, match="no template"):
        template.find("_notices", tmp_path)
    assert "_notices" not in template.names(tmp_path)


@pytest.mark.parametrize("name", ["..", "../../etc", "digest/../.."])
def test_a_name_that_is_a_path_is_no_template(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        template.find(name, tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("version = 'x", "not valid TOML"),
        ("versie = 1", "versie|version"),
        ("version = 1\n[pictures]\nopening = [592]", r"pictures\.opening"),
        ("version = 1\n[pictures]\nopening = ['a', 'b']", r"pictures\.opening"),
    ],
)
def test_wrong_settings_are_an_error_that_names_the_key(write: Write, settings: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        template.find("eigen", write(template_toml=settings))
    assert "templates/eigen/template.toml" in str(caught.value)


def test_settings_that_are_missing_are_an_error(write: Write) -> None:
    root = write()
    (root / "templates" / "eigen" / "template.toml").unlink()
    with pytest.raises(ConfigError, match=r"no templates/eigen/template\.toml"):
        template.find("eigen", root)


def test_a_template_without_sizes_shows_no_pictures(write: Write) -> None:
    root = examples.pictures_in(write(edition_html="<html><body>{{ opening.picture }}</body></html>"))
    settings = examples.config(root, newsletter={"template": "eigen"})
    assert examples.render(examples.reference(root), settings).pictures == ()

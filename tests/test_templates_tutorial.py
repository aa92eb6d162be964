"""The tutorial on templates: each of its steps is taken as it is written, and what comes out is looked at."""

import re
from pathlib import Path

import pytest

from newsletter import build, workspace
from newsletter.build import Built

TUTORIAL = (Path(__file__).parent.parent / "docs" / "templates-tutorial.md").read_text("utf-8")
STEPS = re.split(r"^## ", TUTORIAL, flags=re.MULTILINE)[1:]


def shown(step: int, language: str) -> list[str]:
    """The blocks of one language in a step, in order."""
    return re.findall(rf"```{language}\n(.*?)```", STEPS[step - 1], re.DOTALL)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    workspace.init(tmp_path)
    return tmp_path


def configured(paper: Path, old: str, new: str) -> None:
    file = paper / "newsletter.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def made(paper: Path) -> Built:
    built = build.build(workspace.find(paper, {}))
    assert [finding for finding in built.findings if finding.level != "note"] == []
    return built


def test_the_colour_is_the_newspapers_own(paper: Path) -> None:
    line = shown(1, "toml")[0].splitlines()[1]
    configured(paper, 'colour = "#1F5A4C"', line)
    assert "#7A1F1F" in made(paper).message.html


def test_a_line_of_service_stands_above_the_foot_and_has_its_colours(paper: Path) -> None:
    workspace.init_template(paper, "digest")
    template = paper / "templates" / "digest"
    row, (style, night) = shown(2, "html")[0], shown(2, "css")
    mail = (template / "edition.html").read_text("utf-8")
    foot = next(line for line in mail.splitlines() if 'class="foot"' in line)
    (template / "edition.html").write_text(mail.replace(foot, row + foot), "utf-8")
    for name, addition in (("style.css", style), ("enhance.css", night)):
        (template / name).write_text((template / name).read_text("utf-8") + addition, "utf-8")
    text = (template / "edition.txt").read_text("utf-8")
    line = shown(2, "jinja")[0]
    (template / "edition.txt").write_text(text.replace("{{ reader.why }}", line + "{{ reader.why }}"), "utf-8")
    built = made(paper)
    assert "\nKrant niet bezorgd? Bel vóór twaalf uur 0800-1234.\n\nU ontvangt" in built.message.text
    html = built.message.html
    cell = re.search(r"<td[^>]*>Krant niet bezorgd\?", html)
    assert cell is not None
    assert "color:#5E5D58" in cell[0]
    assert ".service{color:#A6A39B" in re.sub(r"\s", "", html)
    assert cell.start() < html.index("Afmelden")


def test_a_new_template_is_forty_lines_and_makes_the_whole_mail(paper: Path) -> None:
    folder = paper / "templates" / "plain"
    folder.mkdir(parents=True)
    style, night = shown(3, "css")
    files = {
        "edition.html": shown(3, "html")[0],
        "edition.txt": shown(3, "jinja")[0],
        "style.css": style,
        "enhance.css": night,
        "template.toml": shown(3, "toml")[0],
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    assert len(files["edition.html"].splitlines()) <= 40
    configured(paper, 'template = "digest"', 'template = "plain"')
    built = made(paper)
    titles = [placement.article.title for placement in built.issue.placements]
    assert titles
    for part in (built.message.html, built.message.text):
        words = " ".join(part.replace("\N{NO-BREAK SPACE}", " ").split())
        assert [title for title in titles if title not in words] == []
        assert built.message.unsubscribe in part
    assert max(map(len, re.sub(r"\S*https?://\S+", "", built.message.text).splitlines())) <= 72
    assert "#171716" in built.message.html

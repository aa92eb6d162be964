"""What the doctor says of the machine."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from surgery import diagnosed, told

from newsletter.workspace import Workspace


def test_an_old_python_and_missing_zones_are_errors(paper: Workspace) -> None:
    def none(key: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(key)

    found = diagnosed(paper, "python", python=(3, 10, 2), zone=none)
    assert told(found, "error") == ["Python 3.10.2 is too old.", "Time zones are not known."]


def test_an_optional_part_that_is_missing_is_a_warning_that_says_what_it_is_for(paper: Workspace) -> None:
    found = diagnosed(paper, "optional parts", installed=lambda part: part != "trafilatura")
    (warning,) = [one for one in found if one.level == "warning"]
    assert "finds the text on pages" in warning.sentence
    assert "pipx inject newsletter trafilatura lxml-html-clean" in warning.remedy


def test_of_what_only_the_project_s_own_tests_need_nothing_is_missed(paper: Workspace) -> None:
    found = diagnosed(paper, "optional parts", installed=lambda part: part == "trafilatura")
    assert [one.level for one in found] == ["good"]

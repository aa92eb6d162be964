"""Pictures on their way out: put where they are shown, and every address that a mail asks for."""

import os
from pathlib import Path

import pytest

from newsletter.errors import ConfigError
from newsletter.model.mail import Rendition
from newsletter.send.pictures import addresses_in, publish

PICTURE = Rendition(name="0a1b.jpg", source="dijk.jpg", data=b"dijk", width=300, height=200, pixels=(600, 400))


def test_a_folder_that_takes_no_pictures_is_named_with_the_key_that_chooses_it(tmp_path: Path) -> None:
    (tmp_path / "full").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be put into") as caught:
        publish([PICTURE], tmp_path / "full")
    assert "[pictures]" in caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_disk_that_is_full_is_a_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / f".{PICTURE.name}.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(ConfigError, match="No space left on device"):
        publish([PICTURE], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_all_sizes_of_a_picture_are_asked_for() -> None:
    page = '<img src="a.png" srcset="b.png 1x, c.png 2x"><picture><source srcset="d.png"></picture>'
    assert addresses_in(page) == ("a.png", "b.png", "c.png", "d.png")


def test_a_font_or_a_remark_in_a_style_is_no_picture() -> None:
    style = "@import url(x.css);@font-face{src:url(x.woff2)}/* url(y.png) */p{background:url(a.png)}"
    assert addresses_in(f"<style>{style}</style><p>x</p>") == ("a.png",)

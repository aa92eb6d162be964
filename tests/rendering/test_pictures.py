"""Pictures as the mail shows them, from whatever lies in the folder."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from newsletter.errors import ContentError
from newsletter.model.mail import Rendition
from newsletter.rendering import pictures
from newsletter.rendering.pictures import contain, cover

SIZE = (176, 132)
Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Save a picture under a name in the workspace, with what its format takes."""

    def save(
        name: str, size: tuple[int, int] = (704, 528), mode: str = "RGB", colour: object = "#8FA36A", **options: object
    ) -> Path:
        Image.new(mode, size, colour).save(tmp_path / name, **options)  # type: ignore[arg-type]
        return tmp_path / name

    return save


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.gif"])
def test_every_format_becomes_a_jpeg_of_twice_the_size(save: Save, tmp_path: Path, name: str) -> None:
    made = cover(save(name), SIZE, root=tmp_path)
    assert (opened(made.data).format, opened(made.data).size, made.pixels) == ("JPEG", (352, 264), (352, 264))
    assert (made.width, made.height) == SIZE
    assert made.name.endswith(".jpg")
    assert made.source == name


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_what_shines_through_becomes_a_png(save: Save, tmp_path: Path, name: str) -> None:
    made = cover(save(name, mode="RGBA", colour=(10, 20, 30, 100)), SIZE, root=tmp_path)
    assert opened(made.data).format == "PNG"
    assert opened(made.data).getpixel((0, 0))[3] == pytest.approx(100, abs=2)  # type: ignore[index]
    assert made.name.endswith(".png")


def test_a_gif_with_a_transparent_colour_becomes_a_png(tmp_path: Path) -> None:
    Image.new("P", (400, 300), 0).save(tmp_path / "a.gif", transparency=0)
    assert cover(tmp_path / "a.gif", SIZE, root=tmp_path).name.endswith(".png")


def test_an_alpha_channel_that_hides_nothing_costs_no_png(save: Save, tmp_path: Path) -> None:
    assert cover(save("a.png", mode="RGBA", colour=(1, 2, 3, 255)), SIZE, root=tmp_path).name.endswith(".jpg")


@pytest.mark.parametrize("mode", ["L", "CMYK", "1"])
def test_other_kinds_of_colour_become_rgb(save: Save, tmp_path: Path, mode: str) -> None:
    name = "a.jpg" if mode == "CMYK" else "a.png"
    assert opened(cover(save(name, mode=mode, colour=0), SIZE, root=tmp_path).data).mode == "RGB"


def test_a_picture_is_turned_as_its_camera_says(save: Save, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    made = contain(save("a.jpg", size=(400, 100), exif=exif), (320, 640), root=tmp_path)
    assert made.pixels == (100, 400)


def profile(primaries: tuple[tuple[float, float, float], ...] | None = None) -> bytes:
    """A minimal ICC profile of gamma 2.2: RGB with these primaries (XYZ, D50), or grey."""

    def xyz(*numbers: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(number * 65_536)) for number in numbers)

    curve = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, 563)
    tags = {b"wtpt": xyz(0.9642, 1, 0.8249), b"desc": b"desc\0\0\0\0\0\0\0\2P\0" + b"\0" * 80, b"kTRC": curve}
    for letter, primary in zip((b"r", b"g", b"b"), primaries or (), strict=False):
        tags |= {letter + b"XYZ": xyz(*primary), letter + b"TRC": curve}
    table, data, start = b"", b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value + b"\0" * (-len(value) % 4)
    space = b"RGB " if primaries else b"GRAY"
    head = b"lcms\2\x40\0\0mntr" + space + b"XYZ " + b"\0" * 12 + b"acsp" + b"\0" * 28 + xyz(0.9642, 1, 0.8249)[8:]
    return struct.pack(">I", start + len(data)) + head + b"\0" * 48 + struct.pack(">I", len(tags)) + table + data


SWAPPED = profile(((0.1431, 0.0606, 0.7141), (0.3851, 0.7169, 0.0971), (0.4360, 0.2225, 0.0139)))
"""sRGB with red and blue the other way round, so that nobody mistakes one for the other."""


def shown(made: Rendition) -> tuple[int, ...]:
    return opened(made.data).getpixel((20, 20))  # type: ignore[return-value]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_colours_are_those_that_the_profile_means(save: Save, tmp_path: Path, name: str) -> None:
    made = cover(save(name, colour=(200, 60, 40), icc_profile=SWAPPED), SIZE, root=tmp_path)
    assert shown(made) == pytest.approx((40, 60, 200), abs=8)
    assert "icc_profile" not in opened(made.data).info


def test_the_palette_of_a_profile_is_converted_too(tmp_path: Path) -> None:
    Image.new("RGB", (400, 300), (200, 60, 40)).quantize(4).save(tmp_path / "a.png", icc_profile=SWAPPED)
    assert shown(cover(tmp_path / "a.png", SIZE, root=tmp_path)) == pytest.approx((40, 60, 200), abs=8)


def test_what_shines_through_a_picture_with_a_profile_still_does(save: Save, tmp_path: Path) -> None:
    made = cover(save("a.png", mode="RGBA", colour=(200, 60, 40, 100), icc_profile=SWAPPED), SIZE, root=tmp_path)
    assert shown(made) == pytest.approx((40, 60, 200, 100), abs=8)


@pytest.mark.parametrize(("mode", "colour"), [("L", 128), ("LA", (128, 255))])
def test_grey_stays_grey_whether_its_profile_is_of_grey_or_of_colours(
    save: Save, tmp_path: Path, mode: str, colour: object
) -> None:
    for number, of in enumerate((profile(), SWAPPED)):
        made = cover(save(f"{number}.png", mode=mode, colour=colour, icc_profile=of), SIZE, root=tmp_path)
        assert shown(made) == pytest.approx((128, 128, 128), abs=4)


@pytest.mark.parametrize("broken", [b"x", b"\0" * 200, SWAPPED[:200], profile(), SWAPPED.replace(b"RGB ", b"CMYK")])
def test_a_profile_that_is_broken_or_of_other_colours_changes_nothing(
    save: Save, tmp_path: Path, broken: bytes
) -> None:
    made = cover(save("a.jpg", colour=(200, 60, 40), icc_profile=broken), SIZE, root=tmp_path)
    assert shown(made) == pytest.approx((200, 60, 40), abs=4)


def test_where_it_was_taken_is_not_told(save: Save, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (52.0, 5.0, 0.0)
    exif[0x010F] = "Camera van de redactie"
    file = save("a.jpg", exif=exif, comment=b"geheim")
    assert b"Camera" in file.read_bytes()
    made = cover(file, SIZE, root=tmp_path)
    assert not opened(made.data).getexif()
    assert b"Camera" not in made.data
    assert b"geheim" not in made.data


def test_a_png_loses_its_texts(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("Author", "geheim")
    Image.new("RGBA", (400, 300), (1, 2, 3, 9)).save(tmp_path / "a.png", pnginfo=info)
    assert b"geheim" not in cover(tmp_path / "a.png", SIZE, root=tmp_path).data


def test_a_picture_is_never_enlarged(save: Save, tmp_path: Path) -> None:
    made = cover(save("a.png", size=(88, 66)), SIZE, root=tmp_path)
    assert made.pixels == (88, 66)
    assert (made.width, made.height) == SIZE


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (353, 264)])
def test_awkward_shapes_are_cut_and_keep_at_least_a_pixel(save: Save, tmp_path: Path, size: tuple[int, int]) -> None:
    made = cover(save("a.png", size=size), SIZE, root=tmp_path)
    assert min(made.pixels) >= 1
    assert made.pixels[0] <= size[0]
    assert made.pixels[1] <= size[1]


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1)])
def test_a_logo_of_awkward_shape_is_shown_at_least_a_pixel_wide_and_high(
    save: Save, tmp_path: Path, size: tuple[int, int]
) -> None:
    made = contain(save("a.png", size=size), (320, 64), root=tmp_path)
    assert made.width >= 1
    assert made.height >= 1


def test_a_picture_is_cut_and_not_stretched(tmp_path: Path) -> None:
    image = Image.new("RGB", (1000, 200), "#000000")
    image.paste("#FFFFFF", (400, 0, 600, 200))
    image.save(tmp_path / "a.png")
    made = opened(cover(tmp_path / "a.png", (100, 100), root=tmp_path).data)
    assert made.getpixel((100, 100)) == (255, 255, 255)
    assert made.getpixel((5, 100))[0] > 200  # type: ignore[index]


def test_the_same_file_gives_the_same_bytes_and_another_another_name(save: Save, tmp_path: Path) -> None:
    one = cover(save("a.png"), SIZE, root=tmp_path)
    same = cover(save("b.png"), SIZE, root=tmp_path)
    other = cover(save("c.png", colour="#2C5260"), SIZE, root=tmp_path)
    assert (one.name, one.data) == (same.name, same.data)
    assert other.name != one.name


def huge_png(width: int, height: int) -> bytes:
    """A PNG of two hundred bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(8000, 8000), (20_000, 5_000), (100_000, 100_000)])
def test_a_pixel_bomb_is_refused_by_its_size_without_being_unpacked(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "bom.png").write_bytes(huge_png(*size))
    with pytest.raises(ContentError, match=r"bom\.png: .*(pixels|far too large)"):
        cover(tmp_path / "bom.png", SIZE, root=tmp_path)


def test_the_limit_itself_is_allowed_to_be_tried(tmp_path: Path) -> None:
    (tmp_path / "groot.png").write_bytes(huge_png(pictures.MAX_PIXELS // 6000, 6000))
    with pytest.raises(ContentError, match="no picture that can be read"):
        cover(tmp_path / "groot.png", SIZE, root=tmp_path)


@pytest.mark.parametrize("inside", ["../geheim.png", "map/../../geheim.png"])
def test_a_path_out_of_the_workspace_is_refused(tmp_path: Path, inside: str) -> None:
    root = tmp_path / "werk"
    (root / "map").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(tmp_path / "geheim.png")
    with pytest.raises(ContentError, match="outside the workspace"):
        cover(root / inside, SIZE, root=root)


def test_a_link_out_of_the_workspace_is_refused_and_one_inside_is_followed(tmp_path: Path) -> None:
    root = tmp_path / "werk"
    root.mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "geheim.png")
    Image.new("RGB", (9, 9)).save(root / "open.png")
    (root / "uit.png").symlink_to(tmp_path / "geheim.png")
    (root / "in.png").symlink_to(root / "open.png")
    with pytest.raises(ContentError, match=r"uit\.png: .*outside the workspace"):
        cover(root / "uit.png", SIZE, root=root)
    assert cover(root / "in.png", SIZE, root=root).data


def test_a_workspace_that_is_itself_a_link_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "echt").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "echt" / "a.png")
    (tmp_path / "werk").symlink_to(tmp_path / "echt")
    assert cover(tmp_path / "werk" / "a.png", SIZE, root=tmp_path / "werk").source == "a.png"


@pytest.mark.parametrize(
    "data", [b"", b"geen beeld", b"\xff\xd8\xff\xe0", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM" + b"\0" * 60]
)
def test_what_is_no_picture_is_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(ContentError, match=r"a\.jpg: This is no picture that can be read\.") as caught:
        cover(tmp_path / "a.jpg", SIZE, root=tmp_path)
    assert "JPEG" in caught.value.hint


def test_a_picture_cut_short_is_refused(save: Save, tmp_path: Path) -> None:
    file = save("a.jpg")
    file.write_bytes(file.read_bytes()[:400])
    with pytest.raises(ContentError, match="no picture that can be read"):
        cover(file, SIZE, root=tmp_path)


def test_a_picture_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"weg\.jpg: There is no such picture"):
        cover(tmp_path / "weg.jpg", SIZE, root=tmp_path)

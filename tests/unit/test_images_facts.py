"""What fitting relies on, of Pillow and of itself: each fact a test, so that a new version of Pillow cannot bend it."""

from __future__ import annotations

import io
import random
import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Point, Transform
from ocr_drop.images import fit
from ocr_drop.images.decoding import Picture
from ocr_drop.images.predicting import jpeg, predict, sample
from ocr_drop.images.upright import displayed_size, to_displayed, to_stored, turned
from pictures import encoded, marked, photograph

LIMIT = 750_000


def test_draft_needs_whole_divisions() -> None:
    """Asked for half of an odd width rounded up, Pillow decodes the full size; rounded down, it halves."""
    file = encoded(Image.new("RGB", (101, 101)), "JPEG")
    sizes = []
    for asked in (51, 50):
        image = Image.open(io.BytesIO(file))
        image.draft(None, (asked, asked))
        image.load()
        sizes.append(image.size)
    assert sizes == [(101, 101), (51, 51)]


def test_a_tiff_turns_itself() -> None:
    """Pillow applies the orientation of a TIFF while it loads, and of nothing else."""
    image = Image.new("L", (30, 20))
    for format_, size in (("TIFF", (30, 20)), ("JPEG", (20, 30)), ("PNG", (20, 30))):
        loaded = Image.open(io.BytesIO(encoded(image, format_, orientation=6)))
        loaded.load()
        assert loaded.size == size


@given(st.integers(1, 8), st.integers(1, 40), st.integers(1, 40))
def test_turning_pixels_and_turning_points_agree(orientation: int, width: int, height: int) -> None:
    """The corner pixel lands where the map of the orientation says, and the way back is its inverse."""
    image = Image.new("L", (width, height))
    image.putpixel((width - 1, 0), 255)
    there, back = to_displayed((width, height), orientation), to_stored((width, height), orientation)
    shown = turned(image, orientation)
    assert shown.size == displayed_size((width, height), orientation)
    place = there(Point(width - 0.5, 0.5))
    assert shown.getpixel((int(place.x), int(place.y))) == 255
    assert back(place) == (width - 0.5, 0.5)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    image.save(out, "PNG", exif=exif)
    assert shown.tobytes() == ImageOps.exif_transpose(Image.open(out)).tobytes()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(600, 1500), st.floats(0.1, 0.99))
@example(1, 1198, 0.25)
def test_resizing_by_bands_is_resizing(width: int, height: int, factor: float) -> None:
    """Bands only spare memory: no seam is seen where two of them meet."""
    picture = Picture(photograph(width, height), Transform(), lossy=False)
    size = max(1, int(width * factor)), max(1, int(height * factor))
    whole = picture.image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    pairs = zip(whole.tobytes(), picture.at(size).tobytes(), strict=True)
    assert max(abs(one - other) for one, other in pairs) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_one_encode_is_enough(seed: int) -> None:
    """The tiles tell the size of the whole within a tenth, so that one encode hits just under the limit."""
    image = photograph(2400, 1800, seed)
    for quality in (30, 50, 75):
        size = len(jpeg(image, quality, 2))
        assert size == pytest.approx(predict(sample(image), 2, size).bytes_at(quality), rel=0.1)


@pytest.mark.parametrize("quality", [60, 72, 78, 82, 86])
def test_noise_that_a_coarser_quality_takes_away_is_reckoned_with(quality: int) -> None:
    """A scan's faint noise takes most bytes of a fine JPEG and none of a coarse one: sizes between are told as well."""
    chance = random.Random(quality)
    grain = Image.new("L", (300, 300))
    grain.putdata([round(chance.gauss(128, 5)) for _ in range(90_000)])
    image = Image.new("L", (1500, 1200), 240)
    for at in range(20):
        image.paste(grain, (at % 5 * 300, at // 5 * 300))
    size = len(jpeg(image, quality, 2))
    assert size == pytest.approx(predict(sample(image), 2, size).bytes_at(quality), rel=0.1)


def test_a_png_without_its_end_is_cut_off() -> None:
    """Pillow takes a PNG whose last chunk is missing; other readers do not, so it is not sent."""
    file = encoded(marked(60, 40, (5, 5), 20), "PNG")
    with pytest.raises(Unreadable, match="cut off"):
        fit(file[:-12], max_bytes=LIMIT)


def test_a_camera_file_with_several_pictures_is_a_jpeg() -> None:
    """MPO is what some cameras write: its first picture counts, byte for byte where it fits."""
    out = io.BytesIO()
    marked(100, 80, (10, 10), 20).save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (100, 80))])
    fitted = fit(out.getvalue(), max_bytes=LIMIT)
    assert (fitted.fit.source.format, fitted.fit.sent.format) == ("JPEG", "JPEG")
    assert fitted.data == out.getvalue()


def test_fill_bytes_between_markers_are_no_trouble() -> None:
    """JPEG allows any number of 0xFF before a marker: such a file is as usual as another."""
    file = encoded(marked(100, 80, (10, 10), 20), "JPEG")
    filled = file[:2] + b"\xff\xff" + file[2:]
    assert fit(filled, max_bytes=LIMIT).data == filled


def test_opaque_alpha_is_no_transparency() -> None:
    """A screenshot whose alpha channel hides nothing goes out byte for byte."""
    file = encoded(marked(100, 80, (10, 10), 20).convert("RGBA"), "PNG")
    assert fit(file, max_bytes=LIMIT).data == file


def test_a_grey_picture_goes_out_grey_and_a_coloured_spot_keeps_colour() -> None:
    """Grey saves half the work where there is no colour; one small red stamp is colour."""
    grey = photograph(1500, 1200).convert("L").convert("RGB")
    stamped = grey.copy()
    stamped.paste((200, 30, 30), (700, 500, 740, 540))
    modes = [Image.open(io.BytesIO(fit(encoded(i, "PNG"), max_bytes=200_000).data)).mode for i in (grey, stamped)]
    assert modes == ["L", "RGB"]


def test_small_coloured_text_keeps_its_colours() -> None:
    """A drawn picture too large for PNG goes out with undivided colours at a quality of at least 80."""
    image = Image.new("RGB", (1600, 1200), "white")
    for number in range(60):
        image.paste(photograph(100, 100, number), (number % 10 * 155, number // 10 * 190))
    fitted = fit(encoded(image, "PNG"), max_bytes=600_000)
    sent = Image.open(io.BytesIO(fitted.data))
    assert sent.format == "JPEG"
    assert sent.size == image.size
    assert fitted.fit.sent.quality is not None
    assert fitted.fit.sent.quality >= 80
    assert [layer[1:3] for layer in sent.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "AVIF", "HEIF"])
def test_frames_that_were_not_read_are_told(format_: str) -> None:
    """Of a film or a burst the first picture is read, and the document says so."""
    frames = {"save_all": True, "append_images": [Image.new("RGB", (80, 60), "red")]}
    file = encoded(marked(80, 60, (20, 20), 20), format_, **frames)
    assert fit(file, max_bytes=LIMIT).fit.warnings == ("only the first picture in the file was read",)
    assert fit(encoded(marked(80, 60, (20, 20), 20), format_), max_bytes=LIMIT).fit.warnings == ()


def test_much_smaller_pixels_are_told() -> None:
    """A person who misses small print reads why."""
    (warning,) = fit(encoded(photograph(1600, 1200), "JPEG"), max_bytes=10_000).fit.warnings
    assert "small print" in warning


def test_a_jpeg_of_endless_passes_is_refused() -> None:
    """A file of a few kilobytes that asks for hundreds of passes over all pixels is no photograph."""
    file = encoded(Image.new("RGB", (64, 64)), "JPEG", progressive=True)
    scan = file.index(b"\xff\xda")
    with pytest.raises(Unreadable, match="passes"):
        fit(file[:scan] + file[scan:-2] * 60 + file[-2:], max_bytes=LIMIT)


def test_a_tiff_tile_larger_than_its_picture_counts() -> None:
    """A tile of a gigabyte in a picture of ten pixels is known by the header."""
    tags = [(256, 10), (257, 10), (258, 8), (259, 8), (262, 1), (322, 30_000), (323, 60_000), (324, 8), (325, 8)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    file = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + b"\0" * 4
    with pytest.raises(Unreadable, match="MB to open"):
        fit(file, max_bytes=LIMIT)


def test_an_icon_is_not_opened() -> None:
    """Its directory says nothing of the pictures inside, which may be of any size."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "ICO")
    with pytest.raises(Unreadable) as raised:
        fit(out.getvalue(), max_bytes=LIMIT)
    assert raised.value.code == "not_an_image"

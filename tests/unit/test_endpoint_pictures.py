"""Bytes into pixels: what is opened, what is refused, and in which colours."""

from __future__ import annotations

import io
import struct
import zlib
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocr_endpoint.detector import TILE, first_scale, second_scale, tiles_of
from ocr_endpoint.page import NotAnImage, TooManyPixels
from ocr_endpoint.pictures import open_picture
from ocr_endpoint.unseen import has_unseen_print


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The image as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_that_claims(width: int, height: int, colours: int = 2) -> bytes:
    """A PNG file of a few bytes whose header promises any number of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colours, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_the_three_formats_are_opened(kind: str) -> None:
    """JPEG, PNG and BMP become pixels in blue, green, red."""
    picture = open_picture(encoded(Image.new("RGB", (40, 30), (250, 120, 10)), kind))
    assert (picture.width, picture.height, picture.pixels.shape) == (40, 30, (30, 40, 3))
    assert picture.pixels[5, 5].astype(int) == pytest.approx(np.array([10, 120, 250]), abs=4)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PDF", "ICO", "PPM"])
def test_other_formats_are_not_images_here(kind: str) -> None:
    """What the API does not name is refused, however good an image it is."""
    with pytest.raises(NotAnImage):
        open_picture(encoded(Image.new("RGB", (40, 30)), kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_a_truncated_file_is_refused(kind: str, kept: float) -> None:
    """A file that ends too early is no image, wherever it was cut."""
    noise = Image.effect_noise((200, 150), 90).convert("RGB")
    data = encoded(noise, kind)
    with pytest.raises(NotAnImage):
        open_picture(data[: int(len(data) * kept)])


def test_a_palette_that_is_missing_makes_no_image() -> None:
    """A PNG of indexed colours without a palette is refused as what it is, not as a failure of the engine."""
    with pytest.raises(NotAnImage):
        open_picture(png_that_claims(8, 8, colours=3))


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"BM"]))
def test_any_bytes_are_an_image_or_a_clear_no(noise: bytes, start: bytes) -> None:
    """Whatever the bytes are, the outcome is one of the known ones."""
    try:
        open_picture(start + noise)
    except (NotAnImage, TooManyPixels):
        return


@pytest.mark.parametrize("side", [10_001, 12_000, 20_000, 60_000])
def test_a_bomb_is_judged_by_its_header(side: int) -> None:
    """A small file that promises over 100 million pixels is refused before any of them is made."""
    with pytest.raises(TooManyPixels):
        open_picture(png_that_claims(side, side))


def test_transparency_goes_onto_white() -> None:
    """Black text on a transparent ground stays readable."""
    image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 10, 10))
    pixels = open_picture(encoded(image, "PNG")).pixels
    assert (pixels[5, 5].max(), pixels[20, 20].min()) == (0, 255)


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    """A 16-bit grey PNG keeps its shades."""
    levels = np.full((30, 40), 0x8000, np.uint16)
    assert open_picture(encoded(Image.fromarray(levels), "PNG")).pixels[3, 3].tolist() == [128, 128, 128]


def test_exif_orientation_is_left_alone() -> None:
    """Coordinates belong to the image as sent, so its pixels stay as they are stored."""
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = open_picture(encoded(Image.new("RGB", (40, 30)), "JPEG", exif=exif))
    assert (picture.width, picture.height) == (40, 30)


def test_a_huge_picture_is_reduced_but_keeps_its_size_in_words() -> None:
    """Over 34 million pixels a picture is opened at half its resolution, and still says how large it was sent."""
    picture = open_picture(encoded(Image.new("L", (7000, 5000), 200), "JPEG"))
    assert (picture.width, picture.height) == (7000, 5000)
    assert picture.pixels.shape[:2] == (2500, 3500)


@given(st.integers(1, 700), st.integers(1, 700))
def test_tiles_cover_a_look_and_are_small(rows: int, columns: int) -> None:
    """Every pixel lies in a tile, every tile fits the network, and neighbours overlap."""
    height, width = rows * 32, columns * 32
    for length, spans in (
        (height, sorted({(a.start, a.stop) for a, _ in tiles_of(height, width)})),
        (width, sorted({(b.start, b.stop) for _, b in tiles_of(height, width)})),
    ):
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        assert all(after[0] <= before[1] - 96 for before, after in pairwise(spans))
        assert all((end - start) % 32 == 0 for start, end in spans)
        assert all(end - start <= TILE for start, end in spans) or len(spans) == 1


@pytest.mark.parametrize(
    ("size", "scale"),
    [
        ((600, 800), 1.2),
        ((323, 430), 960 / 430),
        ((700, 720), 736 / 700),
        ((800, 1100), 1.0),
        ((1240, 1754), 1120 / 1754),
    ],
)
def test_small_pictures_are_enlarged_and_large_ones_reduced(size: tuple[int, int], scale: float) -> None:
    """The first look enlarges small pictures, to 736 by 960 at most, and reduces large ones to 1120 pixels."""
    assert first_scale(*size) == first_scale(*reversed(size)) == pytest.approx(scale)


def test_a_strip_keeps_its_detail() -> None:
    """A picture of 1080 x 20000 is not reduced to a thread, in either look."""
    assert first_scale(20_000, 1080) == second_scale(20_000, 1080) == 1.0


def test_print_that_was_passed_over_is_noticed() -> None:
    """Small marks outside of the lines found tell of print; the same marks inside of them, or few, do not."""
    page = np.full((400, 600, 3), 250, np.uint8)
    for number in range(120):
        top, left = 100 + 30 * (number // 40), 40 + 13 * (number % 40)
        page[top : top + 9, left : left + 4] = 40
    over_them = np.array([[30, 90], [570, 90], [570, 180], [30, 180]], np.float32)
    beside = over_them + np.array([0, 200], np.float32)
    assert has_unseen_print(page, [beside], 1.0)
    assert has_unseen_print(255 - page, [beside], 1.0)
    assert not has_unseen_print(page, [over_them], 1.0)
    assert not has_unseen_print(page[:112], [], 1.0)


@given(st.integers(10, 30_000), st.integers(10, 30_000))
def test_the_second_look_is_never_coarser(height: int, width: int) -> None:
    """A second look at a picture that the first one reduced shows at least as much."""
    first = first_scale(height, width)
    assert first >= 1 or second_scale(height, width) >= first

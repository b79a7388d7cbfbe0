"""Pages of PDF and TIFF files: counted, fitted one by one, with the exact way back to each as displayed."""

from __future__ import annotations

import io
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Point
from ocr_drop.images import check_header, fit, pages, tiles
from ocr_drop.images.budget import ENOUGH_PIXELS
from papers import Sheet, mark, pdf, words
from pictures import STORED_AS, encoded, mark_of, marked, photograph

LIMIT = 750_000
MB = 1024 * 1024


def tiff(*images: Image.Image, **options: Any) -> bytes:
    """A TIFF of these pages."""
    first, *rest = images
    return encoded(first, "TIFF", save_all=True, append_images=rest, **options)


def refusal(data: bytes, **options: Any) -> Unreadable:
    """Why a page is refused."""
    with pytest.raises(Unreadable) as raised:
        fit(data, max_bytes=LIMIT, **options)
    return raised.value


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (tiff(*[Image.new("L", (40, 30))] * 3), 3),
        (pdf(*[Sheet()] * 5), 5),
        (encoded(marked(60, 40, (5, 5), 20), "PNG"), 1),
        (encoded(marked(60, 40, (5, 5), 20), "GIF", save_all=True, append_images=[Image.new("RGB", (60, 40))]), 1),
    ],
    ids=["tiff", "pdf", "png", "gif"],
)
def test_pages_are_counted(data: bytes, count: int) -> None:
    """Pages of a TIFF or a PDF; a film is one picture."""
    assert pages(data) == count


def test_smaller_copies_in_a_tiff_are_no_pages() -> None:
    """Scanners put previews beside their pages: nobody pays for those."""
    out = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(out) as writer:
        for size, kind in (((60, 40), 0), ((6, 4), 1), ((50, 30), 0)):
            directory = TiffImagePlugin.ImageFileDirectory_v2()
            directory[254] = kind
            Image.new("L", size).save(writer, "TIFF", tiffinfo=directory)
            writer.newFrame()
    assert pages(out.getvalue()) == 2
    assert fit(out.getvalue(), page=2, max_bytes=LIMIT).fit.source.width == 50


@pytest.mark.parametrize("back_to", [0, 1, 2], ids=["the first", "the second", "itself"])
def test_pages_in_a_circle_are_counted_once(back_to: int) -> None:
    """Directories of a TIFF that lead back to an earlier one, or to themselves, end the list."""
    file = bytearray(tiff(*[Image.new("L", (40, 30))] * 3))
    starts, links, place = [], [], 4
    while start := int.from_bytes(file[place : place + 4], "little"):
        place = start + 2 + 12 * int.from_bytes(file[start : start + 2], "little")
        starts.append(start)
        links.append(place)
    file[links[2] : links[2] + 4] = starts[back_to].to_bytes(4, "little")
    started = time.process_time()
    assert pages(bytes(file)) == 3
    assert time.process_time() - started < 1


def test_thousands_of_pages_are_counted_soon() -> None:
    """Counting opens no page, and the last is fitted as quickly as the first."""
    file = pdf(*[Sheet(content=mark(9, 9, 9))] * 5_000)
    started = time.process_time()
    assert pages(file) == 5_000
    assert fit(file, page=5_000, max_bytes=LIMIT).fit.source.format == "PDF"
    assert time.process_time() - started < 3


@settings(max_examples=25, deadline=None)
@given(orientation=st.integers(1, 8), x=st.integers(0, 150), y=st.integers(0, 100))
def test_a_mark_on_the_second_page_of_a_tiff_is_where_the_transform_says(orientation: int, x: int, y: int) -> None:
    """Each page has its own size, direction and way back."""
    stored = marked(200, 150, (x, y), 32)
    stored = stored.transpose(STORED_AS[orientation]) if orientation > 1 else stored
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    with TiffImagePlugin.AppendingTiffWriter(out) as writer:
        Image.new("L", (30, 20), "white").save(writer, "TIFF")
        writer.newFrame()
        stored.save(writer, "TIFF", exif=exif)
        writer.newFrame()
    fitted = fit(out.getvalue(), page=2, max_bytes=LIMIT)
    source = fitted.fit.source
    assert (source.width, source.height, source.orientation) == (200, 150, orientation)
    assert fitted.fit.transform(Point(*mark_of(fitted.data))) == pytest.approx((x + 16, y + 16), abs=1)


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(100, 900),
    height=st.integers(100, 900),
    turn=st.sampled_from([0, 90, 180, 270]),
    data=st.data(),
)
def test_a_mark_on_a_pdf_page_is_where_the_transform_says(width: int, height: int, turn: int, data: Any) -> None:
    """In pixels of the rendering, whose size the source tells, for pages of any size and direction."""
    x, y = data.draw(st.integers(0, width - 50)), data.draw(st.integers(0, height - 50))
    file = pdf(Sheet(), Sheet(width, height, mark(x, y, 40, height), more=f"/Rotate {turn}"))
    fitted = fit(file, page=2, max_bytes=LIMIT)
    source = fitted.fit.source
    assert source.format == "PDF"
    shown = {
        0: (x + 20, y + 20, width, height),
        90: (height - y - 20, x + 20, height, width),
        180: (width - x - 20, height - y - 20, width, height),
        270: (y + 20, width - x - 20, height, width),
    }[turn]
    expected = (shown[0] / shown[2] * source.width, shown[1] / shown[3] * source.height)
    assert fitted.fit.transform(Point(*mark_of(fitted.data))) == pytest.approx(expected, abs=2)


def test_small_print_is_rendered_finely() -> None:
    """300 dpi: a page of A4 has 8.7 megapixels."""
    assert fit(pdf(Sheet(content=words("x"))), max_bytes=LIMIT).fit.source.width == pytest.approx(595 * 300 / 72, abs=1)


def test_a_scan_in_a_pdf_keeps_its_own_pixels() -> None:
    """A page that is one picture is rendered at the picture's size, neither larger nor smaller."""
    source = fit(pdf(Sheet(scan=photograph(1000, 1415))), max_bytes=LIMIT).fit.source
    assert (source.width, source.height) == pytest.approx((1000, 1415), abs=1)


def test_a_page_of_a_hundred_meters_is_held() -> None:
    """However large a page says it is, no more pixels are made than are of use."""
    source = fit(pdf(Sheet(14_400, 14_400)), max_bytes=LIMIT).fit.source
    assert source.width * source.height <= ENOUGH_PIXELS * 1.01


def test_a_page_that_holds_text_says_so() -> None:
    """Its text needs no recognition, and whoever pays should know."""
    told = "this page of the PDF already holds text"
    assert told in fit(pdf(Sheet(content=words("enough letters to be read"))), max_bytes=LIMIT).fit.warnings
    assert told not in fit(pdf(Sheet(scan=photograph(300, 400))), max_bytes=LIMIT).fit.warnings


def test_a_locked_pdf_is_refused_with_what_to_do() -> None:
    """Whoever dropped it can save it without its password."""
    keys = "/O <" + "41" * 32 + "> /U <" + "42" * 32 + ">"
    locked = pdf(Sheet(), trailer=f"/Encrypt << /Filter /Standard /V 1 /R 2 {keys} /P -4 >> /ID [<00> <00>]")
    error = refusal(locked)
    assert error.code == "locked"
    assert "without" in error.message


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", pdf(Sheet())[:200], b"%PDF-" + bytes(500)])
def test_a_damaged_pdf_is_refused(data: bytes) -> None:
    """As any damaged file."""
    assert refusal(data).code == "damaged"


@pytest.mark.parametrize("format_", ["JPEG", "TIFF", "WEBP"])
def test_an_image_that_holds_the_mark_of_a_pdf_is_an_image(format_: str) -> None:
    """A comment, a profile or the pixels may have those letters in them."""
    image = marked(60, 40, (5, 5), 20)
    file = encoded(image, format_, icc_profile=b"%PDF-1.7 is no profile" * 10)
    assert b"%PDF-" in file
    assert fit(file, max_bytes=LIMIT).fit.source.format == format_


def test_an_image_bomb_in_a_pdf_is_known_by_its_header() -> None:
    """A page with a picture that memory would not hold is refused before anything is rendered."""
    file = pdf(Sheet(scan=Image.new("L", (100, 100))))
    bomb = file.replace(b"/Width 100 /Height 100", b"/Width 60000 /Height 60000")
    error = refusal(bomb, memory_bytes=512 * MB)
    assert error.code in ("too_large", "damaged")


@pytest.mark.parametrize("data", [pdf(Sheet()), tiff(Image.new("L", (9, 9))), encoded(Image.new("L", (9, 9)), "PNG")])
def test_a_page_that_is_not_there_is_refused(data: bytes) -> None:
    """By fitting and by the look at the header alike."""
    assert refusal(data, page=2).code == "no_such_page"
    with pytest.raises(Unreadable):
        check_header(data, page=2)


@settings(max_examples=200, deadline=None)
@given(
    width=st.integers(1, 60_000), height=st.integers(1, 60_000), limit=st.sampled_from([100_000, 750_000, 1_048_576])
)
def test_tiles_cover_a_page_and_overlap(width: int, height: int, limit: int) -> None:
    """Every pixel lies in a tile, neighbours share more than a line's height, and there are not too many."""
    from ocr_drop.images import tiling

    found = tiling.tiles(width, height, limit)
    assert len(found) <= 64
    if not found:
        return
    assert min(area.x for area in found) == min(area.y for area in found) == 0
    assert max(area.x + area.width for area in found) == width
    assert max(area.y + area.height for area in found) == height
    for side, length in (("x", "width"), ("y", "height")):
        spans = sorted({(getattr(area, side), getattr(area, side) + getattr(area, length)) for area in found})
        for before, after in pairwise(spans):
            assert before[1] - after[0] >= min(150, (after[1] - after[0]) // 3)
    assert len({(area.x, area.y) for area in found}) == len(found)


def test_small_pages_are_not_cut() -> None:
    """One picture is enough for a photo, a page and a screenshot."""
    for size in ((4000, 3000), (2480, 3508), (1080, 2400)):
        assert tiles(encoded(Image.new("L", size, "white"), "PNG"), max_bytes=LIMIT) == ()


@settings(max_examples=15, deadline=None)
@given(
    format_=st.sampled_from(["JPEG", "PNG"]),
    orientation=st.integers(1, 8),
    x=st.integers(0, 420),
    y=st.integers(0, 5800),
)
def test_a_mark_in_a_tile_is_where_the_transform_says(format_: str, orientation: int, x: int, y: int) -> None:
    """Coordinates are those of the whole page as displayed, whichever tile shows the mark."""
    file = encoded(marked(500, 6000, (x, y), 64), format_, orientation=orientation)
    areas = tiles(file, max_bytes=LIMIT)
    seen = [area for area in areas if area.y <= y and y + 64 <= area.y + area.height]
    assert seen
    for area in seen:
        fitted = fit(file, area=area, max_bytes=LIMIT)
        assert (fitted.fit.source.width, fitted.fit.source.height) == (500, 6000)
        assert (fitted.fit.sent.width, fitted.fit.sent.height) == (area.width, area.height)
        assert fitted.fit.transform(Point(*mark_of(fitted.data))) == pytest.approx((x + 32, y + 32), abs=1)

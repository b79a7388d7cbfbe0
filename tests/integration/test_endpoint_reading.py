"""The engine on rendered pages: text kept, however the page lies, and polygons where the text is."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from shapely.geometry import Polygon

from ocr_endpoint.page import Page, Point
from ocr_endpoint.recognition import Recognition

IMAGES = Path(__file__).parents[1] / "images" / "endpoint"
LINES = [
    "Delivery note 2026-0417",
    "Twelve boxes of printed paper",
    "to be kept dry and away from light",
    "Gross weight 148.5 kg, net 139 kg",
    "Received in good order and condition",
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Recognition]:
    """The engine, loaded once."""
    engine = Recognition()
    yield engine
    engine.close()


def drawn(lines: list[str], *, size: int, width: int, height: int, gap: float = 2.0) -> tuple[Image.Image, list[float]]:
    """A page with its lines, and where the middle of each is."""
    font = ImageFont.load_default(size)
    page = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(page)
    tops = [round(size * (1 + gap * i)) for i in range(len(lines))]
    for top, line in zip(tops, lines, strict=True):
        pen.text((size, top), line, "black", font)
    boxes = [pen.textbbox((size, top), line, font) for top, line in zip(tops, lines, strict=True)]
    return page, [edge for box in boxes for edge in box]


def read(engine: Recognition, image: Image.Image) -> Page:
    """The page that the engine sees."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return engine.recognize(file.getvalue())


def turned(point: Point, size: tuple[int, int], angle: float, grown: tuple[int, int]) -> Point:
    """Where a point lies after its image was turned clockwise about its middle, onto a canvas that grew."""
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    u, v = point[0] - size[0] / 2, point[1] - size[1] / 2
    return grown[0] / 2 + u * c - v * s, grown[1] / 2 + u * s + v * c


@pytest.mark.parametrize("angle", [*range(-165, 181, 30), 0, 5, -12, 90, -90, 93, 44, 46])
def test_a_turned_page_is_read_as_an_upright_one(engine: Recognition, angle: float) -> None:
    """At any turn the lines and their order are the same, the angle is told, and polygons lie on the text."""
    page, edges = drawn(LINES, size=34, width=800, height=420)
    image = page.rotate(-angle, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)
    seen = read(engine, image)
    assert [line.text for line in seen.lines] == LINES
    assert math.cos(math.radians(seen.angle - angle)) > math.cos(math.radians(0.7))
    for line, (left, top, right, bottom) in zip(seen.lines, zip(*[iter(edges)] * 4, strict=True), strict=True):
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        true = Polygon([turned(corner, page.size, angle, image.size) for corner in corners])
        told = Polygon(line.corners)
        assert true.intersection(told).area > 0.85 * true.area
        assert true.intersection(told).area > 0.55 * true.union(told).area
        assert math.dist(line.corners[0], true.exterior.coords[0]) < 25


@pytest.mark.parametrize("angle", [0, 5])
def test_columns_are_read_one_after_the_other(engine: Recognition, angle: float) -> None:
    """Two columns of running text under a heading come as heading, left column, right column."""
    left = [f"left text that runs on in line {i}" for i in range(10, 22)]
    right = [f"right text that runs on in line {i}" for i in range(10, 22)]
    page = Image.new("RGB", (1240, 640), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(32)
    pen.text((60, 30), "A heading that stretches over both of the columns of this page", "black", font)
    for x, lines in ((60, left), (660, right)):
        for i, line in enumerate(lines):
            pen.text((x, 120 + 42 * i), line, "black", font)
    image = page.rotate(-angle, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)
    told = [line.text.split()[0] for line in read(engine, image).lines]
    assert told == ["A", *["left"] * 12, *["right"] * 12]


def test_a_chinese_page_is_read_in_order(engine: Recognition) -> None:
    """Chinese with numbers and a narrow column comes as written, its heading a paragraph of its own."""
    page = engine.recognize((IMAGES / "notice.png").read_bytes())
    assert [line.text for line in page.lines] == (IMAGES / "notice.txt").read_text("utf-8").splitlines()
    assert page.lines[0].paragraph != page.lines[1].paragraph == page.lines[2].paragraph


@pytest.mark.parametrize("angle", [0, 3, 180])
def test_vertical_text_is_read_from_the_right(engine: Recognition, angle: float) -> None:
    """Columns of characters come whole and in order, and the page leans by as much as its characters do."""
    image = Image.open(IMAGES / "columns.png").rotate(-angle, expand=True, fillcolor="white", resample=Image.BICUBIC)
    page = read(engine, image)
    assert [line.text for line in page.lines] == (IMAGES / "columns.txt").read_text("utf-8").splitlines()
    assert math.cos(math.radians(page.angle - angle)) > math.cos(math.radians(0.7))
    for line in page.lines:
        (ax, ay), (bx, by), _, (dx, dy) = line.corners
        assert math.dist((ax, ay), (dx, dy)) > 5 * math.dist((ax, ay), (bx, by))


def test_a_page_of_rows_that_lies_on_its_side_is_no_vertical_text(engine: Recognition) -> None:
    """Chinese that runs down because the page was turned keeps its angle and its order."""
    turned_page = Image.open(IMAGES / "notice.png").rotate(-90, expand=True)
    page = read(engine, turned_page)
    assert [line.text for line in page.lines] == (IMAGES / "notice.txt").read_text("utf-8").splitlines()
    assert page.angle == pytest.approx(90, abs=0.7)


def test_small_print_under_large_letters_is_found_too(engine: Recognition) -> None:
    """Print that a first look cannot show at all is not lost where larger letters are found."""
    font, small = ImageFont.load_default(60), ImageFont.load_default(15)
    page = Image.new("RGB", (1080, 4000), "white")
    pen = ImageDraw.Draw(page)
    expected = []
    for number, top in enumerate(range(60, 3900, 160)):
        expected += [
            f"Section {number}",
            f"in force from day {number * 13} of the year, as agreed by both sides before",
        ]
        pen.text((60, top), expected[-2], "black", font)
        pen.text((60, top + 90), expected[-1], "black", small)
    assert [line.text for line in read(engine, page).lines] == expected


def test_small_print_is_found_by_a_second_look(engine: Recognition) -> None:
    """Print that is too small for the first look on a large page is not lost."""
    lines = [f"Clause {i}: the parties agree on item {i * 37} of the list" for i in range(10, 60)]
    page, _ = drawn(lines, size=22, width=1700, height=2400)
    read_lines = [line.text for line in read(engine, page).lines]
    assert len(read_lines) == len(lines)
    assert sum(a == b for a, b in zip(read_lines, lines, strict=True)) >= 45


def test_a_long_screenshot_is_read_to_its_end(engine: Recognition) -> None:
    """A strip many times as high as wide keeps every line, also where slices meet."""
    lines = [f"Message {i} arrived" for i in range(100, 150)]
    page, _ = drawn(lines, size=30, width=560, height=4300, gap=2.8)
    assert [line.text for line in read(engine, page).lines] == lines


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (600, 800)])
def test_an_image_without_text_has_no_lines(engine: Recognition, size: tuple[int, int]) -> None:
    """Nothing to read is an empty page, whatever its shape."""
    page = read(engine, Image.new("RGB", size, "white"))
    assert (page.lines, page.angle, page.width, page.height) == ((), 0.0, *size)


def test_noise_is_no_failure(engine: Recognition) -> None:
    """A picture of nothing but noise is answered like any other."""
    assert read(engine, Image.effect_noise((400, 300), 120).convert("RGB")).width == 400

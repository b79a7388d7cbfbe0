"""How lines become a page: its lean, the order of reading, paragraphs."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_endpoint.layout import arrange, lean
from ocr_endpoint.page import Line, Quad


def line_at(text: str, left: float, top: float, *, width: float = 400, height: float = 20, angle: float = 0) -> Line:
    """A line on a page that was turned clockwise by `angle` about its origin."""
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    box = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    a, b, d, e = ((x * c - y * s, x * s + y * c) for x, y in box)
    quad: Quad = (a, b, d, e)
    return Line(text, quad)


def shuffled(lines: list[Line]) -> list[Line]:
    """The same lines in an order that says nothing."""
    return random.Random(3).sample(lines, len(lines))


@given(st.floats(-179, 179), st.integers(1, 9))
def test_the_lean_is_that_of_the_text(angle: float, lines: int) -> None:
    """A page whose lines all lean alike leans as they do, clockwise being positive."""
    quads = [line_at("x", 10, 40 * i, angle=angle).corners for i in range(lines)]
    assert lean(quads) == pytest.approx(angle, abs=0.006)


def test_a_crooked_stamp_does_not_tilt_the_page() -> None:
    """A few short lines that lean otherwise do not change the angle of the rest."""
    quads = [line_at("x", 10, 40 * i, angle=-2).corners for i in range(5)]
    quads += [line_at("x", 10, 300, width=60, angle=40).corners] * 3
    assert lean(quads) == pytest.approx(-2, abs=0.006)


def test_half_a_turn_is_180_and_nothing_is_0() -> None:
    """An upside-down page leans by 180, never by -180; a page without text does not lean."""
    assert lean([((400, 20), (0, 20), (0, 0), (400, 0))]) == 180.0
    assert lean([]) == 0.0


@pytest.mark.parametrize("angle", [0, 8, -12, 90, 180, -90])
def test_lines_are_read_from_top_to_bottom_and_left_to_right(angle: float) -> None:
    """The order is that of the straightened page, however the image lies, and cells of one row go left to right."""
    lines = [line_at(str(i), 10 + 450 * (i % 3), 60 * (i // 3) + i % 3, angle=angle) for i in range(9)]
    assert [line.text for line in arrange(shuffled(lines), angle)] == list("012345678")


def test_paragraphs_are_parted_by_space_and_by_size() -> None:
    """Lines close below each other share a paragraph; a gap, or letters of another size, begin the next."""
    lines = [
        line_at("title", 10, 0, height=40),
        line_at("one", 10, 50),
        line_at("two", 10, 78),
        line_at("three", 10, 150),
        line_at("four", 10, 178),
    ]
    assert [line.paragraph for line in arrange(shuffled(lines), 0)] == [1, 2, 2, 3, 3]


def test_columns_are_paragraphs_of_their_own() -> None:
    """Text that stands beside other text does not share its paragraph."""
    lines = [line_at(f"{side}{row}", 450 * side, 28 * row) for row in range(3) for side in range(2)]
    assert [line.paragraph for line in arrange(shuffled(lines), 0)] == [1, 2, 1, 2, 1, 2]


@given(st.lists(st.tuples(*[st.floats(0, 3000)] * 4), max_size=30), st.floats(-180, 180))
def test_no_line_is_lost_or_doubled(boxes: list[tuple[float, float, float, float]], angle: float) -> None:
    """Whatever is found is in the page once, and paragraphs are numbered from 1 without a gap."""
    lines = [line_at(str(i), x, y, width=w + 1, height=h + 1) for i, (x, y, w, h) in enumerate(boxes)]
    page = arrange(lines, angle)
    assert sorted(line.text for line in page) == sorted(line.text for line in lines)
    assert sorted({line.paragraph for line in page}) == list(range(1, len({p.paragraph for p in page}) + 1))

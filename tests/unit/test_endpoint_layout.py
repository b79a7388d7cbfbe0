"""How lines become a page: its lean, the order of reading, paragraphs."""

from __future__ import annotations

import math
import random
from dataclasses import replace

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
    leaning = [line_at("x", 10, 40 * i, angle=angle) for i in range(lines)]
    assert lean(leaning) == pytest.approx(angle, abs=0.006)


def test_a_crooked_stamp_does_not_tilt_the_page() -> None:
    """A few short lines that lean otherwise do not change the angle of the rest."""
    lines = [line_at("x", 10, 40 * i, angle=-2) for i in range(5)]
    lines += [line_at("x", 10, 300, width=60, angle=40)] * 3
    assert lean(lines) == pytest.approx(-2, abs=0.006)


def test_half_a_turn_is_180_and_nothing_is_0() -> None:
    """An upside-down page leans by 180, never by -180; a page without text does not lean."""
    assert lean([Line("x", ((400, 20), (0, 20), (0, 0), (400, 0)))]) == 180.0
    assert lean([]) == 0.0


def column_at(text: str, left: float, *, top: float = 100, angle: float = 0) -> Line:
    """A line of characters one below the other."""
    return replace(line_at(text, left, top, width=20, height=400, angle=angle), vertical=True)


@given(st.floats(-179, 179), st.integers(1, 9))
def test_vertical_text_leans_as_its_letters_do(angle: float, lines: int) -> None:
    """Text that runs from top to bottom does not turn the page: an upright page of it leans by nothing."""
    assert lean([column_at("x", 40 * i, angle=angle) for i in range(lines)]) == pytest.approx(angle, abs=0.006)


@pytest.mark.parametrize("angle", [0, 8, -12, 90, 180, -90])
def test_columns_of_vertical_text_are_read_from_the_right(angle: float) -> None:
    """Under its heading the column at the right comes first, and what stands below them comes last."""
    lines = [line_at("heading", 10, 10, angle=angle), line_at("note", 10, 560, angle=angle)]
    lines += [column_at(f"column {i}", 400 - 32 * i, angle=angle) for i in range(9)]
    told = arrange(shuffled(lines), angle)
    assert [line.text for line in told] == ["heading", *(f"column {i}" for i in range(9)), "note"]
    assert [line.paragraph for line in told] == [1, *[2] * 9, 3]


def test_a_vertical_note_comes_after_the_rows_beside_it() -> None:
    """A label up the margin of a page of rows does not part them."""
    rows = [line_at(f"row {i}", 100, 40 * i) for i in range(6)]
    told = arrange(shuffled([*rows, column_at("note", 10, top=0)]), 0)
    assert [line.text for line in told] == [*(f"row {i}" for i in range(6)), "note"]


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
    assert [line.paragraph for line in arrange(shuffled(lines), 0)] == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("angle", [0, 5, -90, 180])
def test_columns_are_read_one_after_the_other(columns: int, angle: float) -> None:
    """Running text in columns is read column by column, between a heading above and a footer below."""
    wide = columns * 430 - 30
    lines = [line_at("heading", 10, 0, width=wide, angle=angle)]
    lines += [
        line_at(f"{column}.{row}", 10 + 430 * column, 80 + 28 * row + 3 * column, angle=angle)
        for column in range(columns)
        for row in range(12)
    ]
    lines.append(line_at("footer", 10, 480, width=wide, angle=angle))
    assert [line.text for line in arrange(shuffled(lines), angle)] == [line.text for line in lines]


def test_columns_above_and_below_a_heading_do_not_mix() -> None:
    """A heading across both columns ends them: what stands above it is read first."""
    lines = []
    for part in range(2):
        lines.append(line_at(f"heading {part}", 10, 300 * part, width=830))
        for column in range(2):
            lines += [
                line_at(f"{part}{column}{row}", 10 + 430 * column, 300 * part + 60 + 28 * row) for row in range(6)
            ]
    assert [line.text for line in arrange(shuffled(lines), 0)] == [line.text for line in lines]


@pytest.mark.parametrize("pitch", [28, 45])
def test_tables_and_forms_are_read_row_by_row(pitch: float) -> None:
    """Short cells, and labels with long values beside them, keep their rows, however closely they are set."""
    table = [line_at(f"{row}{cell}", 10 + 200 * cell, pitch * row, width=90) for row in range(8) for cell in range(4)]
    form = [
        line_at(f"{row}{cell}", 10 + 150 * cell, pitch * row, width=80 + 320 * cell)
        for row in range(8)
        for cell in range(2)
    ]
    for lines in (table, form):
        assert [line.text for line in arrange(shuffled(lines), 0)] == [line.text for line in lines]


@given(st.lists(st.tuples(*[st.floats(0, 3000)] * 4), max_size=30), st.floats(-180, 180))
def test_no_line_is_lost_or_doubled(boxes: list[tuple[float, float, float, float]], angle: float) -> None:
    """Whatever is found is in the page once, and paragraphs are numbered from 1 without a gap."""
    lines = [line_at(str(i), x, y, width=w + 1, height=h + 1) for i, (x, y, w, h) in enumerate(boxes)]
    page = arrange(lines, angle)
    assert sorted(line.text for line in page) == sorted(line.text for line in lines)
    assert sorted({line.paragraph for line in page}) == list(range(1, len({p.paragraph for p in page}) + 1))

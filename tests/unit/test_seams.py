"""Lines of overlapping areas become the lines of the page: none doubled, none lost, whatever the angle."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from ocr_drop.geometry import Point, Polygon
from ocr_drop.pages import PlacedLine
from ocr_drop.seams import merged

GLYPH = 20.0
LINES = [
    "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉",
    "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往",
    "云腾致雨露结为霜金生丽水玉出昆冈剑号巨阙",
    "海咸河淡鳞潜羽翔龙师火帝鸟官人皇始制文字",
]


def _line(text: str, column: float, row: float, *, turn: float = 0.0, height: float = GLYPH) -> PlacedLine:
    """Text of square glyphs, its top left corner at a column and row (in glyphs) of a page turned about its corner."""
    left, top, right, bottom = column * GLYPH, row * GLYPH, (column + len(text)) * GLYPH, row * GLYPH + height
    c, s = math.cos(turn), math.sin(turn)
    corners = [
        Point(x * c - y * s, x * s + y * c) for x, y in [(left, top), (right, top), (right, bottom), (left, bottom)]
    ]
    polygon: Polygon = (corners[0], corners[1], corners[2], corners[3])
    return PlacedLine(text, None, polygon)


@given(
    cut=st.integers(4, 14),
    overlap=st.integers(2, 6),
    turn=st.sampled_from([0.0, 0.02, -0.1, math.pi / 2, math.pi, -2.0]),
)
def test_lines_that_a_seam_runs_through_are_joined(cut: int, overlap: int, turn: float) -> None:
    """Each half is read alone; the page has each line once, with all its letters and from end to end."""
    left = [_line(line[: cut + overlap], 0, 2 * row, turn=turn) for row, line in enumerate(LINES)]
    right = [_line(line[cut:], cut, 2 * row, turn=turn) for row, line in enumerate(LINES)]
    found = merged([left, right])
    assert [line.text for line in found] == LINES
    for row, line in enumerate(found):
        whole = _line(LINES[row], 0, 2 * row, turn=turn).polygon
        assert all(math.dist(corner, wanted) < 0.01 for corner, wanted in zip(line.polygon, whole, strict=True))


@given(cut=st.integers(1, 6), shift=st.floats(-2, 2))
def test_lines_in_the_overlap_of_two_slices_come_once(cut: int, shift: float) -> None:
    """Both slices see the lines between them, a pixel or two apart."""
    above = [_line(line, 0, 2 * row) for row, line in enumerate(LINES[:3])]
    below = [_line(line, shift / GLYPH, 2 * row + shift / GLYPH) for row, line in enumerate(LINES)][min(cut, 3) :]
    assert [line.text for line in merged([above, below])] == LINES


def test_a_line_cut_in_half_gives_way_to_the_whole_one() -> None:
    """What the edge of an area left of a line is read wrong: the other area saw all of it."""
    above = [_line(LINES[0], 0, 0), _line("田力厶门" * 5, 0, 2, height=GLYPH * 0.6)]
    below = [_line(LINES[1], 0, 2), _line(LINES[2], 0, 4)]
    assert [line.text for line in merged([above, below])] == LINES[:3]


def test_letters_that_the_edge_cut_through_are_read_from_the_other_side() -> None:
    """The last letter of the left piece and the first of the right one are wrong, those between them agree."""
    left, right = _line(LINES[0][:11] + "讠", 0, 0), _line("丿" + LINES[0][9:], 8, 0)
    assert merged([[left], [right]])[0].text == LINES[0]


def test_pieces_that_do_not_agree_are_cut_in_the_middle_of_what_they_share() -> None:
    """Where the engine read both sides differently, the line is as long as it should be all the same."""
    left, right = _line("ABCDEFGH", 0, 0), _line("abcdefgh", 4, 0)
    assert merged([[left], [right]])[0].text == "ABCDEFcdefgh"


def test_lines_side_by_side_stay_two() -> None:
    """A row of a table: nothing is joined that does not lie on each other."""
    assert len(merged([[_line("甲乙", 0, 0)], [_line("丙丁", 3, 0)]])) == 2


def test_equal_lines_of_one_area_stay_two() -> None:
    """What one area saw twice stands there twice."""
    twice = [_line("甲乙丙", 0, 0), _line("甲乙丙", 0, 0.2)]
    assert len(merged([twice])) == 2


def test_paragraphs_are_numbered_on() -> None:
    """Each area counts from 1; on the page no number comes twice."""
    first, second = _line(LINES[0], 0, 0), _line(LINES[1], 0, 4)
    areas = [[PlacedLine(line.text, 1, line.polygon)] for line in (first, second)]
    assert [line.paragraph for line in merged(areas)] == [1, 2]

"""Lines of a page that was cut into overlapping areas -> the lines of the page, none twice. Pure arithmetic.

Two lines of different areas are one where they lie on each other: a fragment gives way to the whole line, and
two pieces of a line that a seam runs through are joined where their texts say the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ocr_drop.geometry import Point, Polygon
from ocr_drop.pages import PlacedLine

_ONE_ROW = 0.5
"""How far from a line's axis, in heights of the taller, another may lie and still stand in the same row."""

_SAME_LINE = 0.7
"""How much of the shorter line, in heights of the taller, may reach beyond the longer for the two to be the same."""


def merged(areas: Sequence[Sequence[PlacedLine]]) -> tuple[PlacedLine, ...]:
    """The lines of all areas, in their order, each once; paragraphs are numbered on from area to area."""
    kept: list[PlacedLine] = []
    paragraphs = 0
    for lines in areas:
        before = len(kept)
        for line in lines:
            numbered = line if line.paragraph is None else replace(line, paragraph=line.paragraph + paragraphs)
            _add(kept, before, numbered)
        paragraphs = max((line.paragraph or 0 for line in kept), default=0)
    return tuple(kept)


def _add(kept: list[PlacedLine], before: int, line: PlacedLine) -> None:
    """Add a line of one area to those of the areas before it, the first `before` of the kept ones."""
    for place in range(before):
        beside = _beside(kept[place], line)
        if beside is None:
            continue
        first = kept[place]
        paragraph = first.paragraph
        beyond = min(beside.length, beside.other_length) - beside.overlap
        if beyond <= _SAME_LINE * max(_height(first.polygon), _height(line.polygon)):
            kept[place] = replace(max((first, line), key=_extent), paragraph=paragraph)
        else:
            kept[place] = replace(_joined(first, line, beside), paragraph=paragraph)
        return
    kept.append(line)


@dataclass(frozen=True)
class _Beside:
    """How a line lies beside another in the same row, along that one's axis: pixels."""

    overlap: float
    length: float
    other_length: float
    comes_after: bool


def _beside(one: PlacedLine, other: PlacedLine) -> _Beside | None:
    """How `other` lies beside `one`, None if it stands elsewhere."""
    start, end = _axis(one.polygon)
    length = math.dist(start, end)
    if not length:
        return None
    along_x, along_y = (end.x - start.x) / length, (end.y - start.y) / length
    near = _ONE_ROW * max(_height(one.polygon), _height(other.polygon))
    places = []
    for x, y in _axis(other.polygon):
        across = (y - start.y) * along_x - (x - start.x) * along_y
        if abs(across) > near:
            return None
        places.append((x - start.x) * along_x + (y - start.y) * along_y)
    begins, ends = places
    if begins >= ends:  # it is read the other way
        return None
    overlap = min(length, ends) - max(0.0, begins)
    return _Beside(overlap, length, ends - begins, begins > 0) if overlap > 0 else None


def _joined(one: PlacedLine, other: PlacedLine, beside: _Beside) -> PlacedLine:
    """Two pieces of one line as that line."""
    if not beside.comes_after:
        one, other = other, one
        beside = replace(beside, length=beside.other_length, other_length=beside.length)
    (first, _, _, fourth), (_, second, third, _) = one.polygon, other.polygon
    return replace(one, text=_joined_text(one.text, other.text, beside), polygon=(first, second, third, fourth))


def _joined_text(left: str, right: str, beside: _Beside) -> str:
    """Both texts without what stands in both; the last and first letters may be cut through and read wrong."""
    doubled = (len(left) * beside.overlap / beside.length + len(right) * beside.overlap / beside.other_length) / 2
    reach = math.ceil(2 * doubled) + 2
    tail, head = left[-reach:], right[:reach]
    match = SequenceMatcher(None, tail, head, autojunk=False).find_longest_match()
    if match.size and match.size >= doubled / 3:
        end = len(left) - len(tail) + match.a + match.size
        return left[:end] + right[match.b + match.size :]
    half = doubled / 2
    return left[: max(len(left) - math.floor(half), 0)] + right[math.ceil(half) :]


def _axis(polygon: Polygon) -> tuple[Point, Point]:
    """The middles of a line's left and right side."""
    first, second, third, fourth = polygon
    return _middle(first, fourth), _middle(second, third)


def _middle(one: Point, other: Point) -> Point:
    return Point((one.x + other.x) / 2, (one.y + other.y) / 2)


def _height(polygon: Polygon) -> float:
    first, second, third, fourth = polygon
    return (math.dist(first, fourth) + math.dist(second, third)) / 2


def _extent(line: PlacedLine) -> float:
    """The area of a line's place: of two readings the larger one saw all of it."""
    return math.dist(*_axis(line.polygon)) * _height(line.polygon)

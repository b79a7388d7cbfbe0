"""Lines as found -> the page as read: how far it leans, in which order, in which paragraphs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from ocr_endpoint.order import Placed, continues, in_reading_order
from ocr_endpoint.page import Line, Point

QUARTER = 90.0


def lean(lines: Sequence[Line]) -> float:
    """How far the text leans clockwise, in degrees over -180 up to 180: the median, long lines counting more."""
    if not lines:
        return 0.0
    arrows = [_rightwards(line) for line in lines]
    main = math.atan2(sum(y for _, y in arrows), sum(x for x, _ in arrows))
    off = sorted((_wrapped(math.atan2(y, x) - main), math.hypot(x, y)) for x, y in arrows)
    passed = list(accumulate(length for _, length in off))
    middle = next(turn for (turn, _), length in zip(off, passed, strict=True) if length >= passed[-1] / 2)
    angle = round(math.degrees(_wrapped(main + middle)), 2)
    return 180.0 if angle == -180 else angle + 0.0


def arrange(lines: Sequence[Line], angle: float) -> tuple[Line, ...]:
    """The lines in the reading order of the straightened page, their paragraphs numbered from 1."""
    numbered: list[Line] = []
    for part in _parts(lines, angle):
        paragraphs: list[Placed] = []  # the last line of each
        before = max((line.paragraph for line in numbered), default=0)
        for item in in_reading_order(part):
            number = next((n for n in reversed(range(len(paragraphs))) if continues(paragraphs[n], item)), None)
            number = len(paragraphs) if number is None else number
            paragraphs[number : number + 1] = [item]
            numbered.append(replace(item.line, paragraph=before + number + 1))
    return tuple(numbered)


def _parts(lines: Sequence[Line], angle: float) -> Iterator[list[Placed]]:
    """Rows and columns apart: on a page of columns the rows above them come first, on a page of rows the columns last.

    Columns are placed as rows of the page turned by a quarter: the one at the right is then the first row.
    """
    rows = [_place(line, angle) for line in lines if not line.vertical]
    columns = [line for line in lines if line.vertical]
    above, below = (rows, []) if columns else ([], rows)
    if sum(len(line.text) for line in columns) * 2 > sum(len(line.text) for line in lines):
        top = min(_place(line, angle).top for line in columns)
        above, below = [item for item in rows if item.middle < top], [item for item in rows if item.middle >= top]
    yield above
    yield [_place(line, angle + QUARTER) for line in columns]
    yield below


def _rightwards(line: Line) -> Point:
    """Where the top of the page's letters lets one go rightwards, as long as the line."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = line.corners
    if line.vertical:
        return dy - ay + cy - by, ax - dx + bx - cx
    return bx - ax + cx - dx, by - ay + cy - dy


def _wrapped(turn: float) -> float:
    return math.atan2(math.sin(turn), math.cos(turn))


def _place(line: Line, angle: float) -> Placed:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    across = [x * cos + y * sin for x, y in line.corners]
    down = [y * cos - x * sin for x, y in line.corners]
    return Placed(line, min(across), min(down), max(across), max(down))

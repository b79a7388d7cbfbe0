"""Lines as found -> the page as read: how far it leans, in which order, in which paragraphs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from ocr_endpoint.order import Placed, continues, in_reading_order
from ocr_endpoint.page import Line, Point, Quad


def lean(quads: Sequence[Quad]) -> float:
    """How far the text leans clockwise, in degrees over -180 up to 180: the median, long lines counting more."""
    if not quads:
        return 0.0
    edges = [(_edge(a, b), _edge(d, c)) for a, b, c, d in quads]
    arrows = [(x1 + x2, y1 + y2) for (x1, y1), (x2, y2) in edges]
    main = math.atan2(sum(y for _, y in arrows), sum(x for x, _ in arrows))
    off = sorted((_wrapped(math.atan2(y, x) - main), math.hypot(x, y)) for x, y in arrows)
    passed = list(accumulate(length for _, length in off))
    middle = next(turn for (turn, _), length in zip(off, passed, strict=True) if length >= passed[-1] / 2)
    angle = round(math.degrees(_wrapped(main + middle)), 2)
    return 180.0 if angle == -180 else angle + 0.0


def arrange(lines: Sequence[Line], angle: float) -> tuple[Line, ...]:
    """The lines in the reading order of the straightened page, their paragraphs numbered from 1."""
    placed = in_reading_order([_place(line, angle) for line in lines])
    paragraphs: list[Placed] = []  # the last line of each
    numbered = []
    for item in placed:
        number = next((n for n in reversed(range(len(paragraphs))) if continues(paragraphs[n], item)), len(paragraphs))
        paragraphs[number : number + 1] = [item]
        numbered.append(replace(item.line, paragraph=number + 1))
    return tuple(numbered)


def _edge(a: Point, b: Point) -> tuple[float, float]:
    return b[0] - a[0], b[1] - a[1]


def _wrapped(turn: float) -> float:
    return math.atan2(math.sin(turn), math.cos(turn))


def _place(line: Line, angle: float) -> Placed:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    across = [x * cos + y * sin for x, y in line.corners]
    down = [y * cos - x * sin for x, y in line.corners]
    return Placed(line, min(across), min(down), max(across), max(down))

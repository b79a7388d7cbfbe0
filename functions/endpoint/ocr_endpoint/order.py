"""Lines of a straightened page -> the order in which they are read: rows, but columns of running text one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from ocr_endpoint.page import Line

SAME_ROW = 0.5
NEXT_LINE_GAP = 0.8
SAME_SIZE = 1.4
# what makes two sides of a gutter columns, and not the cells of a table or the labels of a form
GUTTER = 0.7
FEWEST_LINES = 3
LONG_LINE = 7.0
RUNNING = 0.75


@dataclass(frozen=True)
class Placed:
    """A line in the straightened page: its upright box."""

    line: Line
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """From its top to its bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Half way between top and bottom."""
        return (self.top + self.bottom) / 2


def in_reading_order(placed: Sequence[Placed]) -> list[Placed]:
    """Every line once: what stands above two columns, the left one, the right one, what stands below; else rows."""
    found = _columns(sorted(placed, key=lambda item: item.middle))
    if found is None:
        return _in_rows(placed)
    return [item for part in found for item in in_reading_order(part)]


def continues(above: Placed, below: Placed) -> bool:
    """Whether a line goes on with the paragraph that ends in the one above it."""
    gap = below.top - above.bottom
    low, high = sorted((above.height, below.height))
    beneath = -0.5 * low < gap < NEXT_LINE_GAP * low and below.middle > above.bottom - 0.25 * low
    beside = min(above.right, below.right) > max(above.left, below.left)
    return beneath and beside and high < SAME_SIZE * low


def _in_rows(placed: Sequence[Placed]) -> list[Placed]:
    rows: list[list[Placed]] = []
    for item in sorted(placed, key=lambda item: item.middle):
        if rows and item.middle - median(other.middle for other in rows[-1]) < SAME_ROW * min(
            item.height, max(other.height for other in rows[-1])
        ):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [item for row in rows for item in sorted(row, key=lambda item: item.left)]


def _columns(placed: Sequence[Placed]) -> tuple[Sequence[Placed], ...] | None:
    """Above, left, right and below of the gutter with the most running text on both sides; None without any."""
    if len(placed) < 2 * FEWEST_LINES:
        return None
    running = _running(placed)
    step = median(item.height for item in placed)
    most, best = 0, None
    for gutter in sorted({round(item.right / step * 2) for item in placed if id(item) in running}):
        start = gutter * step / 2 + step * 0.25
        for first, last in _runs(placed, start, start + GUTTER * step):
            run = placed[first:last]
            left = [item for item in run if item.right <= start]
            right = [item for item in run if item.right > start]
            if len(run) > most and _is_column(left, running) and _is_column(right, running):
                most, best = len(run), (placed[:first], left, right, placed[last:])
    return best


def _runs(placed: Sequence[Placed], start: float, end: float) -> Iterator[tuple[int, int]]:
    """Where lines follow each other of which none crosses the gutter: index of the first, and after the last."""
    crossing = [i for i, item in enumerate(placed) if item.left < end and item.right > start]
    yield from zip([0, *(i + 1 for i in crossing)], [*crossing, len(placed)], strict=True)


def _is_column(side: Sequence[Placed], running: set[int]) -> bool:
    if len(side) < FEWEST_LINES or sum(id(item) in running for item in side) < RUNNING * len(side):
        return False
    return median((item.right - item.left) / max(item.height, 1e-6) for item in side) >= LONG_LINE


def _running(placed: Sequence[Placed]) -> set[int]:
    """The lines, by id, that go on with another one or that another one goes on with."""
    running: set[int] = set()
    for i, above in enumerate(placed):
        for below in placed[i + 1 :]:
            if below.middle - above.middle > 3 * above.height:
                break
            if continues(above, below):
                running |= {id(above), id(below)}
    return running

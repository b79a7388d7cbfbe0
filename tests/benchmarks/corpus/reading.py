"""How much of what stands on a sheet was read: errors in characters, line by line where each line stands."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

from corpus.sheets import Sheet, Written

Seen = tuple[str, tuple[float, float], tuple[float, float]]
"""A line as it was read: text, and the middles of its ends in pixels of the original."""


def errors(sheet: Sheet, seen: Sequence[Seen]) -> tuple[int, int]:
    """Wrong characters (changed, missing, too many) and how many there are.

    What was read belongs to the line whose axis it lies on: so neither order nor a line that was split matters. Marks
    of full and half width are one, spaces are none.
    """
    wrong = total = 0
    for line in sheet.lines:
        parts = sorted((_along(line, start), text) for text, start, end in seen if _lies_on(line, start, end))
        wrong += distance(_plain(line.text), _plain("".join(text for _, text in parts)))
        total += len(_plain(line.text))
    return wrong, total


def _lies_on(line: Written, start: tuple[float, float], end: tuple[float, float]) -> bool:
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    (ax, ay), (bx, by) = line.start, line.end
    length = math.dist(line.start, line.end)
    across = abs((middle[1] - ay) * (bx - ax) - (middle[0] - ax) * (by - ay)) / length
    return across < 0.7 * line.height and -line.height < _along(line, middle) < length + line.height


def _along(line: Written, place: tuple[float, float]) -> float:
    (ax, ay), (bx, by) = line.start, line.end
    length = math.dist(line.start, line.end)
    return ((place[0] - ax) * (bx - ax) + (place[1] - ay) * (by - ay)) / length


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def distance(one: str, other: str) -> int:
    """The least number of characters to change, leave out or put in (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, mark in enumerate(one, start=1):
        before, row[0] = row[0], number
        for place, found in enumerate(other, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (mark != found))
    return row[-1]

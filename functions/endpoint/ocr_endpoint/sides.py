"""From which side each line is read: pages lie sideways or upside down, and some text runs from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from ocr_endpoint.pictures import Corners, Pixels
from ocr_endpoint.reader import Reader, Reading, side_by_side, straightened

CLEAR = 1.5
# the box of one or two characters, such as a 1, does not tell by its shape which way they run
SHORT = 3.0
PROBES = 3
SURE = 0.9
UNSURE = 0.8
CLEARLY = 0.1


@dataclass(frozen=True)
class Read:
    """A line that was read: its corners, top-left of its letters first, what it says, and which way it runs."""

    corners: Corners
    reading: Reading
    vertical: bool = False


@dataclass(frozen=True)
class Sides:
    """Reads all lines of a picture, each from the side from which it can be read; `pool` reads several at a time."""

    reader: Reader
    pool: Executor

    def read(self, pixels: Pixels, found: Sequence[Corners]) -> list[Read]:
        """Every line once, in no order."""
        sideways = _lies_sideways(found)
        across = [corners for corners in found if not _runs_down(corners, sideways)]
        down = [np.roll(corners, -1, axis=0) for corners in found if _runs_down(corners, sideways)]
        return self._group(pixels, across) + self._stood_up(pixels, self._group(pixels, down))

    def _group(self, pixels: Pixels, lines: Sequence[Corners]) -> list[Read]:
        """Lines that lie one way, read from the side from which the longest of them read best."""
        longest_first = sorted(lines, key=_ratio)
        probes = longest_first[:PROBES]
        readings = self._readings(pixels, probes)
        if _certainty(readings) < SURE:
            other = self._readings(pixels, [_reversed(corners) for corners in probes])
            if _certainty(other) > _certainty(readings):
                longest_first, readings = [_reversed(corners) for corners in longest_first], other
        readings += self._readings(pixels, longest_first[PROBES:])
        return list(self.pool.map(self._better, repeat(pixels), longest_first, readings))

    def _readings(self, pixels: Pixels, lines: Sequence[Corners]) -> list[Reading]:
        return list(self.pool.map(self.reader.read, repeat(pixels), lines))

    def _better(self, pixels: Pixels, corners: Corners, reading: Reading) -> Read:
        """A line read with doubt, tried from its other sides; a clearly surer reading wins."""
        best = Read(corners, reading)
        if reading.certainty >= UNSURE:
            return best
        for turns in (2, 1, 3) if 1 / _ratio(corners) < SHORT else (2,):
            other = np.roll(corners, turns, axis=0)
            tried = self.reader.read(pixels, other)
            if tried.text and tried.certainty > best.reading.certainty + CLEARLY:
                best = Read(other, tried)
        return best

    def _stood_up(self, pixels: Pixels, lines: list[Read]) -> list[Read]:
        """Lines that run down, as vertical text if their characters stand upright, else unchanged.

        The network reads both: characters that lie on their left side, as these do in a strip cut along the line, and
        upright ones. So upright they are if the longest lines can still be read with each character stood up.
        """
        strips = [straightened(pixels, line.corners) for line in lines[:PROBES]]
        upright = list(self.pool.map(self.reader.read_strip, map(side_by_side, strips)))
        if not strips or _certainty(upright) < SURE:
            return lines
        return [Read(np.roll(line.corners, 1, axis=0), line.reading, vertical=True) for line in lines]


def _certainty(readings: Sequence[Reading]) -> float:
    return float(np.mean([reading.certainty for reading in readings])) if readings else 1.0


def _lies_sideways(found: Sequence[Corners]) -> bool:
    """Whether more text runs up or down the picture than across it."""
    down = sum(_ratio(corners) * _width(corners) for corners in found if _ratio(corners) > CLEAR)
    return down > sum(_width(corners) for corners in found if _ratio(corners) < 1 / CLEAR)


def _runs_down(corners: Corners, sideways: bool) -> bool:
    """Whether a line runs up or down; what is too short to tell runs as the rest of the page does."""
    ratio = _ratio(corners)
    return sideways if 1 / SHORT < ratio < SHORT else ratio > 1


def _width(corners: Corners) -> float:
    return float(np.linalg.norm(corners[1] - corners[0]))


def _ratio(corners: Corners) -> float:
    """Height over width of a line as its corners tell it."""
    return float(np.linalg.norm(corners[3] - corners[0])) / max(_width(corners), 1e-6)


def _reversed(corners: Corners) -> Corners:
    return np.roll(corners, 2, axis=0)

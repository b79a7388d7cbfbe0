"""Image bytes -> the lines on it, by models that run on this machine. Knows nothing of who asks."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import repeat
from typing import cast

import numpy as np

from ocr_endpoint.detector import Detector
from ocr_endpoint.layout import arrange, lean
from ocr_endpoint.models import Model
from ocr_endpoint.page import Line, Page, Quad
from ocr_endpoint.pictures import Corners, Picture, open_picture
from ocr_endpoint.reader import Reader, Reading

CLEAR = 1.5
# the box of one or two characters, such as a 1, does not tell by its shape which way they run
SHORT = 3.0
PROBES = 3
SURE = 0.9
UNSURE = 0.8
CLEARLY = 0.1
READABLE = 0.5


class Recognition:
    """The engine: both models and the threads that run them, shared by all callers."""

    def __init__(self, threads: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads or min(4, os.cpu_count() or 1), "ocr")
        self._detector = Detector(Model("*_det_*.onnx"), self._pool)
        self._reader = Reader(Model("*_rec_*.onnx"))

    def warm_up(self) -> None:
        """Run both models once: the first run of a process costs more."""
        blank = np.full((736, 736, 3), 255, np.uint8)
        corners = np.array([[0, 0], [320, 0], [320, 48], [0, 48]], np.float32)
        self._detector.find(blank)
        self._reader.read(blank, corners)

    def recognize(self, image: bytes) -> Page:
        """Everything that can be read on a JPEG, PNG or BMP; raises NotAnImage or TooManyPixels."""
        picture = open_picture(image)
        lines = [
            Line(reading.text, _quad(corners, picture))
            for corners, reading in self._read(picture)
            if reading.text and reading.certainty >= READABLE
        ]
        angle = lean([line.corners for line in lines])
        return Page(picture.width, picture.height, angle, arrange(lines, angle))

    def close(self) -> None:
        """Let the threads go; what has not begun is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, picture: Picture) -> list[tuple[Corners, Reading]]:
        found = self._detector.find(picture.pixels)
        sideways = _lies_sideways(found)
        across = [corners for corners in found if not _runs_down(corners, sideways)]
        down = [np.roll(corners, -1, axis=0) for corners in found if _runs_down(corners, sideways)]
        read = partial(self._reader.read, picture.pixels)
        return self._read_group(across, read) + self._read_group(down, read)

    def _read_group(
        self, lines: Sequence[Corners], read: Callable[[Corners], Reading]
    ) -> list[tuple[Corners, Reading]]:
        """Read lines that lie one way, turned to the side from which the longest of them read best."""
        longest_first = sorted(lines, key=_ratio)
        probes = longest_first[:PROBES]
        readings = list(self._pool.map(read, probes))
        if probes and np.mean([reading.certainty for reading in readings]) < SURE:
            other = list(self._pool.map(read, map(_reversed, probes)))
            if sum(r.certainty for r in other) > sum(r.certainty for r in readings):
                longest_first, readings = [_reversed(corners) for corners in longest_first], other
        readings += self._pool.map(read, longest_first[PROBES:])
        return list(self._pool.map(_better, longest_first, readings, repeat(read)))


def _better(corners: Corners, reading: Reading, read: Callable[[Corners], Reading]) -> tuple[Corners, Reading]:
    """A line read with doubt, tried from its other sides; a clearly surer reading wins."""
    best = (corners, reading)
    if reading.certainty >= UNSURE:
        return best
    for turns in (2, 1, 3) if 1 / _ratio(corners) < SHORT else (2,):
        other = np.roll(corners, turns, axis=0)
        tried = read(other)
        if tried.text and tried.certainty > best[1].certainty + CLEARLY:
            best = (other, tried)
    return best


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


def _quad(corners: Corners, picture: Picture) -> Quad:
    """Corners in the image as sent, kept inside of it."""
    height, width = picture.pixels.shape[:2]
    x = np.clip(corners[:, 0] * (picture.width / width), 0, picture.width - 1)
    y = np.clip(corners[:, 1] * (picture.height / height), 0, picture.height - 1)
    return cast("Quad", tuple((float(a), float(b)) for a, b in zip(x, y, strict=True)))

"""Where text stands: a probability for each pixel, and a turned box around each patch of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ocr_endpoint.models import Model, Tensor
from ocr_endpoint.pictures import Corners, Pixels
from ocr_endpoint.unseen import has_unseen_print

FIRST_LOOK = 1120
SECOND_LOOK = 2000
SMALLEST_SIDE = 736
LARGEST_ENLARGED = 960
STRIP = 5.0
# larger looks are split: for memory, and to keep two cores busy
TILE = 960
WHOLE_PIXELS = 960 * 1024
OVERLAP = 128
# in pixels of a look: where half of the lines are lower, small print may be lost; this high they are sought again
LOW_LINE = 15.0
SOUGHT_LINE = 20.0
# letters that can be read on the picture may be too small for a first look that reduces it further than this
HIDES_PRINT = 0.5
IS_TEXT = 0.3
IS_LINE = 0.5
GROWTH = 1.6
THINNEST = 3.0


@dataclass(frozen=True)
class Detector:
    """Finds lines with one model; tiles of a large picture are looked at side by side in `pool`."""

    model: Model
    pool: Executor

    def find(self, pixels: Pixels) -> list[Corners]:
        """The four corners of each line, clockwise from the one that is top-left on the page as it lies."""
        scale = first_scale(*pixels.shape[:2])
        boxes = self._look(pixels, scale)
        closer = _closer_scale(pixels, boxes, scale)
        return self._look(pixels, closer) if closer > scale * 1.1 else boxes

    def _look(self, pixels: Pixels, scale: float) -> list[Corners]:
        height, width = (max(32, round(side * scale / 32) * 32) for side in pixels.shape[:2])
        method = cv2.INTER_LINEAR if scale > 0.5 else cv2.INTER_AREA
        seen: Any = cv2.resize(pixels, (width, height), interpolation=method)
        heat = self._heat(seen)
        back = np.array([pixels.shape[1] / width, pixels.shape[0] / height], np.float32)
        return [corners * back for corners in _boxes(heat)]

    def _heat(self, seen: Pixels) -> Tensor:
        """How likely each pixel belongs to text; where tiles overlap, the surer one counts."""
        heat = np.zeros(seen.shape[:2], np.float32)
        tiles = tiles_of(*seen.shape[:2])
        for (rows, columns), part in zip(tiles, self.pool.map(lambda at: self._tile(seen[at]), tiles), strict=True):
            np.maximum(heat[rows, columns], part, out=heat[rows, columns])
        return heat

    def _tile(self, part: Pixels) -> Tensor:
        tensor = np.ascontiguousarray(part.astype(np.float32).transpose(2, 0, 1)[None])
        tensor /= 127.5
        tensor -= 1.0
        heat: Tensor = self.model.run(tensor)[0, 0]
        return heat


def first_scale(height: int, width: int) -> float:
    """How much a picture is enlarged (over 1) or reduced for the first look.

    A strip would vanish if its long side set the scale, so its short side does: it is looked at in slices.
    """
    short, long = sorted((height, width))
    if long <= FIRST_LOOK:
        return max(1.0, min(SMALLEST_SIDE / short, LARGEST_ENLARGED / long))
    return FIRST_LOOK / long if long <= STRIP * short else min(1.0, FIRST_LOOK / short)


def second_scale(height: int, width: int) -> float:
    """How much a picture is reduced at the least for the look that small print needs."""
    short, long = sorted((height, width))
    return min(1.0, max(SECOND_LOOK / long, FIRST_LOOK / short))


def _closer_scale(pixels: Pixels, boxes: Sequence[Corners], scale: float) -> float:
    """The scale of the second look that a picture needs, 0 if it needs none."""
    closest = second_scale(*pixels.shape[:2])
    heights = sorted(map(_height, boxes))
    if heights and heights[len(heights) // 2] * scale < LOW_LINE:
        return min(closest, SOUGHT_LINE / heights[len(heights) // 4])
    return closest if scale < HIDES_PRINT and has_unseen_print(pixels, boxes, closest) else 0.0


def tiles_of(height: int, width: int) -> list[tuple[slice, slice]]:
    """Rows and columns of the overlapping tiles in which a picture is looked at; all sides are multiples of 32."""
    if height * width <= WHOLE_PIXELS and max(height, width) <= FIRST_LOOK:
        return [(slice(0, height), slice(0, width))]
    return [(rows, columns) for rows in _spans(height) for columns in _spans(width)]


def _spans(length: int) -> Iterator[slice]:
    """Overlapping pieces of a side, none longer than a tile."""
    if length <= TILE:
        yield slice(0, length)
        return
    count = -(-(length - OVERLAP) // (TILE - OVERLAP))
    size = -(-(length + (count - 1) * OVERLAP) // (count * 32)) * 32
    for i in range(count):
        start = round(i * (length - size) / (count - 1))
        yield slice(start, start + size)


def _boxes(heat: Tensor) -> list[Corners]:
    mask = cv2.dilate((heat > IS_TEXT).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours: Sequence[Any] = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]
    return [corners for contour in contours if (corners := _line_around(contour, heat)) is not None]


def _line_around(contour: Any, heat: Tensor) -> Corners | None:
    """The turned box of one patch, grown back to the height that the network shrank it from."""
    middle, (width, height), turn = cv2.minAreaRect(contour)
    if min(width, height) < THINNEST or _certainty(contour, heat) < IS_LINE:
        return None
    growth = GROWTH * width * height / (width + height)
    return _as_it_lies(np.asarray(cv2.boxPoints((middle, (width + growth, height + growth), turn)), np.float32))


def _certainty(contour: Any, heat: Tensor) -> float:
    x, y, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [contour - np.array([x, y])], 1)
    return float(cv2.mean(heat[y : y + height, x : x + width], inside)[0])


def _as_it_lies(corners: Corners) -> Corners:
    """Turn the order of corners so that the first edge runs rightwards, at most 45 degrees up or down."""
    edges = np.roll(corners, -1, axis=0) - corners
    first = int(np.argmax(edges[:, 0] / np.maximum(np.hypot(edges[:, 0], edges[:, 1]), 1e-6)))
    return np.roll(corners, -first, axis=0)


def _height(corners: Corners) -> float:
    return min(float(np.linalg.norm(corners[1] - corners[0])), float(np.linalg.norm(corners[2] - corners[1])))

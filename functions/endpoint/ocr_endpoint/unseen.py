"""Whether print was passed over: marks of the size and contrast of small letters where no line was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from ocr_endpoint.pictures import Corners, Pixels

STROKE = 9
CONTRAST = 32
HEIGHTS, WIDTHS, SMALLEST_AREA = (5, 22), (2, 26), 8
ENOUGH = 60
"""Marks: a short line or two. A sheet with rules, grain and a stamp leaves about ten, a photograph can pass it."""


def has_unseen_print(pixels: Pixels, found: Sequence[Corners], scale: float) -> bool:
    """Whether the picture, at `scale`, has as many small dark or bright marks outside of the lines `found`."""
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    grey = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), (width, height), interpolation=cv2.INTER_AREA)
    return any(
        _small_marks(cv2.morphologyEx(grey, strokes, np.ones((STROKE, STROKE), np.uint8)), found, scale) >= ENOUGH
        for strokes in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
    )


def _small_marks(strokes: Any, found: Sequence[Corners], scale: float) -> int:
    marks = (strokes > CONTRAST).astype(np.uint8)
    cv2.fillPoly(marks, [np.rint(corners * scale).astype(np.int32) for corners in found], 0)
    sizes = cv2.connectedComponentsWithStats(marks)[2][1:]
    height, width, area = sizes[:, cv2.CC_STAT_HEIGHT], sizes[:, cv2.CC_STAT_WIDTH], sizes[:, cv2.CC_STAT_AREA]
    return int(np.sum(_within(height, HEIGHTS) & _within(width, WIDTHS) & (area >= SMALLEST_AREA)))


def _within(values: Any, bounds: tuple[int, int]) -> Any:
    return (values >= bounds[0]) & (values <= bounds[1])

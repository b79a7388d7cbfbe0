"""Image bytes -> the lines on it, by models that run on this machine. Knows nothing of who asks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import numpy as np

from ocr_endpoint.detector import Detector
from ocr_endpoint.layout import arrange, lean
from ocr_endpoint.models import Model, shipped
from ocr_endpoint.page import Line, Page, Quad
from ocr_endpoint.pictures import Corners, Picture, open_picture
from ocr_endpoint.reader import Reader
from ocr_endpoint.sides import Sides

READABLE = 0.5


class Recognition:
    """The engine: its networks and the threads that run them, shared by all callers."""

    def __init__(self, threads: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads or min(4, os.cpu_count() or 1), "ocr")
        self._detector = Detector(Model(shipped("*_det_*.onnx")), self._pool)
        self._reader = Reader()
        self._sides = Sides(self._reader, self._pool)

    def warm_up(self) -> None:
        """Run the networks once: the first run of a process costs more."""
        blank = np.full((736, 736, 3), 255, np.uint8)
        corners = np.array([[0, 0], [320, 0], [320, 48], [0, 48]], np.float32)
        self._detector.find(blank)
        self._reader.read(blank, corners)

    def recognize(self, image: bytes) -> Page:
        """Everything that can be read on a JPEG, PNG or BMP; raises NotAnImage or TooManyPixels."""
        picture = open_picture(image)
        lines = [
            Line(read.reading.text, _quad(read.corners, picture), vertical=read.vertical)
            for read in self._sides.read(picture.pixels, self._detector.find(picture.pixels))
            if read.reading.text and read.reading.certainty >= READABLE
        ]
        angle = lean(lines)
        return Page(picture.width, picture.height, angle, arrange(lines, angle))

    def close(self) -> None:
        """Let the threads go; what has not begun is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _quad(corners: Corners, picture: Picture) -> Quad:
    """Corners in the image as sent, kept inside of it."""
    height, width = picture.pixels.shape[:2]
    x = np.clip(corners[:, 0] * (picture.width / width), 0, picture.width - 1)
    y = np.clip(corners[:, 1] * (picture.height / height), 0, picture.height - 1)
    return cast("Quad", tuple((float(a), float(b)) for a, b in zip(x, y, strict=True)))

"""What a line says: its strip of the picture, straightened, read by a quick network, in doubt by the exact one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ocr_endpoint.models import Model, Tensor, shipped
from ocr_endpoint.pictures import Corners, Pixels

QUICK = Path(__file__).with_name("weights") / "PP-OCRv6_rec_small_int8.onnx"
"""The same network as the package's, its widest layers in whole numbers: nearly twice as quick. See ../weights."""

DOUBTFUL = 0.5
"""A line with a character less sure than this is read again by the network as it came."""

HEIGHT = 48
STEP = 16
NARROWEST = 96
# the network loses its hold on longer lines, and its cost grows faster than their length
WIDEST = 48 * 48

Mark = tuple[str, float]


@dataclass(frozen=True)
class Reading:
    """The text of one line, and how sure the network is of its characters, 0 to 1."""

    text: str
    certainty: float


class Reader:
    """Reads one line at a time, each at its own width: nothing is padded to the longest of a batch."""

    def __init__(self) -> None:
        self._quick = Model(QUICK)
        self._characters = np.array(["", *self._quick.described("character").splitlines(), " "])

    @cached_property
    def _exact(self) -> Model:
        """Opened at the first doubt."""
        return Model(shipped("*_rec_*.onnx"))

    def read(self, pixels: Pixels, corners: Corners) -> Reading:
        """What stands between four corners, of which the first is the text's top-left."""
        return self.read_strip(straightened(pixels, corners))

    def read_strip(self, strip: Pixels) -> Reading:
        """What stands on an upright strip of the networks' height."""
        marks = [mark for part in _parts(strip) for mark in self._marks(part)]
        text = "".join(character for character, _ in marks)
        return Reading(text.strip(), float(np.mean([sure for _, sure in marks])) if marks else 0.0)

    def _marks(self, strip: Pixels) -> list[Mark]:
        """Each character with its probability."""
        tensor = tensor_of(strip)
        marks = self._told(self._quick.run(tensor)[0])
        if any(sure < DOUBTFUL for _, sure in marks):
            marks = self._told(self._exact.run(tensor)[0])
        return marks

    def _told(self, steps: Tensor) -> list[Mark]:
        """Of a run of equal steps the first counts, and blanks do not."""
        best = steps.argmax(axis=1)
        new = np.concatenate([[True], best[1:] != best[:-1]]) & (best != 0)
        places = np.flatnonzero(new)
        return [(str(self._characters[best[i]]), float(steps[i, best[i]])) for i in places]


def straightened(pixels: Pixels, corners: Corners) -> Pixels:
    """The strip between the corners as an upright picture, as high as the network wants it."""
    width = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height = max(1, round(float(np.linalg.norm(corners[3] - corners[0]))))
    target = np.array([[0, 0], [width, 0], [width, height]], np.float32)
    turn: Any = cv2.getAffineTransform(corners[[0, 1, 2]].astype(np.float32), target)
    strip: Any = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    method = cv2.INTER_AREA if height > 2 * HEIGHT else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(strip, (max(1, -(-width * HEIGHT // height)), HEIGHT), interpolation=method))


def side_by_side(strip: Pixels) -> Pixels:
    """A strip whose characters lie on their left sides, cut between them, each stood up on its own."""
    calm = np.convolve(strip.astype(np.float32).std(axis=(0, 2)), np.ones(3) / 3, mode="same")
    cuts = [0]
    while strip.shape[1] - cuts[-1] > 1.5 * HEIGHT:
        first = cuts[-1] + HEIGHT * 3 // 4
        cuts.append(first + int(calm[first : cuts[-1] + HEIGHT * 5 // 4].argmin()))
    cells = [np.rot90(strip[:, start:end], -1) for start, end in pairwise([*cuts, strip.shape[1]])]
    return np.concatenate([_squared(cell) for cell in cells], axis=1)


def _squared(cell: Pixels) -> Pixels:
    return np.asarray(cv2.resize(cell, (HEIGHT, HEIGHT), interpolation=cv2.INTER_AREA))


def tensor_of(strip: Pixels) -> Tensor:
    """A strip as the networks take it, its right side filled up to the next step in width."""
    width = max(NARROWEST, -(-strip.shape[1] // STEP) * STEP)
    tensor = np.zeros((1, 3, HEIGHT, width), np.float32)
    tensor[0, :, :, : strip.shape[1]] = strip.transpose(2, 0, 1) / np.float32(127.5) - np.float32(1)
    return tensor


def _parts(strip: Pixels) -> list[Pixels]:
    """A strip too long for one reading, cut where the least ink is."""
    parts = []
    while strip.shape[1] > WIDEST:
        ink = strip[:, WIDEST * 4 // 5 : WIDEST].astype(np.float32).std(axis=(0, 2))
        calm = np.convolve(ink, np.ones(9) / 9, mode="same")
        cut = WIDEST * 4 // 5 + int(calm.argmin())
        parts.append(strip[:, :cut])
        strip = strip[:, cut:]
    return [*parts, strip]

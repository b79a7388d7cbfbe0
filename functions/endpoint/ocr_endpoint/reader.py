"""What a line says: its strip of the picture, straightened, read by one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ocr_endpoint.models import Model, Tensor
from ocr_endpoint.pictures import Corners, Pixels

HEIGHT = 48
STEP = 32
NARROWEST = 96
# the network loses its hold on longer lines, and its cost grows faster than their length
WIDEST = 48 * 48


@dataclass(frozen=True)
class Reading:
    """The text of one line, and how sure the network is of its characters, 0 to 1."""

    text: str
    certainty: float


class Reader:
    """Reads one line at a time, each at its own width: nothing is padded to the longest of a batch."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._characters = np.array(["", *model.described("character").splitlines(), " "])

    def read(self, pixels: Pixels, corners: Corners) -> Reading:
        """What stands between four corners, of which the first is the text's top-left."""
        strip = straightened(pixels, corners)
        marks = [mark for part in _parts(strip) for mark in self._marks(part)]
        text = "".join(character for character, _ in marks)
        return Reading(text.strip(), float(np.mean([sure for _, sure in marks])) if marks else 0.0)

    def _marks(self, strip: Pixels) -> list[tuple[str, float]]:
        """Each character with its probability: of a run of equal steps the first counts, and blanks do not."""
        steps = self._model.run(_tensor(strip))[0]
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


def _tensor(strip: Pixels) -> Tensor:
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

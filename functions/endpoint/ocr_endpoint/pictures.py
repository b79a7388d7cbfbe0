"""Bytes of a JPEG, PNG or BMP -> pixels, judged by the header before anything is decoded."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ocr_endpoint.page import NotAnImage, TooManyPixels

Pixels = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]

MAX_PIXELS = 100_000_000
# 17 MP is the most that a fitted page holds; beyond twice that, half the resolution reads the same
COMFORTABLE_PIXELS = 34_000_000

_DECODING = Lock()


@dataclass(frozen=True)
class Picture:
    """Pixels in blue, green, red, and the size of the image as sent; `pixels` may be a reduced copy of it."""

    pixels: Pixels
    width: int
    height: int


def open_picture(data: bytes) -> Picture:
    """Decode an image as it is stored: EXIF orientation is left alone, transparency goes onto white."""
    # one at a time: memory stays bounded, and catching warnings is not safe side by side
    with _DECODING, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow warns of is judged here
        try:
            flat, (width, height) = _decoded(data)
        except Image.DecompressionBombError:
            raise TooManyPixels from None
        # whatever a decoder trips over, the file is at fault; Pillow's plugins raise all of these
        except (OSError, ValueError, SyntaxError, IndexError, KeyError, TypeError, EOFError, AssertionError):
            raise NotAnImage from None
    return Picture(np.asarray(cv2.cvtColor(np.asarray(flat), cv2.COLOR_RGB2BGR)), width, height)


def _decoded(data: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """The picture, reduced if it is huge, and its full size."""
    image: Image.Image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "BMP"))
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise TooManyPixels
    if width * height > COMFORTABLE_PIXELS:
        image.draft("RGB", (width // 2, height // 2))
    flat = _on_white(image)
    return (flat.reduce(2) if flat.width * flat.height > COMFORTABLE_PIXELS else flat), (width, height)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bit: Pillow would clip it instead of scaling
        levels = np.asarray(image).astype(np.uint32)
        return Image.fromarray((levels >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")

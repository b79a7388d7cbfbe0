"""What opening an image would cost, judged by its header before any pixel is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from ocr_drop.errors import Unreadable
from ocr_drop.images.opening import Opened
from ocr_drop.images.outside import MOST_PIXELS, plainly
from ocr_drop.images.plain import is_transparent

DEFAULT_MEMORY_BYTES = 1769 * 1024 * 1024
"""What the template gives the function: with it comes one whole processor."""

ENOUGH_PIXELS = 17_000_000
"""Once a picture has to be compressed, more than these do not read better under the limit."""

_USABLE = 0.8
_PROCESS_BYTES = 30_000_000
_MOST_SCANS = 100  # each is a pass over the whole picture; encoders write at most about 20
_START_OF_SCAN = b"\xff\xda"
_UNUSUAL_BYTES = {"JPEG2000": 28}  # its decoder holds every sample in 32 bits, and all of a tile twice
_MOST_IN_PYTHON = 8_000_000  # of what Pillow decodes by Python code, at 0.3 to 1 microseconds a sample
_MOST_PLAIN = 1_000_000  # numbers as text, whose comments take their length squared
_PLAIN_MODES = {"1": 2.5, "L": 2.5, "P": 7.5, "I;16": 5.5, "I;16B": 5.5, "I;16L": 5.5, "I;16N": 5.5, "I": 16, "F": 16}


def usable_bytes(memory_bytes: int) -> float:
    """What may be taken of the process's memory: the rest is a reserve for what nobody counted."""
    return memory_bytes * _USABLE


def judge(file: Opened, memory_bytes: int, *, whole: bool = False) -> None:
    """Raises `Unreadable` for an image that this much memory does not safely hold, `whole` with every pixel."""
    width, height = file.image.size
    if file.pixels > MOST_PIXELS:
        raise Unreadable("too_large", f"{width} x {height} pixels are more than the {MOST_PIXELS:,} that are opened")
    if file.format == "JPEG" and file.data.count(_START_OF_SCAN) > _MOST_SCANS:
        raise Unreadable("too_large", "the JPEG has more passes than any camera or program writes")
    if _steps_in_python(file) > _MOST_IN_PYTHON:
        told = f"{width} x {height} pixels stored as {file.format} take too long to read: save them as PNG or JPEG"
        raise Unreadable("too_large", told)
    needed = peak_bytes(file, whole=whole)
    if needed > usable_bytes(memory_bytes):
        what = f"{width} x {height} pixels" if _tile_bytes(file.image) < needed / 2 else "the tiles of the image"
        limit = int(usable_bytes(memory_bytes))
        told = f"{what} need {needed // 1_000_000} MB to open, more than {limit // 1_000_000} MB"
        raise Unreadable("too_large", told)


def peak_bytes(file: Opened, *, whole: bool = False) -> int:
    """The most memory that fitting this file takes; tests/unit/test_images_memory.py holds it against the process."""
    if file.format == "JPEG":
        own = _jpeg(file, 1 if whole else shrink_on_decode(file))
    else:
        own = file.pixels * _per_pixel(file) + _tile_bytes(file.image)
    return int(_PROCESS_BYTES + len(file.data) + own)


def _steps_in_python(file: Opened) -> float:
    """About how many steps of Python code decoding takes, 0 where compiled code does it, as for all usual kinds."""
    codec = file.image.tile[0].codec_name if file.image.tile else ""
    if codec not in Image.DECODERS:
        return 0
    if codec == "ppm_plain":
        return len(file.data) * _MOST_IN_PYTHON / _MOST_PLAIN
    if codec == "bmp_rle":  # runs: the file's length counts, not that of its rows
        return len(file.data)
    return max(len(file.data), file.pixels * len(file.image.getbands()))


def shrink_on_decode(file: Opened) -> int:
    """By how much a JPEG is scaled down while it is decoded: 1, 2, 4 or 8, leaving enough pixels at most."""
    return next((k for k in (1, 2, 4) if file.pixels <= ENOUGH_PIXELS * k * k), 8)


def _jpeg(file: Opened, shrink: int) -> float:
    """Decoded pixels, twice while they are turned; and all coefficients where they come in several passes."""
    image: Any = file.image
    decoded = (2 if image.mode == "L" else 8) * file.pixels / shrink**2
    if file.data.count(_START_OF_SCAN) < 2:
        return decoded
    across, down = (max(layer[i] for layer in image.layer) or 1 for i in (1, 2))
    blocks = sum(layer[1] * layer[2] for layer in image.layer) / (across * down)
    return decoded + 2.0 * file.pixels * float(blocks)


def _per_pixel(file: Opened) -> float:
    """Bytes a pixel: decoded, and what is made of them while those are still held."""
    image = file.image
    if file.format not in ("PNG", "BMP", "GIF", "TIFF", "WEBP"):
        return _UNUSUAL_BYTES.get(file.format, 20)
    if is_transparent(image):
        return 20 if file.format == "WEBP" else 10.5
    if file.format == "WEBP":
        return 17
    return _PLAIN_MODES.get(image.mode, 8.5)


def _tile_bytes(image: Any) -> int:
    """What libtiff holds besides: one tile or strip, whose size is free of the picture's."""
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return 0
    width = _number(tags, 322, image.width)
    height = _number(tags, 323, 0) or min(_number(tags, 278, image.height), image.height)
    bits = [bit for bit in _values(tags, 258) if isinstance(bit, int)] or [1]
    samples = max(len(bits), _number(tags, 277, 1))
    return width * height * samples * max(bits) // 8


def _number(tags: Any, tag: int, otherwise: int) -> int:
    value = next(iter(_values(tags, tag)), None)
    return value if isinstance(value, int) and value > 0 else otherwise


def _values(tags: Any, tag: int) -> Sequence[Any]:
    """What a TIFF says under a tag, read by Pillow only now."""
    value = plainly(tags.get, tag)
    return value if isinstance(value, tuple) else (value,)

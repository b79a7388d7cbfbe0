"""Pictures made for tests: every format, mode and direction, with a mark that can be found again."""

from __future__ import annotations

import io
import random
from typing import Any

import pillow_heif
from PIL import Image, ImageDraw

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF", "HEIF")
STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How displayed pixels are turned to be stored under each EXIF orientation."""


def encoded(image: Image.Image, format: str, *, orientation: int = 1, **options: Any) -> bytes:  # noqa: A002
    """A file that displays as `image`, stored under an EXIF orientation."""
    if orientation != 1:
        image = image.transpose(STORED_AS[orientation])
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif.tobytes() if format == "HEIF" else exif
    if format == "GIF":
        image = image.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE)
    if format == "HEIF":
        pillow_heif.register_heif_opener()
        image = image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGB")
    if format == "WEBP":
        options.setdefault("lossless", True)
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def marked(width: int, height: int, place: tuple[int, int], side: int) -> Image.Image:
    """A white picture with one black square, its top left corner at `place`."""
    image = Image.new("RGB", (width, height), "white")
    x, y = place
    ImageDraw.Draw(image).rectangle((x, y, x + side - 1, y + side - 1), fill="black")
    return image


def mark_of(data: bytes) -> tuple[float, float]:
    """Where the middle of the dark part of a file lies, in its stored pixels."""
    shade = Image.open(io.BytesIO(data)).convert("L").point(lambda value: 255 - value)
    across, down = (
        shade.resize((shade.width, 1), Image.Resampling.BOX),
        shade.resize((1, shade.height), Image.Resampling.BOX),
    )
    return _middle(list(across.tobytes())), _middle(list(down.tobytes()))


def _middle(weights: list[int]) -> float:
    weights = [weight if weight > max(weights) / 8 else 0 for weight in weights]
    return sum((place + 0.5) * weight for place, weight in enumerate(weights)) / sum(weights)


def photograph(width: int, height: int, seed: int = 0) -> Image.Image:
    """Noise and gradients that compress as badly as a photograph, the same for each seed."""
    grain = Image.frombytes("RGB", (256, 256), random.Random(seed).randbytes(256 * 256 * 3))
    rough = grain.resize((width, height), Image.Resampling.BICUBIC)
    tiles = Image.new("RGB", (width, height))
    for x in range(0, width, 256):
        for y in range(0, height, 256):
            tiles.paste(grain, (x, y))
    return Image.blend(rough, tiles, 0.25)

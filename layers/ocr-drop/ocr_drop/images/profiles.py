"""Colours by the profile that a file carries -> sRGB, for which readers take what comes without one."""

from __future__ import annotations

from io import BytesIO
from itertools import product
from typing import Any

from PIL import Image, ImageChops

from ocr_drop.errors import Unreadable
from ocr_drop.images.outside import plainly

_SEEN = 32
"""Steps of lightness, of 255: a profile that moves no colour further is left alone, as those of phones and sRGB are."""

_LEVELS = (0, 64, 128, 192, 255)


def from_ink(image: Image.Image) -> Image.Image:
    """CMYK by its own profile, since naive inversion turns coloured ink far too bright."""
    try:
        return _converted(image, _to_srgb(image))
    except Unreadable:  # ink without a usable profile is still ink
        return image.convert("RGB")


def as_seen(image: Image.Image, profile: bytes | None) -> Image.Image:
    """L or RGB in sRGB; the image itself where its profile is missing, broken or makes little difference.

    Its pixels are changed in place: 12 megapixels take a fifth of a second, and no more memory.
    """
    if not profile or image.mode not in ("L", "RGB"):
        return image
    try:
        transform = _to_srgb(image, profile)
        probe = _probe(image.mode)
        shown = _converted(probe, transform).convert("L")
    except Unreadable:  # most often one for colours in a picture of greys
        return image
    if ImageChops.difference(probe.convert("L"), shown).getextrema()[1] <= _SEEN:  # type: ignore[operator]  # one band
        return image
    return image.point(list(shown.tobytes())) if image.mode == "L" else _converted(image, transform, in_place=True)


def _probe(mode: str) -> Image.Image:
    """Every grey, or colours from all over the cube, in one row."""
    if mode == "L":
        return Image.frombytes("L", (256, 1), bytes(range(256)))
    colours = bytes(level for colour in product(_LEVELS, repeat=3) for level in colour)
    return Image.frombytes("RGB", (len(colours) // 3, 1), colours)


def _to_srgb(image: Image.Image, profile: bytes | None = None) -> Any:
    """The way from an image's colours to sRGB; raises `Unreadable` where its profile is missing or does not fit."""
    from PIL import ImageCms  # 6 ms that few files need

    theirs = plainly(ImageCms.ImageCmsProfile, BytesIO(profile or image.info.get("icc_profile") or b""))
    return plainly(ImageCms.buildTransform, theirs, ImageCms.createProfile("sRGB"), image.mode, "RGB")


def _converted(image: Image.Image, transform: Any, *, in_place: bool = False) -> Image.Image:
    from PIL import ImageCms

    return plainly(ImageCms.applyTransform, image, transform, inPlace=in_place) or image

"""Pixels of every kind that a file may hold -> opaque ones of 8 bits or fewer, as displayed on white paper."""

from __future__ import annotations

import math

from PIL import Image, ImageChops

from ocr_drop.errors import Unreadable
from ocr_drop.images.outside import plainly
from ocr_drop.images.profiles import as_seen, from_ink

_SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N")


def plain(image: Image.Image) -> Image.Image:
    """The same picture in mode 1, L, P or RGB, with no transparency and nothing but pixels."""
    profile = image.info.get("icc_profile")
    if image.mode in (*_SIXTEEN_BITS, "I", "F"):
        image = _eight_bits(image)
    elif is_transparent(image):
        image = _on_white(image)
    elif image.mode == "CMYK":
        return _bare(from_ink(image))
    elif image.mode not in ("1", "L", "P", "RGB"):
        image = plainly(image.convert, "RGB")
    return _bare(as_seen(image, profile))


def _bare(image: Image.Image) -> Image.Image:
    image.info = {}
    return image


def tonal(image: Image.Image) -> Image.Image:
    """A plain image in a mode that can be scaled and JPEG can hold: L or RGB."""
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "P":
        return image.convert("L" if _greys_only(image) else "RGB")
    return image


def _greys_only(image: Image.Image) -> bool:
    palette = image.getpalette() or []
    return all(len(set(palette[i : i + 3])) == 1 for i in range(0, len(palette), 3))


def is_transparent(image: Image.Image) -> bool:
    """Whether an image has an alpha channel or a colour that lets the background through."""
    return bool(plainly(getattr, image, "has_transparency_data"))  # it reads a palette that the file may lack


def is_opaque(image: Image.Image) -> bool:
    """Whether no pixel lets the background through."""
    if not is_transparent(image):
        return True
    return image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255)


def without_colour(image: Image.Image, tolerance: int = 6) -> bool:
    """Whether an image is grey all over: no spot of 8 x 8 pixels has a colour of its own."""
    if image.mode != "RGB":
        return True
    red, green, blue = image.reduce((min(8, image.width), min(8, image.height))).split()
    spread = (ImageChops.difference(red, green), ImageChops.difference(green, blue))
    return all(not any(channel.histogram()[tolerance + 1 :]) for channel in spread)


def _on_white(image: Image.Image) -> Image.Image:
    """What shows when the picture lies on white; on the default black, black text would vanish."""
    straight = {"La": "LA", "RGBa": "RGBA"}.get(image.mode)
    image = image.convert(straight) if straight else image
    if image.mode == "LA":
        paper = Image.new("L", image.size, "white")
        paper.paste(image.getchannel("L"), mask=image.getchannel("A"))
        return paper
    if image.mode != "RGBA":
        image = plainly(image.convert, "RGBA")  # by what the file says of its transparency
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _eight_bits(image: Image.Image) -> Image.Image:
    """16 bits by their full range; wider numbers, whose range no header tells, by their extremes."""
    if image.mode in _SIXTEEN_BITS:
        return image.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]  # one band, one pair
    if not (math.isfinite(low) and math.isfinite(high)):
        raise Unreadable("damaged", "the image holds pixels that are no numbers")
    if low >= 0 and high <= 65_535 and image.mode == "I":
        low, high = 0.0, 255.0 if high <= 255 else 65_535.0
    elif low >= 0 and high <= 255 and image.mode == "F":
        low, high = 0.0, 1.0 if high <= 1 else 255.0
    factor = 255 / (high - low) if high > low else 0.0
    return image.convert("F").point(lambda value: value * factor + (0.5 - low * factor)).convert("L")

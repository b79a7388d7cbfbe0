"""Opened files -> pictures: upright, opaque pixels with the way back to the original as displayed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Transform
from ocr_drop.images.budget import shrink_on_decode
from ocr_drop.images.opening import Opened
from ocr_drop.images.outside import plainly
from ocr_drop.images.plain import plain, tonal, without_colour
from ocr_drop.images.predicting import sample
from ocr_drop.images.upright import to_displayed, to_stored, turned
from ocr_drop.model import Area

_BAND = 256


@dataclass(frozen=True)
class Picture:
    """Pixels as displayed, in mode 1, L, P or RGB; `lossy` where they were taken from a JPEG."""

    image: Image.Image
    to_original: Transform
    lossy: bool

    def in_tones(self) -> Picture:
        """The same in L or RGB, in L wherever it has no colour: that takes half the time and memory."""
        image = _alone(tonal(self.image), self.image)
        # tiles first: nearly all coloured pictures are told by them, at a tenth of the cost
        if image.mode == "RGB" and without_colour(sample(image).image) and without_colour(image):
            image = _alone(image.convert("L"), image)
        return replace(self, image=image)

    def at(self, size: tuple[int, int]) -> Image.Image:
        """The pixels at another size; from there, `way_back` leads to the original."""
        if size == self.image.size:
            return self.image
        smaller = Image.new(self.image.mode, size)
        # by bands: resizing holds all rows of what it reads at their new width, as much as the result again
        for top in range(0, size[1], _BAND):
            smaller.paste(_rows(self.image, size, top, min(top + _BAND, size[1])), (0, top))
        return smaller

    def cut(self, area: Area) -> Picture:
        """The pixels of an area alone; raises `Unreadable` where it reaches beyond them."""
        right, bottom = area.x + area.width, area.y + area.height
        if min(area.x, area.y) < 0 or min(area.width, area.height) < 1:
            raise Unreadable("no_such_area", "the area is empty or begins outside of the page")
        if right > self.image.width or bottom > self.image.height:
            raise Unreadable("no_such_area", "the area reaches beyond the page")
        image = _alone(self.image.crop((area.x, area.y, right, bottom)), self.image)
        return replace(self, image=image, to_original=self.to_original.after(Transform(e=area.x, f=area.y)))

    def way_back(self, size: tuple[int, int]) -> Transform:
        """From the pixels at this size to the original; the ratio of a resize is exactly that of the sides."""
        stretch = Transform.scale(self.image.width / size[0], self.image.height / size[1])
        return self.to_original.after(stretch)


def _rows(image: Image.Image, size: tuple[int, int], top: int, bottom: int) -> Image.Image:
    """The rows from `top` to `bottom` of the image at another size, as resizing all of it would give them."""
    # a gap of 2 reads as well as none and lets whole blocks be averaged first, which is far quicker
    across, down = (max(1, int(stored / shown / 2)) for stored, shown in zip(image.size, size, strict=True))
    stretch = image.height / size[1]
    first, width = 0, image.width / across
    if (across, down) != (1, 1):
        # the blocks of every band begin where those of the whole do, or a seam shows where two bands meet
        first = max(0, math.floor((top - 1) * stretch / down) * down)
        last = min(image.height, math.ceil((bottom + 1) * stretch / down) * down)
        image = image.reduce((across, down), (0, first, image.width, last))
    # the last row's own edge, since a product may be a hair beyond it
    edge = min((bottom * stretch - first) / down, image.height)
    box = (0, (top * stretch - first) / down, width, edge)
    return image.resize((size[0], bottom - top), Image.Resampling.BILINEAR, box)


def decoded(file: Opened, orientation: int, *, whole: bool = False) -> Picture:
    """All pixels, or for a large JPEG those of a scaled decode unless `whole`.

    `orientation` is what is still to be turned.
    """
    stored = file.image.size
    ratio = _load(file.image, shrink_on_decode(file) if file.format == "JPEG" and not whole else 1)
    size = file.image.size
    image = _alone(plain(file.image), file.image)
    image = _alone(turned(image, orientation), image)
    # the decoder's last column may stand for fewer pixels than the others: the ratio is its own, not that of the sides
    scale = Transform.scale(ratio, ratio)
    way = to_displayed(stored, orientation).after(scale).after(to_stored(size, orientation))
    return Picture(image, way, lossy=file.format == "JPEG")


def _alone(image: Image.Image, before: Image.Image) -> Image.Image:
    """The image, and no longer the pixels that it was made from: large ones must not be held twice."""
    if image is not before:
        before.close()
    return image


def read_through(file: Opened) -> None:
    """Decode the file once, as cheaply as can be, to know that it is whole."""
    _load(file.image, 8 if file.format == "JPEG" else 1)


def _load(image: Any, shrink: int) -> int:
    """Load the pixels, scaled down by at most this; gives by how much."""
    if shrink > 1:
        # whole divisions: Pillow takes the next smaller scale for a size rounded up
        plainly(image.draft, None, (max(1, image.width // shrink), max(1, image.height // shrink)))
    plainly(image.load)
    return image.decoderconfig[0] if shrink > 1 and image.decoderconfig else 1

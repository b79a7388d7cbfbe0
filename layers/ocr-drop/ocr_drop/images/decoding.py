"""Opened files -> pictures: upright, opaque pixels with the way back to the original as displayed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from ocr_drop.geometry import Transform
from ocr_drop.images.budget import shrink_on_decode
from ocr_drop.images.opening import Opened
from ocr_drop.images.plain import plain, tonal, without_colour
from ocr_drop.images.predicting import sample
from ocr_drop.images.upright import to_displayed, to_stored, turned


@dataclass(frozen=True)
class Picture:
    """Pixels as displayed, in mode 1, L, P or RGB; `lossy` where they were taken from a JPEG."""

    image: Image.Image
    to_original: Transform
    lossy: bool

    def in_tones(self) -> Picture:
        """The same in L or RGB, in L wherever it has no colour: that takes half the time and memory."""
        image = tonal(self.image)
        # tiles first: nearly all coloured pictures are told by them, at a tenth of the cost
        if image.mode == "RGB" and without_colour(sample(image).image) and without_colour(image):
            image = image.convert("L")
        return replace(self, image=image)

    def at(self, size: tuple[int, int]) -> Image.Image:
        """The pixels at another size; from there, `way_back` leads to the original."""
        if size == self.image.size:
            return self.image
        # a gap of 2 reads as well as none and lets whole blocks be averaged first, which is far quicker
        return self.image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)

    def way_back(self, size: tuple[int, int]) -> Transform:
        """From the pixels at this size to the original; the ratio of a resize is exactly that of the sides."""
        stretch = Transform.scale(self.image.width / size[0], self.image.height / size[1])
        return self.to_original.after(stretch)


def decoded(file: Opened, orientation: int) -> Picture:
    """All pixels, or for a large JPEG those of a scaled decode; `orientation` is what is still to be turned."""
    stored = file.image.size
    ratio = _load(file.image, shrink_on_decode(file) if file.format == "JPEG" else 1)
    size = file.image.size
    image = turned(plain(file.image), orientation)
    # the decoder's last column may stand for fewer pixels than the others: the ratio is its own, not that of the sides
    scale = Transform.scale(ratio, ratio)
    way = to_displayed(stored, orientation).after(scale).after(to_stored(size, orientation))
    return Picture(image, way, lossy=file.format == "JPEG")


def read_through(file: Opened) -> None:
    """Decode the file once, as cheaply as can be, to know that it is whole."""
    _load(file.image, 8 if file.format == "JPEG" else 1)


def _load(image: Any, shrink: int) -> int:
    """Load the pixels, scaled down by at most this; gives by how much."""
    if shrink > 1:
        # whole divisions: Pillow takes the next smaller scale for a size rounded up
        image.draft(None, (max(1, image.width // shrink), max(1, image.height // shrink)))
    image.load()
    return image.decoderconfig[0] if shrink > 1 and image.decoderconfig else 1

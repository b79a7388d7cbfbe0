"""The roads by which a picture can get under the limit, best first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO

from PIL import Image

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Transform
from ocr_drop.images.budget import ENOUGH_PIXELS
from ocr_drop.images.decoding import Picture
from ocr_drop.images.plain import tonal, without_colour
from ocr_drop.images.predicting import Prediction, Sample, jpeg, predict, sample

_FULL_COLOUR, _HALVED_COLOUR = 0, 2
_MOSTLY_FLAT = 0.5
_AIM = 0.96
_MOST_QUALITY = {_FULL_COLOUR: 95, _HALVED_COLOUR: 90}
_CLEAN_QUALITY = 80  # small coloured text keeps its edges from here on
_GOOD_QUALITY = 50
_LEAST_QUALITY = 25  # below, fewer pixels of a better quality read better
_LONGEST_JPEG_SIDE = 65_500


@dataclass(frozen=True)
class Sent:
    """A file for the OCR API, and the way from its pixels to the original as displayed."""

    data: bytes = field(repr=False)
    format: str
    size: tuple[int, int]
    quality: int | None
    to_original: Transform


def losslessly(picture: Picture, tiles: Sample, max_bytes: int) -> Sent | None:
    """A screenshot, a drawing or a fax as PNG, every pixel kept, if it fits."""
    if picture.lossy or tiles.flat() < _MOSTLY_FLAT:
        return None
    if tiles.share > 1 and len(_png(tiles.image)) * tiles.share > 2 * max_bytes:
        return None
    data = _png(picture.image)
    if len(data) > max_bytes:
        return None
    return Sent(data, "PNG", picture.image.size, None, picture.to_original)


def in_full_colour(picture: Picture, tiles: Sample, max_bytes: int) -> Sent | None:
    """A drawn picture as a JPEG at its full size with its colours at theirs, if a quality of 80 fits."""
    if tiles.flat() < _MOSTLY_FLAT or max(picture.image.size) > _LONGEST_JPEG_SIDE:
        return None
    if picture.image.width * picture.image.height > ENOUGH_PIXELS:
        return None
    found = _encoded(picture.image, tiles, _FULL_COLOUR, max_bytes, least=_CLEAN_QUALITY)
    return found.sent(picture) if isinstance(found, _Encoded) else None


def as_a_photograph(picture: Picture, max_bytes: int) -> Sent:
    """A JPEG with as many pixels as still get a quality that reads well; smaller ones for a small limit."""
    for image in _ever_smaller(picture):
        found = _encoded(image, sample(image), _HALVED_COLOUR, max_bytes, least=_LEAST_QUALITY)
        if isinstance(found, _Encoded):
            return found.sent(picture)
    raise Unreadable("too_large", f"the image cannot be brought under {max_bytes} bytes")


@dataclass(frozen=True)
class _Encoded:
    data: bytes = field(repr=False)
    size: tuple[int, int]
    quality: int

    def sent(self, picture: Picture) -> Sent:
        return Sent(self.data, "JPEG", self.size, self.quality, picture.way_back(self.size))


def _encoded(image: Image.Image, tiles: Sample, subsampling: int, max_bytes: int, *, least: int) -> _Encoded | None:
    """The picture at the quality that is predicted to fit, None if that is below `least`.

    A prediction that was wrong is corrected by what came out, so a second encode is rare and a third rarer.
    """
    image, tiles = tonal(image), replace(tiles, image=tonal(tiles.image))
    if image.mode == "RGB" and without_colour(image):
        image, tiles = image.convert("L"), replace(tiles, image=tiles.image.convert("L"))
    prediction: Prediction = predict(tiles, subsampling)
    quality = min(_MOST_QUALITY[subsampling], int(prediction.quality_for(_AIM * max_bytes)))
    while quality >= least:
        data = jpeg(image, quality, subsampling)
        if len(data) <= max_bytes:
            return _Encoded(data, image.size, quality)
        prediction = prediction.corrected(quality, len(data))
        quality = min(quality - 1, int(prediction.quality_for(_AIM * max_bytes)))
    return None


def _ever_smaller(picture: Picture) -> Iterator[Image.Image]:
    """The picture with all its pixels, at most enough of them, and then with half as many each time."""
    width, height = picture.image.size
    most = min(1.0, math.sqrt(ENOUGH_PIXELS / (width * height)), _LONGEST_JPEG_SIDE / max(width, height))
    tones = replace(picture, image=tonal(picture.image))
    for halvings in range(24):
        factor = most * math.sqrt(0.5) ** halvings
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        yield tones.image if size == (width, height) else tones.at(size)
        if max(size) == 1:
            return


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()

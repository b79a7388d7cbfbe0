"""The roads by which a picture can get under the limit, best first."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Transform
from ocr_drop.images.budget import ENOUGH_PIXELS
from ocr_drop.images.decoding import Picture
from ocr_drop.images.predicting import Prediction, Sample, jpeg, predict, sample

_FULL_COLOUR, _HALVED_COLOUR = 0, 2
_QUALITIES = {
    _FULL_COLOUR: (80, 95),  # small coloured text keeps its edges from 80 on
    _HALVED_COLOUR: (25, 90),  # under 25, fewer pixels of a better quality read better
}
"""By how colours are stored: the least quality to accept, and the most to spend bytes on."""

_GOOD_QUALITY = 50
_MOSTLY_FLAT = 0.5
_AIM = 0.96  # of the limit: predictions are right within 4 % nearly always, and a second encode costs more
_LONGEST_JPEG_SIDE = 65_500


@dataclass(frozen=True)
class Sent:
    """A file for the OCR API, and the way from its pixels to the original as displayed."""

    data: bytes = field(repr=False)
    format: str
    size: tuple[int, int]
    quality: int | None
    to_original: Transform


def best_road(picture: Picture, max_bytes: int) -> Sent:
    """The picture under the limit by the first road that leads there; raises `Unreadable` if none does."""
    tiles = sample(picture.image)
    drawn = tiles.flat() >= _MOSTLY_FLAT
    sent = _losslessly(picture, tiles, max_bytes) if drawn and not picture.lossy else None
    if sent:
        return sent
    del tiles  # 5 MB beside a photograph of 12 megapixels
    picture = picture.in_tones()
    return (_in_full_colour(picture, max_bytes) if drawn else None) or _as_a_photograph(picture, max_bytes)


def _losslessly(picture: Picture, tiles: Sample, max_bytes: int) -> Sent | None:
    """A screenshot, a drawing or a fax as PNG, every pixel kept, if it fits."""
    # tiles compress worse than the whole, at most about twice
    if tiles.share > 1 and len(_png(tiles.image)) * tiles.share > 2 * max_bytes:
        return None
    data = _png(picture.image)
    if len(data) > max_bytes:
        return None
    return Sent(data, "PNG", picture.image.size, None, picture.to_original)


def _in_full_colour(picture: Picture, max_bytes: int) -> Sent | None:
    """A drawn picture as a JPEG with every pixel and every pixel's colour, if a quality of 80 fits."""
    image = picture.image
    if _first_size(image.size) != image.size:
        return None
    found = _encoded(image, predict(sample(image), _FULL_COLOUR, _AIM * max_bytes), _FULL_COLOUR, max_bytes)
    return _jpeg_sent(picture, image.size, found) if found else None


def _as_a_photograph(picture: Picture, max_bytes: int) -> Sent:
    """A JPEG with as many pixels as still get a quality that reads well."""
    size = _first_size(picture.image.size)
    while True:
        image = picture.at(size)
        prediction = predict(sample(image), _HALVED_COLOUR, _AIM * max_bytes)
        found = _encoded(image, prediction, _HALVED_COLOUR, max_bytes)
        if found:
            return _jpeg_sent(picture, size, found)
        if size == (1, 1):
            raise Unreadable("too_large", f"the image cannot be brought under {max_bytes} bytes")
        size = _smaller(size, prediction, max_bytes)


def _encoded(image: Image.Image, prediction: Prediction, subsampling: int, max_bytes: int) -> tuple[bytes, int] | None:
    """File and quality, nearly always by one encode; None where the quality would be too poor."""
    least, most = _QUALITIES[subsampling]
    quality = min(most, int(prediction.quality_for(_AIM * max_bytes)))
    while quality >= least:
        data = jpeg(image, quality, subsampling)
        if len(data) <= max_bytes:
            return data, quality
        prediction = prediction.corrected(quality, len(data))
        quality = min(quality - 1, int(prediction.quality_for(_AIM * max_bytes)))
    return None


def _first_size(size: tuple[int, int]) -> tuple[int, int]:
    """At most as many pixels as are enough, at most as long as a JPEG can be, and all of them where that holds."""
    shrink = min(1.0, math.sqrt(ENOUGH_PIXELS / (size[0] * size[1])), _LONGEST_JPEG_SIDE / max(size))
    return _scaled(size, shrink)


def _smaller(size: tuple[int, int], prediction: Prediction, max_bytes: int) -> tuple[int, int]:
    """The next size to try: one at which the limit should allow a good quality."""
    # bytes shrink a little slower than pixels do: fine detail moves closer together
    shrink = (_AIM * max_bytes / prediction.bytes_at(_GOOD_QUALITY)) ** 0.6
    return _scaled(size, min(0.85, max(0.1, shrink)))


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, int(size[0] * factor)), max(1, int(size[1] * factor))


def _jpeg_sent(picture: Picture, size: tuple[int, int], found: tuple[bytes, int]) -> Sent:
    return Sent(found[0], "JPEG", size, found[1], picture.way_back(size))


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()

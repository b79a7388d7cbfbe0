"""How many bytes a picture will take as a JPEG, told by trial encodes of a few tiles of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image, ImageChops

BAND = 16
"""Rows of a tile: a JPEG's blocks are 16 high where colours are halved, so tiles cut none."""

_WHOLE_BELOW = 300_000
_MOST_TILES = 400
_TRIALS = (80, 25)
_FINEST_TRIAL = 95
_HEADER = {"L": 330, "RGB": 620}


@dataclass(frozen=True)
class Sample:
    """Tiles from all over a picture, stacked; the picture is `share` times as large."""

    image: Image.Image
    share: float

    def flat(self) -> float:
        """Which part of the pixels equal their left neighbours: most in drawn pictures, few in photographs."""
        shade = self.image.convert("L")
        if shade.width < 2:
            return 0.0
        width, height = shade.size
        left, right = shade.crop((0, 0, width - 1, height)), shade.crop((1, 0, width, height))
        return ImageChops.difference(left, right).histogram()[0] / ((width - 1) * height)


def sample(image: Image.Image) -> Sample:
    """About a tenth of a large picture: of each band of 16 rows one tile, a tenth of the width."""
    width, height = image.size
    if width * height <= _WHOLE_BELOW or height < 2 * BAND:
        return Sample(image, 1.0)
    across = min(width, max(BAND, width // 10 // BAND * BAND))
    cells, bands = width // across, height // BAND
    stride = next(step for step in (7, 3, 1) if math.gcd(step, cells) == 1)  # visits all cells before any again
    tops = range(0, bands * BAND, BAND * -(-bands // _MOST_TILES))
    tiles = Image.new(image.mode, (across, BAND * len(tops)))
    if image.mode == "P":
        tiles.putpalette(image.getpalette() or [])
    for number, top in enumerate(tops):
        left = number * stride % cells * across
        tiles.paste(image.crop((left, top, left + across, top + BAND)), (0, number * BAND))
    return Sample(tiles, width * height / (tiles.width * tiles.height))


@dataclass(frozen=True)
class Prediction:
    """log(bytes of the pixels) = level + slope x log(quantiser scale), which held within 5 % over real pictures."""

    level: float
    slope: float
    header: int

    def bytes_at(self, quality: float) -> float:
        """The size of the whole file at a quality."""
        return self.header + math.exp(self.level + self.slope * math.log(_scale(quality)))

    def quality_for(self, size: float) -> float:
        """The quality at which the file takes `size` bytes; below 1 where none does."""
        if size <= self.header:
            return 0.0
        logarithm = (math.log(size - self.header) - self.level) / self.slope
        return _quality(math.exp(min(20.0, max(-20.0, logarithm))))

    def corrected(self, quality: int, size: int) -> Prediction:
        """The same curve through what an encode of the whole picture gave."""
        found = math.log(max(1, size - self.header))
        return replace(self, level=found - self.slope * math.log(_scale(quality)))


def predict(tiles: Sample, subsampling: int, aim: float) -> Prediction:
    """The curve through trial encodes of the tiles: two far apart, and a third where these say that `aim` bytes are.

    Noise that a coarser quality takes away bends the curve, so it is taken through the two trials on either side.
    """
    header = _HEADER[tiles.image.mode]
    trials = [_trial(tiles, quality, subsampling) for quality in _TRIALS]
    first = _through(trials[1], trials[0], header)
    quality = int(first.quality_for(aim))
    if tiles.share == 1 or quality in _TRIALS or not min(_TRIALS) < quality <= _FINEST_TRIAL:
        return first
    coarse, middle, fine = sorted([*trials, _trial(tiles, quality, subsampling)], reverse=True)
    return _through(coarse, middle, header) if middle[1] >= math.log(aim) else _through(middle, fine, header)


def _trial(tiles: Sample, quality: int, subsampling: int) -> tuple[float, float]:
    """Logarithms of the quantiser scale and of the bytes that the whole picture's pixels would take."""
    size = max(1, len(jpeg(tiles.image, quality, subsampling)) - _HEADER[tiles.image.mode])
    return math.log(_scale(quality)), math.log(tiles.share * size)


def _through(coarse: tuple[float, float], fine: tuple[float, float], header: int) -> Prediction:
    # an empty picture takes the same at any quality
    slope = min(-0.05, (coarse[1] - fine[1]) / (coarse[0] - fine[0]))
    return Prediction(fine[1] - slope * fine[0], slope, header)


def jpeg(image: Image.Image, quality: int, subsampling: int) -> bytes:
    """The picture as a JPEG with nothing but pixels in it."""
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=subsampling)
    return out.getvalue()


def _scale(quality: float) -> float:
    """How the JPEG library multiplies its quantisers, in percent."""
    return 5000 / max(quality, 0.1) if quality < 50 else max(1.0, 200 - 2 * quality)


def _quality(scale: float) -> float:
    return 5000 / scale if scale > 100 else (200 - scale) / 2

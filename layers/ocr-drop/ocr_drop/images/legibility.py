"""How high the letters in a picture are, told from a few narrow strips of it."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image, ImageChops, ImageFilter

LEAST_READABLE = 9.0
"""Pixels: of letters lower than this, some are read wrong (tests/benchmarks/bench_legibility.py)."""

_STRIPS = 5
_WIDE = 72
"""Pixels: a few letters, so that a page that lies askew blurs no line into the next."""

_AROUND = 24
"""Pixels of the neighbourhood whose mean is taken for the paper."""

_INK = 22
"""Grey levels by which ink is darker than the paper around it."""

_LINE = 0.06
_GAP = 0.02
"""Parts of a row of a strip that are ink in a line of text, and at the most between lines."""

_LOWEST, _HIGHEST = 3, 160
_LEAST_LINES = 12
_ALIKE = 0.6


def letter_height(image: Image.Image) -> float | None:
    """The height of the letters in pixels, the median over all lines; None where no text is seen.

    `image` is upright, in mode L or RGB. What looks like lines of text but has no regular height, such as leaves
    or cloth, counts as none.
    """
    heights = sorted(height for strip in _strips(image) for height in _lines(strip))
    if len(heights) < _LEAST_LINES:
        return None
    low, middle, high = (heights[len(heights) * part // 4] for part in (1, 2, 3))
    return float(middle) if high - low <= _ALIKE * middle else None


def _strips(image: Image.Image) -> Iterator[Image.Image]:
    """Upright strips from all over the picture, as ink (255) and paper (0)."""
    wide = min(_WIDE, image.width)
    for number in range(_STRIPS):
        left = (image.width - wide) * (2 * number + 1) // (2 * _STRIPS)
        strip = image.crop((left, 0, left + wide, image.height)).convert("L")
        paper = strip.filter(ImageFilter.BoxBlur(_AROUND))
        yield ImageChops.subtract(paper, strip).point([0] * _INK + [255] * (256 - _INK))


def _lines(ink: Image.Image) -> Iterator[int]:
    """The height of each line that a strip shows between two gaps."""
    rows = ink.resize((1, ink.height), Image.Resampling.BOX).tobytes()
    begun, seen = None, False
    for place, value in enumerate(rows):
        if value > _GAP * 255 and begun is None:
            begun, seen = place, False
        seen = seen or value > _LINE * 255
        if value <= _GAP * 255 and begun is not None:
            if seen and _LOWEST <= place - begun <= _HIGHEST:
                yield place - begun
            begun = None

"""How a page that is too large for one picture is cut into overlapping tiles. Pure arithmetic."""

from __future__ import annotations

import math
from itertools import pairwise

from ocr_drop.model import Area

ENOUGH_FOR_ONE = 12_000_000
"""Pixels that still read well in one file of `_REFERENCE_BYTES`."""

_REFERENCE_BYTES = 750_000
_TILE_SHARE = 0.5
"""Of what is enough for one: a tile that holds half of it keeps a good quality."""

_STRIP = 4.0
"""Sides of a strip: what is longer is shrunk by recognizers until its letters are gone."""

_LONG = 4_000
_TILE_STRIP = 2.0
_MOST_TILES = 64
_OVERLAP = 160
"""Pixels that neighbours share: more than a line is high, so that each line is whole in one of them."""


def tiles(width: int, height: int, max_bytes: int) -> tuple[Area, ...]:
    """The tiles of a page of this size, row by row; none where one picture is enough."""
    enough = ENOUGH_FOR_ONE * min(1.0, max_bytes / _REFERENCE_BYTES)
    is_strip = max(width, height) > _STRIP * min(width, height) and max(width, height) > _LONG
    if width * height <= enough and not is_strip:
        return ()
    columns, rows = _grid(width, height, enough * _TILE_SHARE)
    return tuple(
        Area(left, top, right - left, bottom - top)
        for top, bottom in _spans(height, rows)
        for left, right in _spans(width, columns)
    )


def _grid(width: int, height: int, pixels: float) -> tuple[int, int]:
    """Columns and rows: tiles of about so many pixels, at most twice as long as wide; larger if there were too many."""
    ratio = _TILE_STRIP
    while True:
        short = min(width, height, math.sqrt(pixels))
        long = min(max(width, height), pixels / short, ratio * short)
        across, down = (short, long) if width < height else (long, short)
        columns, rows = math.ceil(width / across), math.ceil(height / down)
        if columns * rows <= _MOST_TILES:
            return columns, rows
        pixels, ratio = pixels * 1.5, ratio * 1.5


def _spans(length: int, count: int) -> list[tuple[int, int]]:
    """`count` equal parts of a side, each reaching half the overlap into its neighbours."""
    edges = [round(length * number / count) for number in range(count + 1)]
    reach = min(_OVERLAP, length // count) // 2
    return [(max(0, start - reach), min(length, end + reach)) for start, end in pairwise(edges)]

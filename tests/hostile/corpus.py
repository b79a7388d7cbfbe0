"""Some hundreds of damaged and hostile files, each made here, the same every time."""

from __future__ import annotations

import functools

from hostile.bombs import bombs
from hostile.damage import damaged
from hostile.jpeg_lies import jpeg_lies
from hostile.lies import lies
from hostile.oddities import oddities
from hostile.paper_lies import paper_lies
from hostile.png_lies import png_lies
from hostile.specimen import Specimen
from hostile.strangers import strangers
from hostile.tiff_lies import tiff_lies


@functools.cache
def corpus() -> tuple[Specimen, ...]:
    """Every file of it, by families: other kinds, damage, lies, bombs, and what is odd but whole."""
    families = (strangers, damaged, png_lies, jpeg_lies, tiff_lies, paper_lies, lies, bombs, oddities)
    return tuple(specimen for family in families for specimen in family())

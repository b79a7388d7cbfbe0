"""A font of one letter, a box: readers take from it how much room text has that is never drawn.

Source: the OpenType specification, tables head, hhea, maxp, hmtx, loca and glyf, which are all that a PDF needs.
"""

from __future__ import annotations

import struct

UNITS, ASCENT, DESCENT = 1000, 800, -200
"""The letter is as wide as high, in units of the font."""


def box_font() -> bytes:
    """The font as a TrueType file: glyph 0 is empty, glyph 1 the box."""
    box = struct.pack(">h4h", 1, 0, DESCENT, UNITS, ASCENT)
    outline = struct.pack(">HH4B", 3, 0, *[1] * 4) + struct.pack(">8h", 0, 0, UNITS, 0, DESCENT, UNITS, 0, -UNITS)
    glyph = box + outline
    head = struct.pack(
        ">IIIIHHqq4hHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, UNITS, 0, 0, 0, DESCENT, UNITS, ASCENT, 0, 8, 2, 0, 0
    )
    tables = {
        b"glyf": glyph,
        b"head": head,
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, ASCENT, DESCENT, 0, UNITS, 0, 0, UNITS, 1, *[0] * 7, 1),
        b"hmtx": struct.pack(">Hhh", UNITS, 0, 0),
        b"loca": struct.pack(">3H", 0, 0, len(glyph) // 2),
        b"maxp": struct.pack(">IH13H", 0x10000, 2, 4, 1, 0, 0, 1, *[0] * 8),
    }
    place = 12 + 16 * len(tables)
    entries, data = b"", b""
    for name, table in tables.items():
        entries += struct.pack(">4sIII", name, 0, place + len(data), len(table))
        data += table.ljust(-(-len(table) // 4) * 4, b"\0")
    return struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, 32) + entries + data

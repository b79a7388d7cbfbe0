"""PNG files whose pieces do not agree with each other."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from hostile.parts import PNG, chunk, ihdr, png
from hostile.specimen import FITS, REFUSED, Specimen

_GREY = zlib.compress((b"\0" + b"\x80" * 8) * 8)
_DATA = chunk(b"IDAT", _GREY)
_HEAD = ihdr(8, 8, colour=0)
_PALETTE_HEAD = ihdr(8, 8, colour=3)


def png_lies() -> Iterator[Specimen]:
    """Sizes, depths, palettes, order and sums: one wrong thing in each file."""
    yield from _sizes()
    yield from _kinds()
    yield from _palettes()
    yield from _order()
    yield from _beside()


def _sizes() -> Iterator[Specimen]:
    for width, height in ((9, 8), (8, 9), (80, 8), (8, 8000), (4000, 4000)):
        file = png(ihdr(width, height, colour=0), _DATA)
        yield Specimen(f"png that claims {width} x {height} over 8 x 8", file, ("fits", "damaged"))
    for width, height in ((0, 8), (8, 0), (0, 0), (2**31, 8)):
        yield Specimen(f"png of {width} x {height}", png(ihdr(width, height, colour=0), _DATA), REFUSED)
    for width, height in ((7, 8), (8, 7), (1, 1)):
        yield Specimen(f"png that claims {width} x {height} over more", png(ihdr(width, height, colour=0), _DATA))
    yield Specimen("png whose IHDR is short", png(chunk(b"IHDR", b"\0\0\0\x08"), _DATA), REFUSED)
    yield Specimen("png whose IHDR is long", png(chunk(b"IHDR", _HEAD[8:21] + bytes(40)), _DATA))


def _kinds() -> Iterator[Specimen]:
    for depth, colour in ((3, 0), (0, 0), (255, 0), (8, 1), (8, 5), (8, 7), (8, 255), (16, 3), (1, 2), (4, 6)):
        file = png(ihdr(8, 8, depth=depth, colour=colour), _DATA)
        yield Specimen(f"png of depth {depth} and colour {colour}", file, REFUSED)
    for interlace in (1, 2, 255):
        yield Specimen(
            f"png of interlace {interlace} over plain rows", png(ihdr(8, 8, colour=0, interlace=interlace), _DATA)
        )
    for name, place in (("compression", 10), ("filter", 11)):
        content = bytearray(_HEAD[8:21])
        content[place] = 9
        yield Specimen(f"png of an unknown {name}", png(chunk(b"IHDR", bytes(content)), _DATA))
    rows = zlib.compress((b"\x09" + b"\x80" * 8) * 8)
    yield Specimen("png with an unknown row filter", png(_HEAD, chunk(b"IDAT", rows)), REFUSED)


def _palettes() -> Iterator[Specimen]:
    yield Specimen("png-palette without a palette", png(_PALETTE_HEAD, _DATA))
    yield Specimen("png-palette with an empty palette", png(_PALETTE_HEAD, chunk(b"PLTE"), _DATA))
    yield Specimen("png-palette with a palette of 7 bytes", png(_PALETTE_HEAD, chunk(b"PLTE", bytes(7)), _DATA))
    yield Specimen("png-palette with a palette of 300", png(_PALETTE_HEAD, chunk(b"PLTE", bytes(900)), _DATA))
    yield Specimen("png-palette behind its data", png(_PALETTE_HEAD, _DATA, chunk(b"PLTE", bytes(768))))
    yield Specimen("png-palette twice", png(_PALETTE_HEAD, chunk(b"PLTE", bytes(768)) * 2, _DATA))
    yield Specimen("png-palette shorter than its pixels", png(_PALETTE_HEAD, chunk(b"PLTE", bytes(6)), _DATA))
    palette = chunk(b"PLTE", bytes(30))
    for length in (0, 1, 10, 11, 300):
        file = png(_PALETTE_HEAD, palette, chunk(b"tRNS", bytes(range(256))[:length] or b""), _DATA)
        yield Specimen(f"png-palette with {length} transparencies for 10 colours", file)
    for length in (0, 1, 2, 6, 7, 256):
        yield Specimen(
            f"png with {length} bytes of transparency for grey", png(_HEAD, chunk(b"tRNS", bytes(length)), _DATA)
        )
    coloured = chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * 24) * 8))
    for length in (0, 1, 5, 6, 7):
        file = png(ihdr(8, 8), chunk(b"tRNS", bytes(length)), coloured)
        yield Specimen(f"png with {length} bytes of transparency for colour", file)
    clear = zlib.compress((b"\0" + b"\x80" * 32) * 8)
    yield Specimen(
        "png with transparency beside alpha",
        png(ihdr(8, 8, colour=6), chunk(b"tRNS", b"\1\2\3\4"), chunk(b"IDAT", clear)),
    )


def _order() -> Iterator[Specimen]:
    yield Specimen("png without IHDR", png(_DATA), REFUSED)
    yield Specimen("png without IDAT", png(_HEAD), REFUSED)
    yield Specimen("png with nothing", PNG, REFUSED)
    yield Specimen("png with an end alone", png(), REFUSED)
    yield Specimen("png with two IHDR", png(_HEAD, ihdr(60_000, 60_000), _DATA), ("fits", *REFUSED))
    yield Specimen("png with IHDR behind its data", png(_DATA, _HEAD), REFUSED)
    yield Specimen("png that ends before it begins", PNG + chunk(b"IEND") + _HEAD + _DATA, REFUSED)
    yield Specimen(
        "png with text between its data",
        png(_HEAD, chunk(b"IDAT", _GREY[:5]), chunk(b"tEXt", b"a\0b"), chunk(b"IDAT", _GREY[5:])),
    )
    yield Specimen("png with an empty IDAT", png(_HEAD, chunk(b"IDAT")), REFUSED)
    yield Specimen("png with noise in IDAT", png(_HEAD, chunk(b"IDAT", b"\x78\x9c" + bytes(range(99)))), REFUSED)
    yield Specimen("png with half a stream", png(_HEAD, chunk(b"IDAT", _GREY[: len(_GREY) // 2])), REFUSED)
    yield Specimen("png whose stream ends wrong", png(_HEAD, chunk(b"IDAT", _GREY[:-4] + b"\0\0\0\0")))
    for length in (0, 5, 2**31 - 1, 2**31, 2**32 - 1):
        yield Specimen(f"png whose IDAT says {length} bytes", png(_HEAD, chunk(b"IDAT", _GREY, length=length)))
    yield Specimen("png with a wrong sum on IHDR", png(chunk(b"IHDR", _HEAD[8:21], crc=1), _DATA), REFUSED)
    yield Specimen("png with a wrong sum on IDAT", png(_HEAD, chunk(b"IDAT", _GREY, crc=1)))
    yield Specimen("png with a wrong sum on text", png(_HEAD, chunk(b"tEXt", b"a\0b", crc=1), _DATA))
    yield Specimen("png with an unknown critical chunk", png(_HEAD, chunk(b"ABCD", b"x"), _DATA))
    yield Specimen("png with a chunk of no name", png(_HEAD, chunk(b"\0\0\0\0", b"x"), _DATA), ("fits", *REFUSED))


def _beside() -> Iterator[Specimen]:
    """Chunks beside the pixels that are wrong; a whole picture is welcome all the same where Pillow opens it."""
    wrong = {
        "gAMA": b"", "cHRM": b"\xff" * 3, "sRGB": b"", "pHYs": b"\0" * 3, "iCCP": b"x", "zTXt": b"a\0\0garbage",
        "iTXt": b"a\0\1\0\0", "tEXt": b"\0" * 200, "eXIf": b"II*\0\xff\xff\xff\xff", "sBIT": b"", "bKGD": b"",
        "tIME": b"", "hIST": b"\1", "cICP": b"", "mDCV": b"\1",
    }  # fmt: skip
    for kind, content in wrong.items():
        yield Specimen(f"png with a wrong {kind}", png(_HEAD, chunk(kind.encode(), content), _DATA))
    looping = b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 0x8769, 4, 1, 8) + b"\x08\0\0\0"
    yield Specimen("png with looping EXIF", png(_HEAD, chunk(b"eXIf", looping), _DATA), FITS)
    yield Specimen("png with EXIF behind its data", png(_HEAD, _DATA, chunk(b"eXIf", looping)), FITS)
    for frames in (0, 1, 2, 5):
        control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 10, 0, 0))
        file = png(_HEAD, chunk(b"acTL", struct.pack(">II", frames, 0)), control, _DATA)
        yield Specimen(f"png-animated with {frames} frames for one", file)
    big = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 60_000, 60_000, 9, 9, 0, 0, 9, 9))
    yield Specimen(
        "png-animated whose frame leaves the picture",
        png(_HEAD, chunk(b"acTL", b"\0\0\0\2" * 2), big, _DATA),
        ("fits", *REFUSED),
    )
    yield Specimen(
        "png-animated with a short fcTL", png(_HEAD, chunk(b"acTL", b"\0\0\0\2" * 2), chunk(b"fcTL", b"\0"), _DATA)
    )
    yield Specimen("png-animated with a short acTL", png(_HEAD, chunk(b"acTL", b"\0"), _DATA))

"""GIF, WebP and BMP files whose pieces do not agree with each other."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hostile.parts import bmp, frame, gif, riff, vp8x
from hostile.specimen import FITS, REFUSED, Specimen
from hostile.whole import SIZE, whole

BAD = ("fits", *REFUSED)


def lies() -> Iterator[Specimen]:
    """One wrong thing in each file."""
    yield from _gifs()
    yield from _webps()
    yield from _bitmaps()


def _gifs() -> Iterator[Specimen]:
    one = frame(0, 0, 2, 2)
    yield Specimen("gif of no frame", gif(2, 2), REFUSED)
    yield Specimen("gif of a header alone", gif(2, 2, end=b"")[:13], REFUSED)
    yield Specimen("gif without its end", gif(2, 2, one, end=b""))
    yield Specimen("gif of no palette", gif(2, 2, one, palette=None), BAD)
    for width, height in ((0, 0), (0, 2), (2, 0)):
        yield Specimen(f"gif of {width} x {height}", gif(width, height, one), BAD)
        yield Specimen(f"gif with a frame of {width} x {height}", gif(2, 2, frame(0, 0, width, height)), BAD)
    for left, top, width, height in ((2, 2, 2, 2), (65_535, 65_535, 1, 1), (1, 1, 9, 9), (0, 0, 3000, 3000)):
        yield Specimen(
            f"gif with a frame of {width} x {height} at {left}, {top}", gif(2, 2, frame(left, top, width, height)), BAD
        )
    for bits in (0, 1, 8, 11, 12, 13, 255):
        yield Specimen(f"gif packed by {bits} bits", gif(2, 2, frame(0, 0, 2, 2, bits=bits)), BAD)
    for name, codes in (("ones", b"\xff" * 600), ("zeros", bytes(600)), ("nothing", b""), ("an end", b"\x2c")):
        yield Specimen(f"gif packed to {name}", gif(60, 60, frame(0, 0, 60, 60, codes=codes)), BAD)
    yield Specimen("gif with a block that is cut", gif(2, 2, one[:-3], end=b"\xff"), BAD)
    yield Specimen("gif with an unknown block", gif(2, 2, b"?" + one), BAD)
    yield Specimen("gif with an unknown extension", gif(2, 2, b"!\x42\3abc\0", one), FITS)
    yield Specimen("gif with a short control", gif(2, 2, b"!\xf9\1\xff\0", one), BAD)
    control = b"!\xf9\4" + bytes((0x01 | 7 << 2, 0, 0, 255)) + b"\0"
    yield Specimen("gif whose clear colour is none of its own", gif(2, 2, control, one), BAD)
    yield Specimen("gif whose second frame is noise", gif(2, 2, one, b"," + b"\xff" * 30), FITS)
    yield Specimen(
        "gif with an interlaced frame of one row",
        gif(9, 1, one[:9].replace(b"\2\0\2\0", b"\x09\0\1\0") + b"\x40" + one[10:]),
        BAD,
    )


def _webps() -> Iterator[Specimen]:
    lossy, lossless = whole()["webp"], whole()["webp-lossless"]
    for length in (0, 4, 2**31, 2**32 - 1):
        yield Specimen(f"webp that says {length} bytes", lossy[:4] + struct.pack("<I", length) + lossy[8:], BAD)
    for length in (0, 2**32 - 1):
        yield Specimen(
            f"webp whose pixels say {length} bytes", lossy[:16] + struct.pack("<I", length) + lossy[20:], BAD
        )
    yield Specimen("webp of a header alone", lossy[:12], REFUSED)
    yield Specimen("webp of no chunk", riff(), REFUSED)
    yield Specimen("webp of an unknown chunk", riff((b"VP8Z", bytes(20))), REFUSED)
    pixels = (b"VP8 ", lossy[20:])
    for width, height in ((1, 1), (SIZE[0] + 1, SIZE[1]), (4000, 3000)):
        yield Specimen(f"webp-extended that claims {width} x {height}", riff(vp8x(width, height, 0), pixels), BAD)
    for flags in (0x02, 0x10, 0x20, 0x3E, 0xFF):
        yield Specimen(f"webp-extended of flags {flags:02x}", riff(vp8x(*SIZE, flags), pixels), BAD)
    yield Specimen("webp-extended with two pictures", riff(vp8x(*SIZE, 0), pixels, pixels), BAD)
    yield Specimen("webp-extended with no picture", riff(vp8x(*SIZE, 0), (b"EXIF", b"x")), REFUSED)
    yield Specimen(
        "webp-extended with noise as alpha", riff(vp8x(*SIZE, 0x10), (b"ALPH", b"\1" + b"\xa5" * 90), pixels), BAD
    )
    yield Specimen("webp-extended with no alpha", riff(vp8x(*SIZE, 0x10), (b"ALPH", b""), pixels), BAD)
    for name, kind, content in (("profile", b"ICCP", b"\1" * 50), ("EXIF", b"EXIF", b"Exif\0\0II*\0\xff\xff\xff\xff")):
        yield Specimen(f"webp-extended with a wrong {name}", riff(vp8x(*SIZE, 0x28), (kind, content), pixels), BAD)
    animation = [
        (b"ANIM", bytes(6)),
        *[(b"ANMF", bytes(6) + b"\x47\0\0\x35\0\0" + bytes(4) + b"VP8 " + lossy[16:])] * 1000,
    ]
    yield Specimen("webp-animated of 1000 frames", riff(vp8x(*SIZE, 2), *animation), BAD)
    far = (b"ANMF", b"\xff\xff\xff" * 2 + b"\x47\0\0\x35\0\0" + bytes(4) + b"VP8 " + lossy[16:])
    yield Specimen("webp-animated whose frame is far away", riff(vp8x(*SIZE, 2), (b"ANIM", bytes(6)), far), BAD)
    yield Specimen("webp-animated of no frame", riff(vp8x(*SIZE, 2), (b"ANIM", bytes(6))), REFUSED)
    yield Specimen("webp-lossless with noise", lossless[:60] + b"\xa5" * (len(lossless) - 60), BAD)
    yield Specimen("webp that is something else", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + bytes(20), REFUSED)


def _bitmaps() -> Iterator[Specimen]:
    for width, height in ((0, 8), (8, 0), (-8, 8), (8, -8), (8, -(2**31)), (-(2**31), -(2**31))):
        yield Specimen(f"bmp of {width} x {height}", bmp(width, height), BAD)
    for bits in (0, 1, 2, 3, 4, 8, 16, 32, 64, 65_535):
        yield Specimen(f"bmp of {bits} bits", bmp(8, 8, bits=bits), BAD)
    for compression in (1, 2, 3, 4, 5, 6, 11, 2**31):
        yield Specimen(f"bmp of compression {compression}", bmp(8, 8, bits=8, compression=compression), BAD)
    for colours in (1, 257, 65_536, 2**31, 2**32 - 1):
        yield Specimen(f"bmp-palette of {colours} colours", bmp(8, 8, bits=8, colours=colours), BAD)
    for header in (0, 4, 12, 16, 52, 56, 64, 108, 124, 125, 2**31, 2**32 - 1):
        yield Specimen(f"bmp with a header of {header}", bmp(8, 8, header=header), BAD)
    for offset in (0, 10, 54 + 191, 10_000, 2**32 - 1):
        yield Specimen(f"bmp whose pixels begin at {offset}", bmp(8, 8, offset=offset), BAD)
    for name, runs in (
        ("that are too long", b"\xff\xff" * 300),
        ("that jump", b"\0\2\xff\xff" * 100),
        ("that end", b"\0\1" * 100),
        ("that are cut", b"\0\xff\1"),
        ("of literals", b"\0\x09" + bytes(9)),
    ):
        for compression, bits in ((1, 8), (2, 4)):
            file = bmp(8, 8, bits=bits, compression=compression, colours=1, offset=58, data=bytes(4) + runs)
            yield Specimen(f"bmp-runs {name}, {bits} bits", file, BAD)
    yield Specimen("bmp of two letters", b"BM", REFUSED)
    yield Specimen("bmp that says BMW", b"BMW is a maker of cars.\n" * 20, REFUSED)
    masks = struct.pack("<IIII", 0xFF000000, 0xFF000000, 0, 0xFFFFFFFF)
    yield Specimen("bmp of strange masks", bmp(4, 4, bits=32, compression=3, offset=70, data=masks + bytes(192)), BAD)

"""TIFF files whose directories are wrong: the one format that is nothing but offsets."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hostile.parts import LONG, SHORT, directory, entry, grey, strip, tiff
from hostile.specimen import REFUSED, Specimen
from hostile.whole import whole

MANY = 2**32 - 1
BAD = ("fits", *REFUSED)


def tiff_lies() -> Iterator[Specimen]:
    """One wrong thing in each file."""
    yield from _ways()
    yield from _values()
    yield from _tiles()
    yield from _packed()
    yield from _beside()


def _ways() -> Iterator[Specimen]:
    yield Specimen("tiff whose directory is itself", tiff(*grey(), following=8), BAD)
    yield Specimen(
        "tiff whose directories go round", tiff(*grey(), following=130, data=directory(following=8) * 20), BAD
    )
    yield Specimen("tiff whose next directory is nowhere", tiff(*grey(), following=MANY), BAD)
    yield Specimen("tiff without a directory", b"II*\0\0\0\0\0", REFUSED)
    yield Specimen("tiff whose directory is nowhere", b"II*\0" + struct.pack("<I", MANY), REFUSED)
    yield Specimen("tiff whose directory is its header", b"II*\0\0\0\0\0" + bytes(90), REFUSED)
    for count in (0, 1, 60_000):
        yield Specimen(f"tiff of {count} entries", tiff(*grey(), count=count), BAD)
    yield Specimen("tiff of 65535 entries that are there", tiff(*[entry(256, LONG, 1, 8)] * 65_535), REFUSED)
    yield Specimen("tiff of the other order", b"MM\0*\0\0\0\x08" + bytes(90), REFUSED)
    yield Specimen("tiff in wide numbers", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0" + b"\xff" * 90, REFUSED)
    yield Specimen("tiff in wide numbers of the other order", b"MM\0+\0\x08\0\0" + b"\xff" * 90, REFUSED)
    inner = entry(0x8769, LONG, 1, 8)
    yield Specimen("tiff whose EXIF is itself", tiff(*grey(), inner), BAD)
    yield Specimen("tiff whose further directories are itself", tiff(*grey(), entry(330, LONG, 1, 8)), BAD)


def _values() -> Iterator[Specimen]:
    for name in ("width", "height", "bits", "compression", "photometric", "offsets", "samples", "rows", "counts"):
        yield Specimen(f"tiff without {name}", strip(**{name: None}), BAD)
        for told in (
            (LONG, 1, 0),
            (LONG, 1, MANY),
            (LONG, MANY, 0),
            (LONG, 0, 0),
            (2, 4, 0x41414141),
            (12, 1, 8),
            (99, 1, 8),
        ):
            yield Specimen(f"tiff with {name} of type {told[0]}, {told[1]} times {told[2]}", strip(**{name: told}), BAD)
    for bits in (1, 2, 4, 7, 12, 16, 24, 32, 64, 65_535):
        yield Specimen(f"tiff of {bits} bits over 8", strip(bits=(SHORT, 1, bits)), BAD)
    for photometric in (0, 2, 3, 4, 5, 6, 8, 9, 32_803, 65_535):
        yield Specimen(f"tiff of colours {photometric}", strip(photometric=(SHORT, 1, photometric)), BAD)
    for samples in (2, 3, 4, 5, 65_535):
        yield Specimen(f"tiff of {samples} samples over 1", strip(samples=(SHORT, 1, samples)), BAD)
    yield Specimen("tiff whose strip says more than there is", strip(counts=(LONG, 1, 100_000)), BAD)
    yield Specimen("tiff whose strip begins in its header", strip(offsets=(LONG, 1, 0)), BAD)


def _tiles() -> Iterator[Specimen]:
    for width, height in ((0, 0), (1, 1), (15, 17), (60_000, 60_000), (MANY, MANY), (2**31, 2)):
        tiles = [
            entry(322, LONG, 1, width),
            entry(323, LONG, 1, height),
            entry(324, LONG, 1, 200),
            entry(325, LONG, 1, 64),
        ]
        for compression in (1, 8):
            entries = [*grey(offsets=None, counts=None, rows=None, compression=(SHORT, 1, compression)), *tiles]
            yield Specimen(
                f"tiff in tiles of {width} x {height}, compression {compression}", tiff(*entries, data=bytes(400)), BAD
            )


def _packed() -> Iterator[Specimen]:
    for compression in (0, 2, 3, 4, 5, 6, 7, 8, 32_766, 32_773, 32_809, 32_946, 34_676, 34_925, 50_000, 50_001, 65_535):
        yield Specimen(
            f"tiff of compression {compression} over plain bytes", strip(compression=(SHORT, 1, compression)), BAD
        )
    for name in ("tiff-lzw", "tiff-deflate", "tiff-jpeg"):
        file = bytearray(whole()[name])
        for predictor in (0, 3, 9):
            place = _place(file, 258)
            changed = bytes(file[:place]) + struct.pack("<H", predictor) + bytes(file[place + 2 :])
            yield Specimen(f"{name} of {predictor} bits", changed, BAD)


def _beside() -> Iterator[Specimen]:
    for turn in (0, 9, 65_535):
        yield Specimen(f"tiff turned by {turn}", tiff(*grey(), entry(274, SHORT, 1, turn), data=bytes(500)), BAD)
    for tag, name in ((34_675, "profile"), (700, "XMP"), (33_723, "IPTC"), (34_377, "layers"), (320, "palette")):
        yield Specimen(
            f"tiff with a {name} of four gigabytes", tiff(*grey(), entry(tag, 7, MANY, 8), data=bytes(500)), BAD
        )
    for tag, name in (
        (282, "a resolution over zero"),
        (306, "a date"),
        (338, "further samples"),
        (339, "floats"),
        (317, "a predictor"),
    ):
        for told in ((5, 1, 210), (SHORT, 1, 3), (2, 70_000, 210)):
            file = tiff(*grey(), entry(tag, *told), data=bytes(500))
            yield Specimen(f"tiff with {name} of type {told[0]}", file, BAD)


def _place(file: bytearray, tag: int) -> int:
    """Where the value of an entry of the first directory lies."""
    start = int.from_bytes(file[4:8], "little")
    for number in range(int.from_bytes(file[start : start + 2], "little")):
        place = start + 2 + 12 * number
        if int.from_bytes(file[place : place + 2], "little") == tag:
            return place + 8
    raise LookupError(tag)

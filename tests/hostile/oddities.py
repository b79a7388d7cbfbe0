"""Whole files that are rare: strips, wide numbers, ink, many pictures in one. They are welcome."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from hostile.parts import chunk, entry, grey, ihdr, jpeg, png, segments, strip, tiff, zeros
from hostile.specimen import FITS, Specimen
from hostile.whole import SIZE, whole
from pictures import encoded, photograph


def oddities() -> Iterator[Specimen]:
    """Whole files that a careless limit would refuse."""
    yield from _shapes()
    yield from _modes()
    yield from _endings()


def _shapes() -> Iterator[Specimen]:
    for width, height in ((1, 65_000), (65_000, 1), (20_000, 3), (3, 20_000), (1, 1), (2, 70_000), (200_000, 1)):
        for name, colour, bands in (("png", 2, 3), ("png-grey", 0, 1)):
            packed = zeros((width * bands + 1) * height)
            file = png(ihdr(width, height, colour=colour), chunk(b"IDAT", packed))
            yield Specimen(f"{name} of {width} x {height}", file, FITS)
    for format_, size in (("JPEG", (65_500, 1)), ("JPEG", (1, 65_500)), ("GIF", (65_535, 1)), ("WEBP", (1, 16_383))):
        yield Specimen(f"{format_.lower()} of {size[0]} x {size[1]}", encoded(Image.new("RGB", size), format_), FITS)
    yield Specimen("tiff of 1 x 65000", encoded(Image.new("L", (1, 65_000)), "TIFF", compression="tiff_lzw"), FITS)
    yield Specimen("bmp of 65000 x 1", encoded(Image.new("RGB", (65_000, 1)), "BMP"), FITS)


def _modes() -> Iterator[Specimen]:
    picture = photograph(*SIZE)
    for format_, mode in (
        *(("PNG", "1"), ("PNG", "LA"), ("PNG", "I;16"), ("TIFF", "I;16"), ("TIFF", "I"), ("TIFF", "F")),
        *(("TIFF", "CMYK"), ("TIFF", "YCbCr"), ("TIFF", "LAB"), ("TIFF", "PA"), ("TIFF", "RGBX"), ("TIFF", "LA")),
    ):
        deep = mode in ("I;16", "I", "F", "LA", "PA", "1")
        image = picture.convert("L").convert(mode) if deep else picture.convert(mode)
        if mode in ("LAB", "YCbCr", "RGBX", "PA"):
            image = picture.convert("P").convert("PA") if mode == "PA" else _raw(picture, mode)
        try:
            yield Specimen(f"{format_.lower()} of {mode}", encoded(image, format_), FITS)
        except (OSError, KeyError):
            continue  # this Pillow writes no such file
    floats = struct.pack("<4f", 0.0, float("nan"), float("inf"), 1e38) * 4
    floating = grey(
        bits=(3, 1, 32), offsets=(4, 1, 134), counts=(4, 1, 64), width=(4, 1, 4), height=(4, 1, 4), rows=(4, 1, 4)
    )
    yield Specimen("tiff of no numbers", tiff(*floating, entry(339, 3, 1, 3), data=floats), ("damaged",))
    colours = (b"\0" + bytes(range(48))) * 8
    yield Specimen("png of 16 bits and colour", png(ihdr(8, 8, depth=16), chunk(b"IDAT", zlib.compress(colours))), FITS)
    clear = (b"\0" + bytes(range(64))) * 8
    yield Specimen(
        "png of 16 bits and alpha", png(ihdr(8, 8, depth=16, colour=6), chunk(b"IDAT", zlib.compress(clear))), FITS
    )
    for depth in (1, 2, 4):
        rows = zlib.compress((b"\0" + bytes(depth)) * 8)
        file = png(ihdr(8, 8, depth=depth, colour=3), chunk(b"PLTE", bytes(range(3 << depth))), chunk(b"IDAT", rows))
        yield Specimen(f"png-palette of {depth} bits", file, FITS)
    yield Specimen("tiff of white that is zero", strip(photometric=(3, 1, 0)), FITS)


def _raw(picture: Image.Image, mode: str) -> Image.Image:
    """The same bytes under another name of their colours."""
    if mode == "RGBX":
        return picture.convert("RGBX")
    return Image.frombytes(mode, picture.size, picture.tobytes())


def _endings() -> Iterator[Specimen]:
    usual = whole()["jpeg"]
    yield Specimen("jpeg with a megabyte behind it", usual + bytes(1 << 20), FITS)
    yield Specimen("jpeg with a film behind it", usual + b"\0\0\0\x18ftypmp42" + b"\xa5" * 50_000, FITS)
    yield Specimen("jpeg with a megabyte of comment", jpeg([(0xFE, b"x" * 60_000)] * 17 + segments(usual)), FITS)
    yield Specimen("png with a zip behind it", whole()["png"] + b"PK\3\4" + bytes(500), FITS)
    yield Specimen("png with a script behind it", whole()["png"] + b"<?php exit(1); ?>", FITS)
    yield Specimen("gif with a page behind it", whole()["gif"] + b"<html></html>" * 20, FITS)
    for name, file in whole().items():
        yield Specimen(f"{name} as it is", file, FITS)

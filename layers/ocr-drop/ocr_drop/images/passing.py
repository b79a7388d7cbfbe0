"""Which files the OCR API reads as they are displayed, so that they may go out byte for byte."""

from __future__ import annotations

import zlib

from ocr_drop.images.decoding import read_through
from ocr_drop.images.opening import Opened
from ocr_drop.images.plain import is_opaque

_PNG_DEPTH = 24  # where the header tells how many bits a channel has
_FRAMES = frozenset(b"\xc0\xc1\xc2")  # baseline, extended, progressive: what every JPEG reader knows


def passes_as_it_is(file: Opened) -> bool:
    """Whether any reader shows this file as a person sees it; one that is cut off raises, and is not paid for."""
    if not _is_usual(file):
        return False
    read_through(file)
    return is_opaque(file.image)


def _is_usual(file: Opened) -> bool:
    """By the header alone: a kind of JPEG, PNG or BMP that leaves readers no choice."""
    if file.format == "JPEG":
        return file.image.mode in ("L", "RGB") and _frame(file.data) in _FRAMES
    if file.format == "PNG":
        animated = getattr(file.image, "is_animated", False)
        return _is_sound(file.data) and file.data[_PNG_DEPTH] <= 8 and not animated
    return file.format == "BMP" and file.image.mode in ("1", "L", "P", "RGB") and not file.image.info.get("compression")


def _frame(data: bytes) -> int:
    """The marker of a JPEG's frame header, which tells how it is coded; 0 where there is none."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return marker
        if marker == 0xFF:  # padding
            place += 1
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return 0


def _is_sound(data: bytes) -> bool:
    """Whether a PNG begins with its header, and every chunk up to its end is as long as it says and has its sum."""
    place, view = 8, memoryview(data)
    if data[12:16] != b"IHDR":
        return False
    while place + 12 <= len(data):
        end = place + 8 + int.from_bytes(view[place : place + 4], "big")
        if zlib.crc32(view[place + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            return False
        if data.startswith(b"IEND", place + 4):
            return True
        place = end + 4
    return False

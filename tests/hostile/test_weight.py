"""Memory and time that hostile files take, measured in processes of their own."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hostile.parts import bmp, chunk, entry, grey, ihdr, jpeg, png, segments, tiff, zeros
from hostile.weighing import STATUS
from hostile.whole import whole
from ocr_drop.errors import Unreadable
from ocr_drop.images import fit
from ocr_drop.images.budget import judge, peak_bytes, usable_bytes
from ocr_drop.images.opening import opened
from ocr_drop.images.outside import MOST_PIXELS
from papers import Sheet, pdf
from pictures import encoded

MB = 1024 * 1024
USABLE = 0.8
MOST_SECONDS = 5.0
TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells a process its own peak")


def _weighed(megabytes: int, *paths: Path) -> list[tuple[str, str, float, int]]:
    """What the files, or the whole corpus, took in a process of their own that says nothing else."""
    program = [sys.executable, str(TESTS / "hostile" / "weighing.py"), str(megabytes), *map(str, paths)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    result = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stderr) == (0, "")
    return [tuple(entry) for entry in json.loads(result.stdout)]


@pytest.mark.parametrize("megabytes", [512, 1769])
def test_the_whole_corpus_stays_inside_the_functions_memory(megabytes: int) -> None:
    """One process handles every file, and never holds more than four fifths of what the template gives it."""
    weighed = _weighed(megabytes)
    assert len(weighed) > 1000
    name, _, _, peak = max(weighed, key=lambda one: one[3])
    assert peak <= megabytes * MB * USABLE, name
    assert max(seconds for _, _, seconds, _ in weighed) < MOST_SECONDS


def _png(side: int, *, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = zeros(side * (1 + -(-side * bits // 8)) + 8 * side * interlace)
    palette = [chunk(b"PLTE", bytes(range(256)) * 3)] if colour == 3 else []
    return png(ihdr(side, side, depth=depth, colour=colour, interlace=interlace), *palette, chunk(b"IDAT", rows))


def _clear_palette(side: int) -> bytes:
    rows = chunk(b"IDAT", zeros(side * (side + 1)))
    return png(ihdr(side, side, colour=3), chunk(b"PLTE", bytes(range(6))), chunk(b"tRNS", b"\1\2"), rows)


def _jpeg(side: int) -> bytes:
    """A progressive JPEG with a frame far larger than its scans fill: all of it has to be held."""
    parts = segments(whole()["jpeg-progressive"])
    size = struct.pack(">HH", side, side)
    return jpeg((kind, data[:1] + size + data[5:] if kind == 0xC2 else data) for kind, data in parts)


def _tiff(side: int) -> bytes:
    rows = zeros(side * side)
    changes = {"width": side, "height": side, "rows": side, "compression": 8, "counts": len(rows)}
    entries = grey(**{name: (4, 1, value) for name, value in changes.items()})
    return tiff(*entries, data=b"").ljust(200, b"\0") + rows


def _tiles(side: int) -> bytes:
    """A picture of 8 x 8 in one tile of any size."""
    rows = zeros(side * side)
    tile = {322: side, 323: side, 324: 300, 325: len(rows)}
    entries = grey(offsets=None, counts=None, rows=None, compression=(3, 1, 8))
    file = tiff(*entries, *(entry(tag, 4, 1, value) for tag, value in tile.items()), data=b"")
    return file.ljust(300, b"\0") + rows


def _bmp(side: int) -> bytes:
    row = b"\xff\1" * (side // 255) + bytes((side % 255, 1, 0, 0))
    data = bytes(1024) + row * side + b"\0\1"
    return bmp(side, side, bits=8, compression=1, colours=256, offset=1078, data=data)


WORST: dict[str, Callable[[int], bytes]] = {
    "png": _png,
    "png of 16 bits": lambda side: _png(side, depth=16),
    "png of 1 bit": lambda side: _png(side, depth=1, colour=0),
    "png interlaced and clear": lambda side: _png(side, colour=6, interlace=1),
    "png of a clear palette": _clear_palette,
    "jpeg": _jpeg,
    "tiff in one strip": _tiff,
    "tiff in one tile": _tiles,
    "bmp of runs": _bmp,
}
ENCODED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "gif": ("GIF", "P", {}),
    "webp": ("WEBP", "RGB", {"method": 0, "quality": 0, "lossless": False}),
    "webp, clear": ("WEBP", "RGBA", {"method": 0, "quality": 0, "lossless": False}),
    "webp, lossless": ("WEBP", "RGBA", {"method": 0, "quality": 0}),
    "jpeg2000": ("JPEG2000", "RGBA", {}),
    "avif": ("AVIF", "RGB", {"speed": 10}),
    "avif, clear": ("AVIF", "RGBA", {"speed": 10}),
    "heif": ("HEIF", "RGB", {}),
    "heif, clear": ("HEIF", "RGBA", {}),
    "tiff, turned": ("TIFF", "RGB", {"compression": "tiff_lzw", "orientation": 6}),
    "tiff of ink": ("TIFF", "CMYK", {"compression": "tiff_lzw"}),
    "tiff of a fax": ("TIFF", "1", {"compression": "group4"}),
    "tiff of numbers": ("TIFF", "F", {"compression": "tiff_lzw"}),
    "png, turned": ("PNG", "RGB", {"compress_level": 1, "orientation": 6}),
    "bmp": ("BMP", "RGB", {}),
}
"""What only an encoder can write, by how it is written."""


def _accepted(data: bytes, megabytes: int) -> bool:
    try:
        judge(opened(data), megabytes * MB)
    except Unreadable:
        return False
    return True


def _largest(make: Callable[[int], bytes], megabytes: int) -> bytes:
    """The largest square of a kind, within a hundredth, that this much memory is judged to hold."""
    low, high = 8, 20_000
    while high - low > high // 100:
        middle = (low + high) // 2
        low, high = (middle, high) if _accepted(make(middle), megabytes) else (low, middle)
    return make(low)


def _check(path: Path, megabytes: int) -> None:
    ((_, code, seconds, peak),) = _weighed(megabytes, path)
    assert code == "fits"
    assert peak <= megabytes * MB * USABLE
    assert seconds < MOST_SECONDS


@pytest.mark.parametrize(("kind", "megabytes"), [*((kind, 512) for kind in WORST), ("jpeg", 1769)])
def test_the_largest_that_is_opened_is_held(kind: str, megabytes: int, tmp_path: Path) -> None:
    """A bomb made to be just small enough takes no more memory than was foreseen, and ends soon."""
    path = tmp_path / "bomb"
    path.write_bytes(_largest(WORST[kind], megabytes))
    _check(path, megabytes)


def _blank(kind: str, side: int) -> bytes:
    format_, mode, options = ENCODED[kind]
    return encoded(Image.new(mode, (side, side)), format_, **options)


def _largest_side(kind: str, megabytes: int) -> int:
    """What is judged grows with the pixels: two small ones tell the side that just passes."""
    small, large = (opened(_blank(kind, side)) for side in (256, 512))
    a_pixel = (peak_bytes(large) - peak_bytes(small)) / (large.pixels - small.pixels)
    left = usable_bytes(megabytes * MB) - peak_bytes(small)
    return int(math.sqrt(min(left / a_pixel, MOST_PIXELS)) * 0.99)


@pytest.mark.parametrize("kind", ENCODED)
def test_the_largest_of_a_format_with_an_encoder_of_its_own_is_held(kind: str, tmp_path: Path) -> None:
    """What decoders hold besides the picture is counted, for every format and kind of pixels."""
    path = tmp_path / "picture"
    path.write_bytes(_blank(kind, _largest_side(kind, 512)))
    _check(path, 512)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_the_largest_scan_in_a_pdf_is_held(mode: str, tmp_path: Path) -> None:
    """A page that is one scan is judged by the scan's pixels, as many as are let in."""
    side, path = 7_200, tmp_path / "scan.pdf"
    path.write_bytes(pdf(Sheet(scan=Image.new(mode, (side, side)))))
    _check(path, 512)


def test_the_most_that_a_pdf_page_is_rendered_at_is_held(tmp_path: Path) -> None:
    """A page of any size that is drawn, in colour, in the memory that the smallest function has."""
    path = tmp_path / "drawn.pdf"
    path.write_bytes(pdf(Sheet(14_400, 14_400, "1 0 0 rg 0 0 9000 9000 re f")))
    _check(path, 512)


@pytest.mark.parametrize(
    "data",
    [
        b"P6 3000 3000 254\n" + bytes(27_000_000),
        b"P1 300 300\n" + b"#x\n" * 1_000_000,
        b"qoif" + struct.pack(">IIBB", 8000, 8000, 3, 0) + b"\xfd" * 1_100_000 + bytes(7) + b"\1",
    ],
    ids=["ppm", "comments", "qoi"],
)
def test_what_python_code_would_decode_for_a_minute_is_refused(data: bytes) -> None:
    """Pillow reads some rare formats by Python code: large ones are refused by their header, with what to do."""
    with pytest.raises(Unreadable, match="take too long to read: save them as PNG or JPEG"):
        fit(data, max_bytes=750_000)


def test_memory_that_runs_out_is_told_as_a_picture_too_large() -> None:
    """Where the system gives less than was foreseen, the picture is refused, and the process lives on."""
    program = """
import resource, sys
from hostile.parts import chunk, ihdr, png, zeros
from hostile.whole import whole
from ocr_drop.errors import Unreadable
from ocr_drop.images import fit
small, large = whole()["png"], png(ihdr(9000, 9000), chunk(b"IDAT", zeros(9000 * 27001)))
fit(small, max_bytes=750_000)
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 150_000_000,) * 2)
try:
    fit(large, max_bytes=750_000)
except Unreadable as refusal:
    print(refusal.code, refusal.message, fit(small, max_bytes=750_000).fit.sent.format)
"""
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    result = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("too_large the image needs more memory than there is PNG\n", "")

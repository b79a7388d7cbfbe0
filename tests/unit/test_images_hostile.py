"""Bad input is answered, not crashed on: one reason, found before any decode where the header tells it."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import subprocess
import sys
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr_drop.errors import Unreadable
from ocr_drop.images import fit
from pictures import FORMATS, encoded, marked, photograph

MB = 1024 * 1024
WHOLE = {format_: encoded(photograph(90, 70), format_) for format_ in FORMATS}


def _code(data: bytes, **limits: int) -> str:
    with pytest.raises(Unreadable) as raised:
        fit(data, **{"max_bytes": 750_000, **limits})
    assert raised.value.message
    assert "\n" not in raised.value.message
    return raised.value.code


def _png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds almost nothing."""
    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = b""
    for kind, content in ((b"IHDR", body), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\0", "not_an_image"),
        (b"%!PS-Adobe-3.0\n", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        ("只是文字".encode(), "not_an_image"),
    ],
)
def test_what_is_no_image_is_named(data: bytes, code: str) -> None:
    """Zero bytes and files of other kinds each have their own code."""
    assert _code(data) == code


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF"])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.95])
def test_a_file_that_is_cut_off_is_not_sent(format_: str, part: float) -> None:
    """Half a picture is not paid for, however small it is."""
    whole = WHOLE[format_]
    assert _code(whole[: int(len(whole) * part)]) in ("damaged", "not_an_image")


@pytest.mark.parametrize("size", [(50_000, 50_000), (2**31 - 1, 1), (100_000, 100_000)])
def test_a_bomb_is_known_by_its_header(size: tuple[int, int]) -> None:
    """What the header promises is judged before a single pixel is decoded."""
    assert _code(_png_header(*size)) in ("too_large", "damaged")


def test_what_does_not_fit_into_the_memory_is_refused_with_the_figure() -> None:
    """The same picture is welcome in a larger function."""
    file = encoded(Image.new("RGB", (5000, 4000), "white"), "PNG")
    with pytest.raises(Unreadable, match="MB to open"):
        fit(file, max_bytes=750_000, memory_bytes=128 * MB)
    assert fit(file, max_bytes=750_000, memory_bytes=512 * MB).fit.source.width == 5000


@pytest.mark.parametrize("size", [(1, 65_000), (65_000, 1), (20_000, 30), (1, 1)])
def test_odd_shapes_are_no_trouble(size: tuple[int, int]) -> None:
    """Strips and dots go out, or are refused with a reason."""
    try:
        sent = fit(encoded(Image.new("RGB", size, "white"), "PNG"), max_bytes=750_000).fit.sent
    except Unreadable as error:
        pytest.fail(f"refused: {error.message}")
    assert sent.bytes <= 750_000


def test_a_wrong_ending_does_not_matter() -> None:
    """Bytes say what a file is; nobody asks its name."""
    assert fit(WHOLE["WEBP"], max_bytes=750_000).fit.source.format == "WEBP"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", *(WHOLE[format_][:30] for format_ in FORMATS)]))
def test_no_bytes_crash_the_fitting(noise: bytes, beginning: bytes) -> None:
    """Whatever stands behind a good beginning is judged as calmly."""
    with contextlib.suppress(Unreadable):
        fit(beginning + noise, max_bytes=750_000)


def test_no_library_speaks_on_its_own() -> None:
    """Damaged TIFFs make libtiff print from C: nothing of it reaches standard error."""
    cut = WHOLE["TIFF"][:-3000]
    program = f"""
import contextlib
from ocr_drop.errors import Unreadable
from ocr_drop.images import fit
for data in ({cut!r}, {bytes(WHOLE["TIFF"][:200])!r}, {_png_header(20_000, 20_000)!r}):
    with contextlib.suppress(Unreadable):
        fit(data, max_bytes=750_000)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_command_refuses_in_one_line_and_leaves_no_file(tmp_path) -> None:
    """Exit 1, one sentence on standard error, no output file; a missing file is bad usage."""
    bad, out = tmp_path / "bad.jpg", tmp_path / "out.jpg"
    bad.write_bytes(WHOLE["JPEG"][:300])
    result = _ocr_drop("fit", str(bad), "-o", str(out))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert not out.exists()
    assert _ocr_drop("fit", str(tmp_path / "none.jpg"), "-o", str(out)).returncode == 2
    assert _ocr_drop("fit", str(bad)).returncode == 2


def test_the_command_writes_what_would_be_sent_and_says_how(tmp_path) -> None:
    """The file holds exactly the bytes; the JSON has source, sent and transform."""
    source, out = tmp_path / "a.png", tmp_path / "out"
    source.write_bytes(encoded(marked(300, 200, (10, 10), 50), "PNG"))
    result = _ocr_drop("fit", str(source), "-o", str(out), "--max-bytes", "100000")
    told = json.loads(result.stdout)
    assert told["source"] == {
        "format": "PNG",
        "width": 300,
        "height": 200,
        "bytes": source.stat().st_size,
        "orientation": 1,
    }
    assert set(told["sent"]) == {"format", "width", "height", "bytes", "quality"}
    assert told["sent"]["bytes"] == out.stat().st_size
    assert told["transform"] == [1, 0, 0, 1, 0, 0]


def _ocr_drop(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ocr_drop_cli", *arguments], capture_output=True, text=True, timeout=60
    )


def test_pixels_are_counted_with_care() -> None:
    """A GIF whose frame is larger than its screen is judged by what is decoded."""
    out = io.BytesIO()
    Image.new("P", (60, 40)).save(out, "GIF")
    damaged = bytearray(out.getvalue())
    damaged[6:10] = struct.pack("<HH", 65535, 65535)
    with contextlib.suppress(Unreadable):
        fit(bytes(damaged), max_bytes=750_000, memory_bytes=512 * MB)

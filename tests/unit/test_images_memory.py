"""Memory: what the header is judged by holds for what the process really takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocr_drop.images.budget import peak_bytes
from ocr_drop.images.opening import opened
from pictures import encoded, photograph

WIDTH, HEIGHT = 3000, 2000
STATUS = Path("/proc/self/status")
# VmHWM and not getrusage: the latter begins at what the parent held
PROGRAM = """
import sys
from pathlib import Path
from ocr_drop.images import fit
fit(Path(sys.argv[1]).read_bytes(), max_bytes=750_000)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(int(peak.split()[1]) * 1024)
"""
COMMAND = """
import sys
from pathlib import Path
from ocr_drop_cli.main import main
try:
    main()
finally:
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    sys.stderr.write(str(int(peak.split()[1]) * 1024))
"""


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """Six megapixels."""
    return photograph(WIDTH, HEIGHT)


def _made(picture: Image.Image, mode: str) -> Image.Image:
    if mode in ("RGBA", "LA"):
        clear = picture.convert(mode)
        clear.putalpha(picture.getchannel(0))
        return clear
    return picture.convert("L").convert(mode) if mode in ("F", "I;16") else picture.convert(mode)


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells a process its own peak")
@pytest.mark.parametrize(
    ("format_", "mode", "options"),
    [
        ("JPEG", "RGB", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "RGB", {"progressive": True, "subsampling": 0}),
        ("JPEG", "RGB", {"orientation": 6}),
        ("PNG", "RGB", {"compress_level": 1}),
        ("PNG", "RGBA", {"compress_level": 1}),
        ("PNG", "P", {"compress_level": 1}),
        ("PNG", "I;16", {"compress_level": 1}),
        ("PNG", "1", {"compress_level": 1, "orientation": 6}),
        ("BMP", "RGB", {}),
        ("TIFF", "RGB", {"compression": "tiff_lzw", "orientation": 6}),
        ("TIFF", "F", {}),
        ("WEBP", "RGBA", {"lossless": False, "method": 0}),
    ],
)
def test_no_picture_takes_more_memory_than_its_header_was_judged_by(
    picture: Image.Image, tmp_path: Path, format_: str, mode: str, options: dict[str, Any]
) -> None:
    """Six megapixels of each kind stay under the estimate, which is at most four times what is taken."""
    path = tmp_path / "picture"
    path.write_bytes(encoded(_made(picture, mode), format_, **options))
    taken = int(subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, check=True).stdout)
    assert taken <= peak_bytes(opened(path.read_bytes())) <= 4 * taken


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells a process its own peak")
@pytest.mark.parametrize(
    ("size", "orientation", "most"),
    [((4000, 3000), 1, 115), ((4000, 3000), 6, 145), ((12_000, 9_000), 1, 120), ((12_000, 9_000), 6, 120)],
)
def test_a_photograph_of_any_size_takes_little(
    picture: Image.Image, tmp_path: Path, size: tuple[int, int], orientation: int, most: int
) -> None:
    """`ocr-drop fit` stays under 120 MB for 108 megapixels: a large JPEG is scaled down while it is decoded."""
    path = tmp_path / "photograph.jpg"
    path.write_bytes(
        encoded(picture.resize(size, Image.Resampling.NEAREST), "JPEG", quality=85, orientation=orientation)
    )
    command = [sys.executable, "-c", COMMAND, "fit", str(path), "-o", str(tmp_path / "sent")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(result.stderr) <= most * 1_000_000

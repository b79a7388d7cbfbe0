"""The sample images hold what their page says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image, ImageOps

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = ["page.jpg", "receipt.jpg", "screenshot.png", "skewed.jpg"]


def test_words_and_pages_name_every_image() -> None:
    """The images, the words beside them and the rows of the README are the same four."""
    rows = re.findall(r"^\| (\S+\.\w+) \|", (SAMPLES / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    texts = json.loads((SAMPLES / "texts.json").read_text(encoding="utf-8"))
    images = [file.name for file in SAMPLES.iterdir() if file.suffix in (".jpg", ".png")]
    assert sorted(images) == sorted(texts) == sorted(rows) == NAMES


def test_samples_are_small() -> None:
    """An image has less than 900 kB, all of them less than 2 MB: they are cloned by everyone."""
    sizes = [(SAMPLES / name).stat().st_size for name in NAMES]
    assert max(sizes) < 900_000
    assert sum(sizes) < 2_000_000


def test_page_does_not_fit() -> None:
    """The page is over the limit of 750,000 bytes, so trying the samples tries the fitting."""
    assert (SAMPLES / "page.jpg").stat().st_size > 750_000


def test_receipt_lies_on_its_side() -> None:
    """The receipt is stored wide with EXIF orientation 6 and displayed tall."""
    with Image.open(SAMPLES / "receipt.jpg") as image:
        assert image.getexif()[0x0112] == 6
        assert image.width > image.height
        upright = ImageOps.exif_transpose(image)
        assert upright.width < upright.height


def test_screenshot_is_transparent() -> None:
    """The screenshot has black text on ground that is transparent for the most part."""
    with Image.open(SAMPLES / "screenshot.png") as image:
        assert image.mode == "RGBA"
        assert image.getpixel((0, 0)) == (0, 0, 0, 0)
        assert image.getchannel("A").histogram()[0] > image.width * image.height / 2


def test_skewed_leans_clockwise() -> None:
    """The skewed page's left edge runs down and to the left by four degrees."""
    with Image.open(SAMPLES / "skewed.jpg") as image:
        assert image.mode == "L"
        near, far = 300, 1200
        left = [_first_white(image, y) for y in (near, far)]
        assert (left[0] - left[1]) / (far - near) == pytest.approx(0.0699, abs=0.006)


def _first_white(image: Image.Image, y: int) -> int:
    row = image.crop((0, y, image.width, y + 1)).point(lambda grey: 255 if grey > 222 else 0)
    box = row.getbbox()
    assert box is not None
    return box[0]

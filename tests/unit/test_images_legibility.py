"""Letters too small to be read are told of before anyone trusts the text; pictures without text are left alone."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageDraw, ImageFilter

from ocr_drop.images import fit
from ocr_drop.images.legibility import LEAST_READABLE, letter_height
from pictures import encoded, photograph

LIMIT = 750_000


def lines(height: int, size: tuple[int, int] = (900, 1200), *, ground: int = 240, seed: int = 1) -> Image.Image:
    """Rows of strokes as high as letters, as a page of print has them."""
    chance, image = random.Random(seed), Image.new("L", size, ground)
    draw = ImageDraw.Draw(image)
    for top in range(40, size[1] - 40, round(height * 1.7)):
        for left in range(40, size[0] - 40, height):
            for _ in range(3):
                x = left + chance.randrange(max(1, height - 2))
                draw.line((x, top, x + chance.randint(-2, 2), top + height - 1), fill=30)
    return image


@pytest.mark.parametrize("height", [6, 9, 14, 24, 48])
@pytest.mark.parametrize("ground", [240, 120])
def test_the_height_of_letters_is_told_within_a_fifth(height: int, ground: int) -> None:
    """On light and on grey paper."""
    found = letter_height(lines(height, ground=ground))
    assert found == pytest.approx(height, rel=0.2, abs=1)


def test_light_from_one_side_does_not_matter() -> None:
    """A shadow over half of the page is no ink."""
    shade = Image.linear_gradient("L").resize((900, 1200))
    assert letter_height(Image.blend(lines(14), shade, 0.3)) == pytest.approx(14, abs=3)


@pytest.mark.parametrize(
    "image",
    [
        Image.new("L", (900, 900), "white"),
        photograph(900, 900),
        photograph(900, 900).filter(ImageFilter.GaussianBlur(5)),
        Image.linear_gradient("L").resize((900, 900)),
        Image.new("1", (3, 3)),
        Image.new("L", (1, 5000)),
    ],
)
def test_what_has_no_lines_has_no_letters(image: Image.Image) -> None:
    """Paper, photographs and dots give no height, and so no warning."""
    assert letter_height(image) is None


def test_letters_that_are_sent_too_small_are_told() -> None:
    """With how high they are and what to do; the same page with larger letters goes without a word."""
    small, large = (encoded(lines(height), "PNG", compress_level=0) for height in (6, 20))
    (warning,) = fit(small, max_bytes=LIMIT).fit.warnings
    assert "6 pixels high" in warning
    assert "scan it finer" in warning
    assert fit(large, max_bytes=LIMIT).fit.warnings == ()


def test_it_is_the_height_as_sent_that_counts() -> None:
    """Letters that were large enough until the picture had to be made smaller."""
    grain = photograph(2400, 3200).convert("L")
    page = Image.blend(lines(16, (2400, 3200)), grain, 0.35)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=95)
    fitted = fit(out.getvalue(), max_bytes=60_000).fit
    assert 16 * fitted.sent.width / 2400 < LEAST_READABLE
    assert any("pixels high as they are sent" in warning for warning in fitted.warnings)

"""Fitting: whatever Pillow reads goes out under the limit, upright, opaque, with the exact way back."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Point
from ocr_drop.images import fit
from ocr_drop.model import Fitted
from pictures import FORMATS, encoded, mark_of, marked, photograph

LIMIT = 750_000


def _open(fitted: Fitted) -> Image.Image:
    image = Image.open(io.BytesIO(fitted.data))
    image.load()
    return image


def _check(fitted: Fitted, limit: int = LIMIT) -> None:
    image, sent, source = _open(fitted), fitted.fit.sent, fitted.fit.source
    assert len(fitted.data) == sent.bytes <= limit
    assert (image.format, image.size) == (sent.format, (sent.width, sent.height))
    assert sent.format in ("JPEG", "PNG", "BMP")
    assert sent.width <= source.width, "never scaled up"
    assert sent.height <= source.height, "never scaled up"
    assert not image.has_transparency_data
    assert image.getexif().get(0x0112, 1) == 1


@settings(max_examples=60, deadline=None)
@given(
    format_=st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"]),
    orientation=st.integers(1, 8),
    width=st.integers(60, 500),
    height=st.integers(60, 500),
    data=st.data(),
)
def test_a_mark_is_where_the_transform_says(format_, orientation, width, height, data) -> None:
    """All orientations by formats by sizes: a mark found in what is sent leads back to its place in the original."""
    x, y = data.draw(st.integers(0, width - 40)), data.draw(st.integers(0, height - 40))
    file = encoded(marked(width, height, (x, y), 32), format_, orientation=orientation)
    fitted = fit(file, max_bytes=LIMIT)
    _check(fitted)
    source = fitted.fit.source
    assert (source.format, source.width, source.height, source.orientation) == (format_, width, height, orientation)
    assert fitted.fit.transform(Point(*mark_of(fitted.data))) == pytest.approx((x + 16, y + 16), abs=1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(4999, 4001), (4003, 5011)])
def test_a_mark_survives_a_scaled_decode(orientation: int, size: tuple[int, int]) -> None:
    """A large JPEG is decoded at a fraction of its size: the true ratio leads back, not that of rounded sides."""
    image = photograph(*size).point(lambda value: 200 + value // 5)
    image.paste(
        "black",
        (4000 * size[0] // 5000, 3000 * size[1] // 5000, 4000 * size[0] // 5000 + 200, 3000 * size[1] // 5000 + 200),
    )
    fitted = fit(encoded(image, "JPEG", orientation=orientation, quality=60), max_bytes=LIMIT)
    _check(fitted)
    dark = Image.open(io.BytesIO(fitted.data)).convert("L").point(lambda value: 0 if value < 100 else 255)
    out = io.BytesIO()
    dark.save(out, "PNG")
    found = fitted.fit.transform(Point(*mark_of(out.getvalue())))
    scale = size[0] / max(fitted.fit.sent.width, 1)
    expected = (4000 * size[0] // 5000 + 100, 3000 * size[1] // 5000 + 100)
    assert found == pytest.approx(expected, abs=max(1.0, scale))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "BMP"])
def test_a_small_upright_file_goes_out_byte_for_byte(format_: str) -> None:
    """What fits and shows the same everywhere is not touched; the transform is the identity."""
    file = encoded(marked(100, 80, (10, 10), 20), format_)
    fitted = fit(file, max_bytes=LIMIT)
    assert fitted.data == file
    assert fitted.fit.sent.quality is None
    assert fitted.fit.transform.coefficients() == (1, 0, 0, 1, 0, 0)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_every_format_and_mode_goes_out_readable(format_: str, mode: str) -> None:
    """Black on white stays black on white, whatever it was stored as."""
    image = marked(120, 90, (40, 30), 30).convert(mode)
    if format_ in ("JPEG", "WEBP") and mode in ("1", "P"):
        image = image.convert("RGB")
    fitted = fit(encoded(image, format_), max_bytes=LIMIT)
    _check(fitted)
    shade = _open(fitted).convert("L")
    assert shade.getpixel((55, 45)) < 40
    assert shade.getpixel((5, 5)) > 215


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_transparency_lies_on_white(mode: str, format_: str) -> None:
    """Black text on a transparent ground must not vanish on black."""
    if mode == "P" and format_ != "PNG":
        pytest.skip("only PNG keeps a transparent palette here")
    image = Image.new("RGBA", (100, 60), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (20, 20, 40, 40))
    file = encoded(image.quantize(4) if mode == "P" else image.convert(mode), format_)
    fitted = fit(file, max_bytes=LIMIT)
    _check(fitted)
    shade = _open(fitted).convert("L")
    assert shade.getpixel((30, 30)) < 40
    assert shade.getpixel((80, 50)) > 215


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_greys(format_: str) -> None:
    """16 bit grey is scaled, not cut off."""
    row = [65535] * 16 + [32768] * 32 + [65535] * 16
    image = Image.frombytes("I;16", (64, 64), struct.pack("<64H", *row) * 64)
    shade = _open(fit(encoded(image, format_), max_bytes=LIMIT)).convert("L")
    assert shade.getpixel((4, 4)) > 250
    assert shade.getpixel((32, 32)) == pytest.approx(128, abs=3)


@pytest.mark.parametrize("format_", ["JPEG", "TIFF"])
def test_ink_becomes_light(format_: str) -> None:
    """CMYK goes out as red, green and blue with its colours the right way round."""
    image = Image.new("CMYK", (64, 64), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (16, 16, 48, 48))
    fitted = fit(encoded(image, format_), max_bytes=LIMIT)
    _check(fitted)
    shade = _open(fitted).convert("L")
    assert shade.getpixel((4, 4)) > 215
    assert shade.getpixel((32, 32)) < 60


def test_an_animation_is_its_first_frame() -> None:
    """GIF and animated PNG: the first picture is what counts."""
    first, second = marked(80, 60, (20, 20), 20), Image.new("RGB", (80, 60), "white")
    for format_ in ("GIF", "PNG", "WEBP"):
        out = io.BytesIO()
        first.save(out, format_, save_all=True, append_images=[second], duration=100)
        fitted = fit(out.getvalue(), max_bytes=LIMIT)
        _check(fitted)
        assert _open(fitted).convert("L").getpixel((30, 30)) < 60


@pytest.mark.parametrize("limit", [750_000, 100_000, 20_000, 5_000])
def test_whatever_the_limit_it_is_kept(limit: int) -> None:
    """A photograph goes under any sensible limit, with as many pixels as still read well."""
    fitted = fit(encoded(photograph(1600, 1200), "JPEG", quality=95), max_bytes=limit)
    _check(fitted, limit)
    assert fitted.fit.sent.bytes > limit * 0.5


def test_pixels_go_before_quality() -> None:
    """A 12-megapixel photograph keeps its pixels down to a quality of 25."""
    fitted = fit(encoded(photograph(4000, 3000).resize((4000, 3000)), "JPEG", quality=90), max_bytes=LIMIT)
    _check(fitted)
    assert fitted.fit.sent.quality is not None
    assert fitted.fit.sent.quality >= 25


def test_no_side_is_capped() -> None:
    """A long strip keeps its width: a screenshot of 1080 x 20000 stays readable."""
    fitted = fit(encoded(photograph(400, 20000).convert("L"), "PNG"), max_bytes=LIMIT)
    _check(fitted)
    assert fitted.fit.sent.width / fitted.fit.sent.height == pytest.approx(400 / 20000, rel=0.02)
    assert fitted.fit.sent.width >= 200


def test_a_screenshot_is_packed_again_without_loss() -> None:
    """A badly packed PNG of flat colours fits losslessly: no quality is given up."""
    image = marked(1500, 1000, (100, 100), 300)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=0)
    fitted = fit(out.getvalue(), max_bytes=LIMIT)
    assert (fitted.fit.sent.format, fitted.fit.sent.quality) == ("PNG", None)
    assert _open(fitted).convert("RGB").tobytes() == image.tobytes()


def test_a_whole_jpeg_with_broken_exif_is_welcome() -> None:
    """Broken metadata is no reason to lose a picture."""
    file = encoded(marked(100, 80, (10, 10), 20), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    assert fit(file, max_bytes=LIMIT).fit.source.orientation == 1


def test_an_absurd_limit_is_refused() -> None:
    """Nothing is sent over the limit, ever."""
    with pytest.raises(Unreadable) as raised:
        fit(encoded(photograph(400, 300), "JPEG"), max_bytes=100)
    assert raised.value.code == "too_large"

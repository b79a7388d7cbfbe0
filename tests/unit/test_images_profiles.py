"""Colour profiles: what they change for the eye is changed in what is sent, which carries none."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from ocr_drop.images import fit
from pictures import encoded
from profiles import PHONE, WIDE, of_colours, of_greys

LIMIT = 750_000
SIZE = (64, 48)
WITH_PROFILES = ("JPEG", "PNG", "TIFF", "WEBP", "AVIF", "HEIF")


def sent(colour: object, mode: str, format_: str, profile: bytes) -> tuple[int, ...]:
    """The colour that a picture of one colour has once it is sent."""
    file = encoded(Image.new(mode, SIZE, colour), format_, icc_profile=profile, orientation=3)  # type: ignore[arg-type]
    image = Image.open(io.BytesIO(fit(file, max_bytes=LIMIT).data))
    assert not image.info.get("icc_profile")
    return image.convert("RGB").getpixel((30, 20))  # type: ignore[return-value]  # three bands


def converted(colour: tuple[int, int, int], profile: bytes) -> tuple[int, ...]:
    """What a colour-managed program shows."""
    image = Image.new("RGB", SIZE, colour)
    theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    shown = ImageCms.profileToProfile(image, theirs, ImageCms.createProfile("sRGB"))
    return shown.getpixel((30, 20))  # type: ignore[union-attr,return-value]  # an image, of three bands


@pytest.mark.parametrize("format_", WITH_PROFILES)
def test_wide_colours_go_out_as_they_are_seen(format_: str) -> None:
    """A photograph in ProPhoto would be dull and dark to a reader that knows no profiles."""
    profile, colour = of_colours(WIDE, 1.8), (130, 150, 110)
    expected = converted(colour, profile)
    assert max(abs(one - other) for one, other in zip(colour, expected, strict=True)) > 15, "else nothing is proved"
    assert sent(colour, "RGB", format_, profile) == pytest.approx(expected, abs=4)


def test_greys_go_out_as_they_are_seen() -> None:
    """Linear greys look much lighter than their numbers: 64 of 255 is seen as 137."""
    assert sent(64, "L", "PNG", of_greys(1.0)) == (137, 137, 137)


def test_a_profile_that_changes_little_costs_nothing() -> None:
    """Colours of a phone are near enough for text: they are left as they are."""
    assert sent((200, 60, 60), "RGB", "PNG", of_colours(PHONE, 2.2)) == (200, 60, 60)


@pytest.mark.parametrize(
    ("colour", "mode", "profile"),
    [
        ((200, 60, 60), "RGB", of_greys(1.0)),
        (64, "L", of_colours(WIDE, 1.8)),
        ((200, 60, 60), "RGB", of_colours(WIDE, 1.8)[:200]),
        ((200, 60, 60), "RGB", b"no profile"),
    ],
    ids=["of greys", "of colours", "cut off", "none"],
)
def test_a_profile_that_does_not_fit_is_passed_over(colour: object, mode: str, profile: bytes) -> None:
    """A wrong profile is no reason to lose a picture, nor its colours."""
    file = encoded(Image.new(mode, SIZE, colour), "PNG")  # type: ignore[arg-type]
    plainly = Image.open(io.BytesIO(file)).convert("RGB").getpixel((30, 20))
    assert sent(colour, mode, "PNG", profile) == plainly


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 447), value=st.binary(min_size=1, max_size=8), mode=st.sampled_from(["L", "RGB", "CMYK"]))
def test_a_damaged_profile_never_loses_a_picture(place: int, value: bytes, mode: str) -> None:
    """Whatever is wrong with a profile, the picture goes out, if need be in the colours that it has without one."""
    whole = of_greys(1.0) if mode == "L" else of_colours(WIDE, 1.8)
    profile = whole[:place] + value + whole[place + len(value) :]
    file = encoded(Image.new(mode, SIZE, "white"), "JPEG", icc_profile=profile, orientation=3)
    assert fit(file, max_bytes=LIMIT).fit.sent.format in ("JPEG", "PNG")

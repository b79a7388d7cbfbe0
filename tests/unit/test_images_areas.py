"""Areas of a page: only they are sent, and the way from them leads to the whole page as displayed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Point
from ocr_drop.images import fit
from ocr_drop.model import Area
from papers import Sheet, mark, pdf
from pictures import encoded, mark_of, marked

LIMIT = 750_000
SIDE = 32


def _around(data: Any, at: int, side: int, length: int) -> tuple[int, int]:
    """Start and length of a span of the page that holds the mark and some of what is around it."""
    start = data.draw(st.integers(0, max(0, at - 4)))
    end = data.draw(st.integers(min(length, at + side + 4), length))
    return start, end - start


@settings(max_examples=60, deadline=None)
@given(
    format_=st.sampled_from(["JPEG", "PNG", "BMP", "WEBP", "TIFF", "AVIF", "HEIF"]),
    orientation=st.integers(1, 8),
    x=st.integers(0, 260),
    y=st.integers(0, 160),
    data=st.data(),
)
def test_a_mark_in_an_area_is_where_the_transform_says(
    format_: str, orientation: int, x: int, y: int, data: Any
) -> None:
    """Every format and direction, with areas as displayed that begin and end anywhere."""
    orientation = 1 if format_ == "BMP" else orientation
    file = encoded(marked(300, 200, (x, y), SIDE), format_, orientation=orientation)
    (left, width), (top, height) = _around(data, x, SIDE, 300), _around(data, y, SIDE, 200)
    fitted = fit(file, area=Area(left, top, width, height), max_bytes=LIMIT)
    assert (fitted.fit.source.width, fitted.fit.source.height) == (300, 200)
    assert (fitted.fit.sent.width, fitted.fit.sent.height) == (width, height)
    assert fitted.fit.transform(Point(*mark_of(fitted.data))) == pytest.approx((x + 16, y + 16), abs=1)


@settings(max_examples=15, deadline=None)
@given(turn=st.sampled_from([0, 90, 180, 270]), data=st.data())
def test_a_mark_in_an_area_of_a_pdf_is_where_the_transform_says(turn: int, data: Any) -> None:
    """In pixels of the rendering, as for the whole page."""
    file = pdf(Sheet(200, 300, mark(60, 120, 40, 300), more=f"/Rotate {turn}"))
    source = fit(file, max_bytes=LIMIT).fit.source
    points = {0: (80, 140), 90: (160, 80), 180: (120, 160), 270: (140, 120)}[turn]
    scale = source.width / (200 if turn in (0, 180) else 300)
    x, y = (round(place * scale) for place in points)
    side = round(40 * scale) + 4
    (left, width), (top, height) = (
        _around(data, at - side // 2, side, length) for at, length in ((x, source.width), (y, source.height))
    )
    fitted = fit(file, area=Area(left, top, width, height), max_bytes=LIMIT)
    assert fitted.fit.source == source
    assert (fitted.fit.sent.width, fitted.fit.sent.height) == (width, height)
    assert fitted.fit.transform(Point(*mark_of(fitted.data))) == pytest.approx((x, y), abs=2)


@pytest.mark.parametrize(
    "area",
    [Area(-1, 0, 5, 5), Area(0, 0, 0, 5), Area(0, 0, 301, 5), Area(299, 199, 2, 2), Area(0, 0, 5, 10**9)],
    ids=str,
)
def test_an_area_beyond_the_page_is_refused(area: Area) -> None:
    """One reason, whatever is wrong with it."""
    with pytest.raises(Unreadable) as raised:
        fit(encoded(marked(300, 200, (9, 9), SIDE), "PNG"), area=area, max_bytes=LIMIT)
    assert raised.value.code == "no_such_area"

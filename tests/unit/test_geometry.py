"""Points, transforms, and the way from the turned image back to the sent one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop.geometry import Point, Transform, along_text, bounding_box, from_corrected

NUMBERS = st.floats(-1000, 1000)
TRANSFORMS = st.builds(Transform, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
POINTS = st.builds(Point, NUMBERS, NUMBERS)
SIDES = st.integers(1, 5000)


@pytest.mark.parametrize(
    ("angle", "expected"), [(90, (580, 10)), (-90, (20, 790)), (180, (590, 780)), (0, (10, 20)), (360, (10, 20))]
)
def test_a_corrected_point_goes_back_to_the_sent_image(angle: float, expected: tuple[float, float]) -> None:
    """For 600 x 800 and the corrected point (10, 20), each quarter turn gives the known place."""
    assert from_corrected(Point(10, 20), angle, 600, 800) == pytest.approx(expected)


@given(angle=st.floats(-360, 360), width=SIDES, height=SIDES)
def test_the_middle_stays_the_middle(angle: float, width: int, height: int) -> None:
    """Turning is about the centre: the grown canvas and the image share it, whatever the angle."""
    theta = math.radians(angle)
    c, s = abs(math.cos(theta)), abs(math.sin(theta))
    middle = Point((width * c + height * s) / 2, (width * s + height * c) / 2)
    assert from_corrected(middle, angle, width, height) == pytest.approx((width / 2, height / 2))


@given(point=POINTS, other=POINTS, angle=st.floats(-360, 360), width=SIDES, height=SIDES)
def test_turning_keeps_distances(point: Point, other: Point, angle: float, width: int, height: int) -> None:
    """A turn is rigid: two points are as far apart afterwards as before."""
    first, second = (from_corrected(place, angle, width, height) for place in (point, other))
    assert math.dist(first, second) == pytest.approx(math.dist(point, other), abs=1e-6)


@given(angle=st.floats(0.1, 44), width=SIDES, height=SIDES)
def test_a_positive_angle_means_text_that_leans_clockwise(angle: float, width: int, height: int) -> None:
    """What runs level in the corrected image runs downwards to the right in the sent one."""
    start, end = (from_corrected(Point(x, 0), angle, width, height) for x in (0, 100))
    assert end.x > start.x
    assert end.y > start.y


@given(outer=TRANSFORMS, inner=TRANSFORMS, point=POINTS)
def test_one_map_after_another_is_one_map(outer: Transform, inner: Transform, point: Point) -> None:
    """`outer.after(inner)` does what doing both in turn does."""
    assert outer.after(inner)(point) == pytest.approx(outer(inner(point)), rel=1e-6, abs=1e-3)


def test_coefficients_stand_in_their_written_order() -> None:
    """X' = a x + c y + e, y' = b x + d y + f."""
    transform = Transform(*(2, 3, 5, 7, 11, 13))
    assert transform.coefficients() == (2, 3, 5, 7, 11, 13)
    assert transform(Point(1, 10)) == (2 + 50 + 11, 3 + 70 + 13)


def test_a_box_stands_upright_around_its_polygon() -> None:
    """The box is the smallest upright one that holds all four corners."""
    polygon = (Point(3, 0), Point(5, 2), Point(2, 5), Point(0, 3))
    assert bounding_box(polygon) == (0, 0, 5, 5)


def test_text_runs_along_its_polygon_or_down_its_right_side() -> None:
    """A line begins at its first corner; characters one below the other begin at the second and run to the third."""
    row = (Point(0, 0), Point(80, 0), Point(80, 20), Point(0, 20))
    column = (Point(0, 0), Point(20, 0), Point(20, 80), Point(0, 80))
    assert along_text(row, "横排文字") == row
    assert along_text(column, "竖排文字") == (column[1], column[2], column[3], column[0])
    assert along_text(column, "1") == column

"""The vendor's JSON: shapes, and the geometry that a client turns back."""

from __future__ import annotations

import math
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop.geometry import Point as Place
from ocr_drop.geometry import from_corrected
from ocr_endpoint.answers import straightened, success
from ocr_endpoint.page import Line, Page, Point, Quad

ANGLES = st.floats(-180, 180)
SIDES = st.integers(1, 4000)
INSIDE = st.floats(0, 1)


def back(point: Point, page: Page) -> Point:
    """The protocol's formula: a point of the corrected image in the image as sent."""
    c, s = math.cos(math.radians(page.angle)), math.sin(math.radians(page.angle))
    w, h = page.width, page.height
    u = point[0] - (w * abs(c) + h * abs(s)) / 2
    v = point[1] - (w * abs(s) + h * abs(c)) / 2
    return w / 2 + u * c - v * s, h / 2 + u * s + v * c


def page_with(corners: Quad, angle: float, width: int = 600, height: int = 800) -> Page:
    """A page with one line."""
    return Page(width, height, angle, (Line("字", corners, 3),))


@pytest.mark.parametrize(("angle", "sent"), [(90, (580, 10)), (-90, (20, 790)), (180, (590, 780))])
def test_the_protocols_own_points_are_met(angle: float, sent: Point) -> None:
    """The corrected point (10, 20) of a 600 x 800 image belongs to the point that the protocol names."""
    page = Page(600, 800, angle, ())
    assert straightened(sent, page) == pytest.approx((10, 20))
    assert back((10, 20), page) == pytest.approx(sent)


@given(ANGLES, SIDES, SIDES, INSIDE, INSIDE)
def test_a_client_finds_every_point_again(angle: float, width: int, height: int, x: float, y: float) -> None:
    """Straightened and turned back by the protocol's formula, a point is where it was, and it never left the canvas."""
    page = Page(width, height, angle, ())
    point = (x * width, y * height)
    there = straightened(point, page)
    assert back(there, page) == pytest.approx(point, abs=1e-6)
    assert min(there) > -1e-6


@given(ANGLES, SIDES, SIDES, INSIDE, INSIDE)
def test_our_own_client_finds_every_point_again(angle: float, width: int, height: int, x: float, y: float) -> None:
    """What the endpoint straightens, the pipeline turns back to the same place."""
    there = straightened((x * width, y * height), Page(width, height, angle, ()))
    assert from_corrected(Place(*there), angle, width, height) == pytest.approx((x * width, y * height), abs=1e-6)


@given(ANGLES, st.integers(100, 2000), st.integers(10, 80), INSIDE, INSIDE)
def test_polygon_and_item_polygon_tell_of_the_same_place(
    angle: float, length: int, size: int, x: float, y: float
) -> None:
    """For a line that leans with its page, itemPolygon turned back is polygon, to the rounding of whole pixels."""
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    left, top = 1500 + x * 500, 1500 + y * 500
    first = (left, top)
    second = (left + length * c, top + length * s)
    third = (second[0] - size * s, second[1] + size * c)
    fourth = (left - size * s, top + size * c)
    page = page_with((first, second, third, fourth), angle, 4500, 4500)
    told = success(page)["data"]["textDetections"][0]
    box = told["itemPolygon"]
    right, bottom = box["x"] + box["width"] - 1, box["y"] + box["height"] - 1
    corners = [(box["x"], box["y"]), (right, box["y"]), (right, bottom), (box["x"], bottom)]
    for corner, polygon in zip(corners, told["polygon"], strict=True):
        assert math.dist(back(corner, page), (polygon["x"], polygon["y"])) < 3


def test_an_answer_has_the_vendors_shape() -> None:
    """Code 0, a verifyId, the angle, and for each line its paragraph, text, box and four corners in whole pixels."""
    body = success(page_with(((10.4, 20), (110, 20), (110, 49.6), (10, 50)), 0.0))
    assert (body["code"], body["message"]) == (0, "成功")
    assert uuid.UUID(body["data"]["verifyId"])
    assert body["data"]["angle"] == 0.0
    assert body["data"]["textDetections"] == [
        {
            "advancedInfo": "3",
            "detectedText": "字",
            "itemPolygon": {"x": 10, "y": 20, "width": 101, "height": 31},
            "polygon": [{"x": 10, "y": 20}, {"x": 110, "y": 20}, {"x": 110, "y": 50}, {"x": 10, "y": 50}],
        }
    ]


def test_no_line_at_all_is_a_success() -> None:
    """An image without text answers code 0 and an empty list."""
    body = success(Page(600, 800, 0.0, ()))
    assert (body["code"], body["data"]["textDetections"]) == (0, [])


def test_each_answer_has_a_verify_id_of_its_own() -> None:
    """Two answers for the same page can be told apart."""
    page = Page(600, 800, 0.0, ())
    assert success(page)["data"]["verifyId"] != success(page)["data"]["verifyId"]

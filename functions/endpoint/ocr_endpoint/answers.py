"""Lines -> the vendor's JSON: polygons in the image as sent, boxes in the image turned straight."""

from __future__ import annotations

import math
import uuid
from typing import Any

from ocr_endpoint.page import Line, Page, Point


def success(page: Page) -> dict[str, Any]:
    """The body of a successful call; no line at all is a success too."""
    data = {
        "verifyId": str(uuid.uuid4()),
        "angle": page.angle,
        "textDetections": [_detection(line, page) for line in page.lines],
    }
    return {"code": 0, "message": "成功", "data": data}


def straightened(point: Point, page: Page) -> Point:
    """Where a point of the image as sent lies once it is turned counter-clockwise by the page's angle.

    The canvas grows to hold the turned image, and the middle stays the middle.
    """
    cos, sin = math.cos(math.radians(page.angle)), math.sin(math.radians(page.angle))
    wide = page.width * abs(cos) + page.height * abs(sin)
    high = page.width * abs(sin) + page.height * abs(cos)
    x, y = point[0] - page.width / 2, point[1] - page.height / 2
    return wide / 2 + x * cos + y * sin, high / 2 - x * sin + y * cos


def _detection(line: Line, page: Page) -> dict[str, Any]:
    corners = [(round(x), round(y)) for x, y in line.corners]
    return {
        "advancedInfo": str(line.paragraph),
        "detectedText": line.text,
        "itemPolygon": _box([straightened(corner, page) for corner in corners]),
        "polygon": [{"x": x, "y": y} for x, y in corners],
    }


def _box(corners: list[Point]) -> dict[str, int]:
    """The upright box of points; it counts its last pixel too, as the API page's own example does."""
    left, top = (round(min(values)) for values in zip(*corners, strict=True))
    right, bottom = (round(max(values)) for values in zip(*corners, strict=True))
    return {"x": left, "y": top, "width": right - left + 1, "height": bottom - top + 1}

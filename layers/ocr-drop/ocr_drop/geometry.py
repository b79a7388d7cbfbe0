"""Points, polygons, boxes, and the way from one image to another. Pure arithmetic.

All coordinates are pixels measured at pixel edges: (0, 0) is the top left corner of the image,
(width, height) its bottom right corner; x runs right, y runs down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar


class Point(NamedTuple):
    """A place in an image, in pixels."""

    x: float
    y: float


Place = TypeVar("Place", bound=Sequence[float])

Polygon = tuple[Point, Point, Point, Point]
"""Top-left, top-right, bottom-right, bottom-left as the text is read, whatever its direction."""


@dataclass(frozen=True)
class Transform:
    """An affine map: x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __call__(self, point: Point) -> Point:
        """Where a point lies after the map."""
        x, y = point
        return Point(self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)

    def after(self, first: Transform) -> Transform:
        """The map that does `first`, then this one."""
        return Transform(
            self.a * first.a + self.c * first.b,
            self.b * first.a + self.d * first.b,
            self.a * first.c + self.c * first.d,
            self.b * first.c + self.d * first.d,
            self.a * first.e + self.c * first.f + self.e,
            self.b * first.e + self.d * first.f + self.f,
        )

    def coefficients(self) -> tuple[float, float, float, float, float, float]:
        """The six numbers in their written order: a, b, c, d, e, f."""
        return (self.a, self.b, self.c, self.d, self.e, self.f)

    @classmethod
    def scale(cls, x: float, y: float) -> Transform:
        """The map that stretches by `x` and `y` about the top left corner."""
        return cls(a=x, d=y)


def along_text(polygon: Sequence[Place], text: str) -> tuple[Place, Place, Place, Place]:
    """A line's corners from where its text begins, the first two along it.

    They are the polygon's own, but where characters stand one below the other the text runs down its right side.
    """
    a, b, c, d = polygon
    is_column = len(text) > 1 and math.dist(a, d) > 1.5 * math.dist(a, b)
    return (b, c, d, a) if is_column else (a, b, c, d)


def bounding_box(polygon: Polygon) -> tuple[float, float, float, float]:
    """The upright box around a polygon: x, y, width, height."""
    xs, ys = [point.x for point in polygon], [point.y for point in polygon]
    return (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def from_corrected(point: Point, angle: float, width: int, height: int) -> Point:
    """Where a point of the corrected image lies in the image of `width` x `height` that was corrected.

    The corrected image is the sent one turned counter-clockwise by `angle` degrees about its centre,
    onto a canvas grown just enough to hold it: so the OCR API gives `itemPolygon`.
    """
    theta = math.radians(angle)
    c, s = math.cos(theta), math.sin(theta)
    grown_width = width * abs(c) + height * abs(s)
    grown_height = width * abs(s) + height * abs(c)
    u, v = point.x - grown_width / 2, point.y - grown_height / 2
    return Point(width / 2 + u * c - v * s, height / 2 + u * s + v * c)

"""The nouns of recognition: a line of text where it stands, and the page that it stands on."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]


@dataclass(frozen=True)
class Line:
    """One line: its text, and its corners in the image as sent, top-left of its upright letters first.

    `vertical`: its characters stand one below the other.
    """

    text: str = field(repr=False)
    corners: Quad
    paragraph: int = 1
    vertical: bool = False


@dataclass(frozen=True)
class Page:
    """What stands on an image of `width` x `height` pixels, in reading order; `angle` is how far it leans clockwise."""

    width: int
    height: int
    angle: float
    lines: tuple[Line, ...]


class NotAnImage(Exception):
    """The bytes are no JPEG, PNG or BMP, or cannot be decoded."""


class TooManyPixels(Exception):
    """The header promises more pixels than will be decoded."""

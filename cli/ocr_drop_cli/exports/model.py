"""What is exported: a document as it was written, `ocr-drop/document/1`, in nouns."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ocr_drop.geometry import along_text

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Line:
    """A line of text; `polygon` from the top left of the text, in pixels of the page as displayed."""

    text: str
    paragraph: int | None
    polygon: tuple[Point, Point, Point, Point]

    @property
    def box(self) -> Box:
        """The upright box around it: left, top, right, bottom."""
        xs, ys = zip(*self.polygon, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def frame(self) -> Frame:
        """Where its letters begin, which way they run, and how far."""
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = along_text(self.polygon, self.text)
        along = ((bx - ax + cx - dx) / 2, (by - ay + cy - dy) / 2)
        down = ((dx - ax + cx - bx) / 2, (dy - ay + cy - by) / 2)
        return Frame((ax, ay), along, down)

    def words(self) -> Iterator[tuple[str, Line]]:
        """Its words, each with the part of the line that its letters take, all letters being as wide."""
        frame, count = self.frame, max(1, len(self.text))
        for match in re.finditer(r"\S+", self.text):
            start, end = frame.at(match.start() / count), frame.at(match.end() / count)
            down = frame.down
            corners = (start, end, (end[0] + down[0], end[1] + down[1]), (start[0] + down[0], start[1] + down[1]))
            yield match[0], Line(match[0], self.paragraph, corners)


@dataclass(frozen=True)
class Frame:
    """A parallelogram: its corner, the way along the letters and the way down."""

    corner: Point
    along: Point
    down: Point

    def at(self, part: float) -> Point:
        """The place on the upper edge after this part of it."""
        return self.corner[0] + part * self.along[0], self.corner[1] + part * self.along[1]

    @property
    def width(self) -> float:
        """Pixels along the letters."""
        return max(math.hypot(*self.along), 1.0)

    @property
    def height(self) -> float:
        """Pixels from their top to their bottom."""
        return max(math.hypot(*self.down), 1.0)


@dataclass(frozen=True)
class Page:
    """A page; its size in pixels as displayed."""

    number: int
    width: int
    height: int
    lines: tuple[Line, ...]

    def paragraphs(self) -> Iterator[list[Line]]:
        """Its lines by paragraphs, in reading order."""
        lines: list[Line] = []
        for line in self.lines:
            if lines and line.paragraph != lines[-1].paragraph:
                yield lines
                lines = []
            lines.append(line)
        if lines:
            yield lines


@dataclass(frozen=True)
class Document:
    """One upload's document; `failure` says why there are no pages."""

    key: str
    at: str
    pages: tuple[Page, ...]
    failure: Mapping[str, str] | None


def read(written: Mapping[str, Any]) -> Document:
    """A document from its JSON."""
    return Document(
        written["source"]["key"],
        written["recognizedAt"],
        tuple(_page(page) for page in written["pages"] if page["width"]),
        written.get("failure"),
    )


def _page(page: Mapping[str, Any]) -> Page:
    lines = tuple(_line(line) for line in page["lines"])
    return Page(page["page"], page["width"], page["height"], lines)


def _line(line: Mapping[str, Any]) -> Line:
    first, second, third, fourth = ((float(x), float(y)) for x, y in line["polygon"])
    return Line(line["text"], line["paragraph"], (first, second, third, fourth))

"""What a document is made of: lines in their places, on pages, each read by one call or more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ocr_drop.geometry import Polygon
from ocr_drop.model import Failure, Part, ReadPart, Recognition, Source, Upload


@dataclass(frozen=True)
class PlacedLine:
    """One line of text; `polygon` in pixels of the original as displayed."""

    text: str = field(repr=False)
    paragraph: int | None
    polygon: Polygon


@dataclass(frozen=True)
class Page:
    """One page of a document: its parts, and what was made of them, with lines in pixels of the page as displayed."""

    page: int
    parts: tuple[ReadPart, ...]
    lines: tuple[PlacedLine, ...]
    warnings: tuple[str, ...]

    @property
    def recognitions(self) -> tuple[tuple[Part, Recognition], ...]:
        """The parts that were recognized; none for a page that could not be read at all."""
        return tuple((read.part, read.found) for read in self.parts if isinstance(read.found, Recognition))

    @property
    def failure(self) -> Failure | None:
        """Why there is nothing of this page, None if there is something."""
        failures = [read.found for read in self.parts if isinstance(read.found, Failure)]
        return failures[0] if len(failures) == len(self.parts) else None


@dataclass(frozen=True)
class Document:
    """All that is said of one upload that has ended: its pages, or why it failed."""

    upload: Upload
    source: Source | None = field(repr=False)
    pages: tuple[Page, ...]
    endpoint: str
    request_id: str | None
    verify_id: str | None
    at: str
    failure: Failure | None = None

    @property
    def status(self) -> Literal["recognized", "failed"]:
        """How the upload ended."""
        return "failed" if self.failure else "recognized"

    @property
    def lines(self) -> int:
        """How many lines were found, on all pages."""
        return sum(len(page.lines) for page in self.pages)

    @property
    def text(self) -> str:
        """All lines in reading order, one a line; pages are parted by a form feed."""
        return "\f".join("\n".join(line.text for line in page.lines) for page in self.pages)

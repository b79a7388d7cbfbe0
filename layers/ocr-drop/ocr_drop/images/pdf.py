"""Pages of a PDF as pictures, rendered as finely as small print needs and no finer than what lies on them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image

from ocr_drop.errors import Unreadable
from ocr_drop.images.budget import ENOUGH_PIXELS, usable_bytes
from ocr_drop.images.opening import is_signed
from ocr_drop.images.outside import plainly

_POINTS_AN_INCH = 72
_FINE = 300 / _POINTS_AN_INCH
"""Pixels a point at 300 dpi: what scanners take for small print."""

_COVERS = 0.9
_BYTES_A_PIXEL = 22.0
"""Rendered, turned into a picture and encoded, while the one before is still held."""

_BYTES_AN_EMBEDDED_PIXEL = 8.0
_MOST_OBJECTS = 20_000
_LEAST_TEXT = 10
"""Letters; with fewer, a page is not said to hold text."""

_ONE_AT_A_TIME = threading.Lock()
"""PDFium keeps state between calls and is not made for threads."""


@dataclass(frozen=True)
class Rendering:
    """A page as displayed; `holds_text` where it has letters that need no recognition."""

    image: Image.Image
    holds_text: bool


def is_pdf(data: bytes) -> bool:
    """Whether these bytes are a PDF: its mark stands in the first kilobyte, and they do not begin as an image."""
    return b"%PDF-" in data[:1024] and not is_signed(data)


def pages(data: bytes) -> int:
    """How many pages a PDF has."""
    with _opened(data) as document:
        return len(document)


def rendered(data: bytes, page: int, memory_bytes: int) -> Rendering:
    """One page, counted from 1; raises `Unreadable` for what this much memory does not safely hold."""
    with _page(data, page) as found:
        scale = _scale(found, usable_bytes(memory_bytes) - len(data))
        image = plainly(lambda: found.render(scale=scale).to_pil())
        image = image if image.mode in ("L", "RGB") else image.convert("RGB")
        return Rendering(image, plainly(_letters, found) >= _LEAST_TEXT)


def check(data: bytes, page: int, memory_bytes: int) -> None:
    """Raise `Unreadable` for a page that is refused before it is rendered."""
    with _page(data, page) as found:
        _scale(found, usable_bytes(memory_bytes) - len(data))


@contextmanager
def _page(data: bytes, page: int) -> Iterator[Any]:
    with _opened(data) as document:
        if not 1 <= page <= len(document):
            raise Unreadable("no_such_page", f"the PDF has no page {page}")
        yield plainly(document.__getitem__, page - 1)


def _scale(page: Any, memory: float) -> float:
    """Pixels a point: 300 dpi, or those of the one scan that the page is; fewer where that is more than is of use."""
    width, height = plainly(page.get_size)
    if not (width >= 1 and height >= 1):
        raise Unreadable("damaged", "the page has no size")
    scans = list(_scans(page))
    largest = max((across * down for across, down, _ in scans), default=0)
    if largest * _BYTES_AN_EMBEDDED_PIXEL > memory:
        raise Unreadable("too_large", f"the page holds an image of {largest} pixels, more than memory does")
    most = min(ENOUGH_PIXELS, max(memory - largest * _BYTES_AN_EMBEDDED_PIXEL, 0) / _BYTES_A_PIXEL)
    covering = [across / points for across, _, points in scans if points >= _COVERS * width]
    wanted = min(covering[0], 2 * _FINE) if len(covering) == len(scans) == 1 else _FINE
    return float(max(min(wanted, (most / (width * height)) ** 0.5), 1 / min(width, height)))


def _scans(page: Any) -> Iterator[tuple[int, int, float]]:
    """The images that lie on a page: pixels across and down, and how many points they are wide."""
    import pypdfium2.raw as raw

    objects = plainly(lambda: page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))
    for number, one in enumerate(objects):
        if number == _MOST_OBJECTS:
            raise Unreadable("too_large", f"the page holds more than {_MOST_OBJECTS:,} images")
        across, down = plainly(one.get_px_size)
        left, _, right, _ = plainly(one.get_bounds)
        yield across, down, abs(right - left)


def _letters(page: Any) -> int:
    return int(page.get_textpage().count_chars())


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    with _ONE_AT_A_TIME:
        document = _document(data)
        try:
            yield document
        finally:
            document.close()


def _document(data: bytes) -> Any:
    import pypdfium2  # 80 ms that most functions never need

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
    if locked:
        raise Unreadable("locked", "the PDF is locked with a password: save it without, and drop it again")
    raise Unreadable("damaged", "the PDF is damaged or cut off")

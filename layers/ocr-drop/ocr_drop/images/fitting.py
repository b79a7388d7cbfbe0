"""`fit`: an upload's bytes -> the bytes to send."""

from __future__ import annotations

import math

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Transform
from ocr_drop.images import pdf, tiling
from ocr_drop.images.budget import DEFAULT_MEMORY_BYTES, judge
from ocr_drop.images.decoding import Picture, decoded
from ocr_drop.images.legibility import LEAST_READABLE, letter_height
from ocr_drop.images.opening import Opened, count_pages, has_more_frames, opened, orientation
from ocr_drop.images.outside import quietly
from ocr_drop.images.passing import passes_as_it_is
from ocr_drop.images.roads import Sent, best_road
from ocr_drop.images.upright import displayed_size
from ocr_drop.model import Area, Fit, Fitted, SentImage, SourceImage

_SMALL_PRINT_AT = 2.5


def fit(
    data: bytes, *, page: int = 1, area: Area | None = None, max_bytes: int, memory_bytes: int = DEFAULT_MEMORY_BYTES
) -> Fitted:
    """A page, or an `area` of it, as what is sent to the OCR API: JPEG, PNG or BMP of at most `max_bytes`.

    It is never enlarged, and goes out byte for byte where the API can read it as it is. `memory_bytes` is what the
    process may use. Raises `Unreadable` for what is no whole image, or too large to open or to send.
    """
    with quietly():
        if pdf.is_pdf(data):
            return _of_pdf(data, page, area, max_bytes, memory_bytes)
        file = _judged(data, page, memory_bytes, whole=area is not None)
        source = _source(file)
        # the API would turn nothing, so only what is stored upright may go out as it is
        fits = area is None and len(data) <= max_bytes and source.orientation == 1
        if fits and passes_as_it_is(file):
            return _fitted(source, _as_it_is(file), _left_out(file))
        turn = 1 if file.turns_itself else source.orientation
        picture = _cut(decoded(file, turn, whole=area is not None), area)
        sent, told = _sent(picture, max_bytes)
        return _fitted(source, sent, (*_left_out(file), *told))


def check_header(data: bytes, *, page: int = 1, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> None:
    """Raise `Unreadable` for a page that `fit` refuses before it decodes a pixel."""
    with quietly():
        if pdf.is_pdf(data):
            pdf.check(data, page, memory_bytes)
        else:
            _judged(data, page, memory_bytes)


def pages(data: bytes, *, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> int:
    """How many pages a file has, each to be fitted by itself; raises `Unreadable` for what is no image."""
    with quietly():
        return pdf.pages(data) if pdf.is_pdf(data) else count_pages(_judged(data, 1, memory_bytes))


def tiles(data: bytes, *, page: int = 1, max_bytes: int, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> tuple[Area, ...]:
    """How a page would be cut so that its small print stays readable; nothing where one picture is enough.

    Nor where all its pixels do not fit into memory at a time.
    """
    with quietly():
        if pdf.is_pdf(data):
            return ()  # a page is rendered as finely as one picture holds
        try:
            source = _source(_judged(data, page, memory_bytes, whole=True))
        except Unreadable as error:
            if error.code != "too_large":
                raise
            return ()
        return tiling.tiles(source.width, source.height, max_bytes)


def _of_pdf(data: bytes, page: int, area: Area | None, max_bytes: int, memory_bytes: int) -> Fitted:
    rendering = pdf.rendered(data, page, memory_bytes)
    source = SourceImage("PDF", *rendering.image.size, len(data), 1)
    sent, told = _sent(_cut(Picture(rendering.image, Transform(), lossy=False), area), max_bytes)
    holds = ("this page of the PDF already holds text",) if rendering.holds_text else ()
    return _fitted(source, sent, (*holds, *told))


def _sent(picture: Picture, max_bytes: int) -> tuple[Sent, tuple[str, ...]]:
    """A picture as it is sent, and what a person should know before trusting its text."""
    height, width = letter_height(picture.image), picture.image.width
    sent = best_road(picture, max_bytes)
    return sent, (*_shrunk(sent), *_too_small(height, sent.size[0] / width))


def _fitted(source: SourceImage, sent: Sent, warnings: tuple[str, ...]) -> Fitted:
    return Fitted(sent.data, Fit(source, _told(sent), sent.to_original, warnings))


def _cut(picture: Picture, area: Area | None) -> Picture:
    return picture.cut(area) if area else picture


def _judged(data: bytes, page: int, memory_bytes: int, *, whole: bool = False) -> Opened:
    file = opened(data, page)
    judge(file, memory_bytes, whole=whole)
    return file


def _source(file: Opened) -> SourceImage:
    turn = orientation(file)
    width, height = file.stored_size if file.turns_itself else displayed_size(file.stored_size, turn)
    return SourceImage(file.format, width, height, len(file.data), turn)


def _as_it_is(file: Opened) -> Sent:
    return Sent(file.data, file.format, file.stored_size, None, Transform())


def _told(sent: Sent) -> SentImage:
    return SentImage(sent.format, *sent.size, len(sent.data), sent.quality)


def _left_out(file: Opened) -> tuple[str, ...]:
    return ("only the first picture in the file was read",) if has_more_frames(file) else ()


def _too_small(height: float | None, scale: float) -> tuple[str, ...]:
    if height is None or height * scale >= LEAST_READABLE:
        return ()
    seen = f"the letters are about {height * scale:.0f} pixels high as they are sent: some may be read wrong"
    return (f"{seen}; scan it finer, cut the page, or allow Tiles",)


def _shrunk(sent: Sent) -> tuple[str, ...]:
    """What a person should know before trusting the text of what was made much smaller."""
    way = sent.to_original
    shrink = math.hypot(way.a, way.b)
    if shrink < _SMALL_PRINT_AT:
        return ()
    return (f"sent {shrink:.1f} times smaller to get under the limit: small print may be lost",)

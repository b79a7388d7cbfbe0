"""`fit`: an upload's bytes -> the bytes to send."""

from __future__ import annotations

from ocr_drop.geometry import Transform
from ocr_drop.images.budget import DEFAULT_MEMORY_BYTES, judge
from ocr_drop.images.decoding import decoded
from ocr_drop.images.opening import Opened, has_more_pages, opened, orientation
from ocr_drop.images.outside import quietly
from ocr_drop.images.passing import passes_as_it_is
from ocr_drop.images.roads import Sent, best_road
from ocr_drop.images.upright import displayed_size
from ocr_drop.model import Fit, Fitted, SentImage, SourceImage

_SMALL_PRINT_AT = 2.5


def fit(data: bytes, *, max_bytes: int, memory_bytes: int | None = None) -> Fitted:
    """The image as what is sent to the OCR API: JPEG, PNG or BMP of at most `max_bytes`, never enlarged.

    One that the API can read as it is goes out byte for byte. `memory_bytes` is what the process may use.
    Raises `Unreadable` for what is no whole image, or too large to open or to send.
    """
    with quietly():
        file = _judged(data, memory_bytes)
        source = _source(file)
        # the API would turn nothing, so only what is stored upright may go out as it is
        whole = len(data) <= max_bytes and source.orientation == 1 and passes_as_it_is(file)
        picture = None if whole else decoded(file, 1 if file.turns_itself else source.orientation)
        sent = best_road(picture, max_bytes) if picture else _as_it_is(file)
        return Fitted(sent.data, Fit(source, _told(sent), sent.to_original, _warnings(file, source, sent)))


def check_header(data: bytes, *, memory_bytes: int | None = None) -> None:
    """Raise `Unreadable` for what `fit` refuses before it decodes a pixel."""
    with quietly():
        _judged(data, memory_bytes)


def _judged(data: bytes, memory_bytes: int | None) -> Opened:
    file = opened(data)
    judge(file, memory_bytes or DEFAULT_MEMORY_BYTES)
    return file


def _source(file: Opened) -> SourceImage:
    turn = orientation(file)
    width, height = file.stored_size if file.turns_itself else displayed_size(file.stored_size, turn)
    return SourceImage(file.format, width, height, len(file.data), turn)


def _as_it_is(file: Opened) -> Sent:
    return Sent(file.data, file.format, file.stored_size, None, Transform())


def _told(sent: Sent) -> SentImage:
    return SentImage(sent.format, *sent.size, len(sent.data), sent.quality)


def _warnings(file: Opened, source: SourceImage, sent: Sent) -> tuple[str, ...]:
    """What a person should know before trusting the text."""
    found = []
    if has_more_pages(file):
        found.append("only the first page or frame was read")
    shrink = source.width / sent.size[0]
    if shrink >= _SMALL_PRINT_AT:
        found.append(f"sent {shrink:.1f} times smaller to get under the limit: small print may be lost")
    return tuple(found)

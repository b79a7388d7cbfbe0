"""`fit`: the bytes of any image -> exactly what is sent, and how it came about."""

from __future__ import annotations

from ocr_drop.geometry import Transform
from ocr_drop.images.budget import DEFAULT_MEMORY_BYTES, judge
from ocr_drop.images.decoding import decoded, read_through
from ocr_drop.images.opening import Opened, opened, orientation, quietly, told_plainly
from ocr_drop.images.plain import is_opaque
from ocr_drop.images.predicting import sample
from ocr_drop.images.roads import Sent, as_a_photograph, in_full_colour, losslessly
from ocr_drop.images.upright import displayed_size
from ocr_drop.model import Fit, Fitted, SentImage, SourceImage

_TAKEN_BY_THE_API = ("JPEG", "PNG", "BMP")
_PNG_BIT_DEPTH = 24  # where a PNG's header tells how many bits a sample has


def fit(data: bytes, *, max_bytes: int, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> Fitted:
    """What is sent for an image: at most `max_bytes`, upright, opaque, as much of its text as can be kept.

    `memory_bytes` is what the process may use in all. Raises `Unreadable` for what is no image,
    is damaged, or would not safely fit into the memory.
    """
    with quietly():
        file = opened(data)
        judge(file, memory_bytes)
        size = file.image.size
        with told_plainly():
            turn = orientation(file)
            left = 1 if file.turns_itself else turn
            sent = _as_it_is(file, turn, max_bytes) or _made_anew(file, left, max_bytes)
    width, height = displayed_size(size, left)
    source = SourceImage(file.format, width, height, len(data), turn)
    image = SentImage(sent.format, *sent.size, len(sent.data), sent.quality)
    return Fitted(sent.data, Fit(source, image, sent.to_original))


def _as_it_is(file: Opened, turn: int, max_bytes: int) -> Sent | None:
    """The file itself, byte for byte, if it fits and shows everywhere what it shows here; read through once."""
    size = file.image.size
    if len(file.data) > max_bytes or turn != 1 or not _shows_the_same_everywhere(file):
        return None
    read_through(file)
    if not is_opaque(file.image):
        return None
    return Sent(file.data, file.format, size, None, Transform())


def _shows_the_same_everywhere(file: Opened) -> bool:
    """One picture of 8 bits, grey or in red, green and blue, of a format that the API takes."""
    if file.format not in _TAKEN_BY_THE_API or getattr(file.image, "n_frames", 1) > 1:
        return False
    if file.format == "PNG" and file.data[_PNG_BIT_DEPTH] > 8:
        return False
    return file.image.mode in ("1", "L", "P", "RGB", "RGBA")


def _made_anew(file: Opened, turn: int, max_bytes: int) -> Sent:
    picture = decoded(file, turn)
    tiles = sample(picture.image)
    return (
        losslessly(picture, tiles, max_bytes)
        or in_full_colour(picture, tiles, max_bytes)
        or as_a_photograph(picture, max_bytes)
    )

"""The eight ways in which EXIF lets pixels be stored, and the way from them to what is displayed."""

from __future__ import annotations

from PIL import Image

from ocr_drop.geometry import Transform

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """The image as displayed. One that is upright already is not copied: that would double its memory."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def displayed_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height as displayed."""
    return (size[1], size[0]) if orientation >= 5 else size


def to_displayed(size: tuple[int, int], orientation: int) -> Transform:
    """The map from stored pixels of an image of this stored size to displayed ones."""
    width, height = size
    return {
        2: Transform(a=-1, e=width),
        3: Transform(a=-1, d=-1, e=width, f=height),
        4: Transform(d=-1, f=height),
        5: Transform(a=0, b=1, c=1, d=0),
        6: Transform(a=0, b=1, c=-1, d=0, e=height),
        7: Transform(a=0, b=-1, c=-1, d=0, e=height, f=width),
        8: Transform(a=0, b=-1, c=1, d=0, f=width),
    }.get(orientation, Transform())


def to_stored(size: tuple[int, int], orientation: int) -> Transform:
    """The map from displayed pixels back to those of an image of this stored size."""
    opposite = {6: 8, 8: 6}.get(orientation, orientation)
    return to_displayed(displayed_size(size, orientation), opposite)

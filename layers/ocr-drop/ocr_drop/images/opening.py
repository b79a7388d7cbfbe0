"""A file's header: what it is and how large, found from its bytes alone and before any pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, ImageFile

from ocr_drop.errors import Unreadable
from ocr_drop.images.outside import plainly

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"

# Importing only the reader that a file needs spares the 50 ms that Pillow takes to import all of them.
_SIGNATURES = (
    (b"\xff\xd8\xff", 0, ("JPEG",), "MpoImagePlugin"),
    (_PNG, 0, ("PNG",), "PngImagePlugin"),
    (b"GIF8", 0, ("GIF",), "GifImagePlugin"),
    (b"WEBP", 8, ("WEBP",), "WebPImagePlugin"),
    (b"II*\0", 0, ("TIFF",), "TiffImagePlugin"),
    (b"MM\0*", 0, ("TIFF",), "TiffImagePlugin"),
    (b"BM", 0, ("BMP",), "BmpImagePlugin"),
)

# Their headers do not tell what decoding costs, or another program would do the work.
_NOT_OPENED = frozenset(
    ("BLP", "BUFR", "CUR", "EPS", "FITS", "FPX", "FTEX", "GRIB", "HDF5", "ICNS", "ICO", "IPTC", "MIC", "MPEG", "WMF")
)


@dataclass(frozen=True)
class Opened:
    """An image whose header is read and whose pixels are not; `format` as Pillow names it."""

    data: bytes = field(repr=False)
    image: ImageFile.ImageFile
    format: str
    stored_size: tuple[int, int]
    """Width and height of the pixels as they will be decoded; decoding may scale `image`."""

    @property
    def turns_itself(self) -> bool:
        """Whether decoding applies the orientation, as Pillow does for TIFF alone; its size is as displayed then."""
        return self.format == "TIFF"

    @property
    def pixels(self) -> int:
        """How many the header promises."""
        return self.stored_size[0] * self.stored_size[1]


def opened(data: bytes) -> Opened:
    """The image that these bytes are; raises `Unreadable` if they are none."""
    if not data:
        raise Unreadable("empty", "the file holds no bytes")
    formats, signed = _formats(data)
    try:
        image = plainly(Image.open, BytesIO(data), formats=formats)
    except Unreadable as error:
        if signed and error.code == "not_an_image":
            raise Unreadable("damaged", "the image is damaged or cut off") from None
        raise
    if image.width < 1 or image.height < 1:
        raise Unreadable("damaged", "the image has no pixels")
    if data.startswith(_PNG) and _PNG_END not in data:
        raise Unreadable("damaged", "the PNG is cut off")  # Pillow takes it where only the end is missing
    return Opened(data, image, "JPEG" if image.format in ("JPEG", "MPO") else str(image.format), image.size)


def orientation(file: Opened) -> int:
    """EXIF's 1 to 8: how the stored pixels are turned for display; 1 where the file's EXIF cannot be read.

    A PNG may tell it behind its pixels: this decodes them.
    """
    if file.format == "PNG":
        plainly(file.image.load)
    try:
        value = plainly(lambda: file.image.getexif().get(ExifTags.Base.Orientation, 1))
    except Unreadable:  # a whole picture with broken EXIF is welcome
        return 1
    return int(value) if value in range(1, 9) else 1


def has_more_pages(file: Opened) -> bool:
    """Whether there are pages or frames behind the first; nothing that is wrong with those matters."""
    if file.format not in ("GIF", "PNG", "TIFF", "WEBP"):
        return False
    try:  # in a reader of its own: looking ahead moves a GIF's
        again: Any = plainly(Image.open, BytesIO(file.data), formats=(file.format,))
        return bool(plainly(getattr, again, "is_animated"))
    except Unreadable:
        return False


def _formats(data: bytes) -> tuple[tuple[str, ...], bool]:
    """Which of Pillow's readers to ask, and whether the bytes begin as one of the usual formats."""
    for signature, start, formats, plugin in _SIGNATURES:
        if data.startswith(signature, start):
            import_module(f"PIL.{plugin}")
            return formats, signature != b"BM"  # two letters prove little
    Image.init()
    return tuple(name for name in Image.ID if name not in _NOT_OPENED), False

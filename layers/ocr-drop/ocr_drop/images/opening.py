"""A file's header: what it is and how large, found from its bytes alone and before any pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heim", b"heis", b"heix", b"hevc", b"hevx", b"mif1", b"msf1")
_BOX = slice(4, 8)
_MOST_PAGES = 10_000
"""Directories of a TIFF that are looked at: no file within our limits has as many, and none may take for ever."""

_REDUCED = 1
"""The bit of NewSubfileType by which a TIFF marks a smaller copy of another page."""

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
        """Whether decoding applies the orientation, as for TIFF and HEIF; the size is as displayed then."""
        return self.format in ("TIFF", "HEIF")

    @property
    def pixels(self) -> int:
        """How many the header promises."""
        return self.stored_size[0] * self.stored_size[1]


def opened(data: bytes, page: int = 1) -> Opened:
    """The image that these bytes are, of a TIFF its page, counted from 1; raises `Unreadable` if they are none."""
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
    file = Opened(data, image, "JPEG" if image.format in ("JPEG", "MPO") else str(image.format), image.size)
    return replace(file, stored_size=_turned_to(file, page)) if page != 1 else file


def count_pages(file: Opened) -> int:
    """How many pages a file has: those of a TIFF, and one of anything else."""
    return len(_pages(file)) if file.format == "TIFF" else 1


def _turned_to(file: Opened, page: int) -> tuple[int, int]:
    """Turn a file to another page than its first; gives that one's size."""
    frames = _pages(file) if file.format == "TIFF" else [0]
    if not 1 <= page <= len(frames):
        raise Unreadable("no_such_page", f"the file has no page {page}")
    plainly(file.image.seek, frames[page - 1])
    return file.image.size


def _pages(file: Opened) -> list[int]:
    """The frames of a TIFF that are pages and no smaller copies; a damaged one behind the first ends the list."""
    found = []
    image: Any = file.image
    for frame in range(_MOST_PAGES):
        try:
            plainly(image.seek, frame)
        except Unreadable:
            break
        if frame == 0 or not int(image.tag_v2.get(254, 0)) & _REDUCED:
            found.append(frame)
    plainly(image.seek, 0)
    return found


def orientation(file: Opened) -> int:
    """EXIF's 1 to 8: how the stored pixels are turned for display; 1 where the file's EXIF cannot be read.

    A PNG may tell it behind its pixels: this decodes them.
    """
    if file.format == "HEIF":
        return int(file.image.info.get("original_orientation") or 1)
    if file.format == "PNG":
        plainly(file.image.load)
    try:
        value = plainly(lambda: file.image.getexif().get(ExifTags.Base.Orientation, 1))
    except Unreadable:  # a whole picture with broken EXIF is welcome
        return 1
    return int(value) if value in range(1, 9) else 1


def has_more_frames(file: Opened) -> bool:
    """Whether there are frames that are not read; nothing that is wrong with those matters."""
    if file.format == "HEIF":
        return int(getattr(file.image, "n_frames", 1)) > 1
    if file.format not in ("AVIF", "GIF", "PNG", "WEBP"):
        return False
    try:  # in a reader of its own: looking ahead moves a GIF's
        again: Any = plainly(Image.open, BytesIO(file.data), formats=(file.format,))
        return bool(plainly(getattr, again, "is_animated"))
    except Unreadable:
        return False


def is_signed(data: bytes) -> bool:
    """Whether bytes begin as an image of one of the usual formats does."""
    return data[_BOX] == b"ftyp" or any(data.startswith(sign, start) for sign, start, *_ in _SIGNATURES)


def _formats(data: bytes) -> tuple[tuple[str, ...], bool]:
    """Which of Pillow's readers to ask, and whether the bytes begin as one of the usual formats."""
    for signature, start, formats, plugin in _SIGNATURES:
        if data.startswith(signature, start):
            import_module(f"PIL.{plugin}")
            return formats, signature != b"BM"  # two letters prove little
    if data[_BOX] == b"ftyp" and (boxed := _of_boxes(data)):
        return (boxed,), True
    Image.init()
    return tuple(name for name in Image.ID if name not in _NOT_OPENED), False


def _of_boxes(data: bytes) -> str | None:
    """The format of a file in ISO boxes, AVIF or HEIF, as its brands say."""
    brands = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    if any(brand in brands for brand in _AVIF_BRANDS):
        import_module("PIL.AvifImagePlugin")
        return "AVIF"
    if any(brand in brands for brand in _HEIF_BRANDS):
        import_module("pi_heif").register_heif_opener()
        return "HEIF"
    return None

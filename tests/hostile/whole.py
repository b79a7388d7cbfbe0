"""Small whole files of each kind, to be damaged."""

from __future__ import annotations

import functools
import zlib
from typing import Any

from hostile.parts import bmp, chunk, ihdr, png, riff, vp8x
from pictures import encoded, photograph

SIZE = (72, 54)

_PLAIN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "jpeg": ("JPEG", "RGB", {}),
    "jpeg-progressive": ("JPEG", "RGB", {"progressive": True}),
    "jpeg-cmyk": ("JPEG", "CMYK", {}),
    "jpeg-exif": ("JPEG", "RGB", {"orientation": 6}),
    "jpeg-restarts": ("JPEG", "RGB", {"restart_marker_blocks": 2}),
    "mpo": ("MPO", "RGB", {"save_all": True}),
    "png": ("PNG", "RGB", {}),
    "png-16": ("PNG", "I;16", {}),
    "png-alpha": ("PNG", "RGBA", {}),
    "png-palette": ("PNG", "P", {"transparency": b"\x00\x80\xff"}),
    "png-animated": ("PNG", "RGB", {"save_all": True}),
    "bmp": ("BMP", "RGB", {}),
    "bmp-palette": ("BMP", "P", {}),
    "gif": ("GIF", "RGB", {}),
    "gif-animated": ("GIF", "RGB", {"save_all": True}),
    "webp": ("WEBP", "RGB", {"lossless": False}),
    "webp-lossless": ("WEBP", "RGB", {}),
    "webp-animated": ("WEBP", "RGBA", {"save_all": True}),
    "tiff": ("TIFF", "RGB", {}),
    "tiff-lzw": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    "tiff-jpeg": ("TIFF", "RGB", {"compression": "jpeg"}),
    "tiff-deflate": ("TIFF", "I;16", {"compression": "tiff_adobe_deflate"}),
    "tiff-fax": ("TIFF", "1", {"compression": "group4"}),
    "tiff-pages": ("TIFF", "L", {"save_all": True}),
    "avif": ("AVIF", "RGB", {}),
    "jpeg2000": ("JPEG2000", "RGB", {}),
    "ppm": ("PPM", "RGB", {}),
    "tga": ("TGA", "RGB", {"compression": "tga_rle"}),
    "pcx": ("PCX", "RGB", {}),
    "sgi": ("SGI", "RGB", {}),
    "dds": ("DDS", "RGBA", {}),
    "qoi": ("QOI", "RGB", {}),
    "xbm": ("XBM", "1", {}),
    "msp": ("MSP", "1", {}),
    "spider": ("SPIDER", "F", {}),
}


@functools.cache
def whole() -> dict[str, bytes]:
    """A file of each kind, by its name."""
    made = {name: _made(*how) for name, how in _PLAIN.items()}
    return made | {"png-interlaced": _interlaced(), "bmp-runs": _runs(), "webp-extended": _extended(made)}


def _made(format_: str, mode: str, options: dict[str, Any]) -> bytes:
    image = photograph(*SIZE)
    image = image.convert("L").convert(mode) if mode in ("I;16", "F", "1") else image.convert(mode)
    if mode == "RGBA":
        image.putalpha(image.getchannel("R"))
    more = {"append_images": [photograph(*SIZE, seed).convert(image.mode) for seed in (1, 2)]}
    return encoded(image, format_, **options, **(more if "save_all" in options else {}))


def _interlaced() -> bytes:
    """Adam7, which Pillow reads and does not write: seven passes of grey rows, none of them filtered."""
    width, height = SIZE
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(
        b"\0" + bytes((x * y) % 251 for x in range(left, width, across))
        for left, top, across, down in passes
        for y in range(top, height, down)
    )
    return png(ihdr(width, height, colour=0, interlace=1), chunk(b"IDAT", zlib.compress(rows)))


def _runs() -> bytes:
    """A BMP of runs: each row one run of 72 pixels, then the end of the row."""
    rows = b"".join(bytes((SIZE[0], shade, 0, 0)) for shade in range(SIZE[1]))
    palette = b"".join(bytes((shade, shade, shade, 0)) for shade in range(256))
    return bmp(*SIZE, bits=8, compression=1, colours=256, offset=54 + 1024, data=palette + rows + b"\0\1")


def _extended(made: dict[str, bytes]) -> bytes:
    """A WebP with everything beside its pixels."""
    lossy = made["webp"]
    exif = b"Exif\0\0" + b"II*\0\x08\0\0\0\0\0\0\0\0\0"
    beside = [(b"EXIF", exif), (b"XMP ", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")]
    return riff(vp8x(*SIZE, 0x0C), (b"VP8 ", lossy[20:]), *beside)

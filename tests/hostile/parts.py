"""Files put together by hand, piece by piece, so that any piece can lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

PNG = b"\x89PNG\r\n\x1a\n"
ZEROS = 1 << 20

SHORT, LONG = 3, 4
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, OFFSETS = 256, 257, 258, 259, 262, 273
ORIENTATION, SAMPLES, ROWS, COUNTS = 274, 277, 278, 279


def chunk(kind: bytes, content: bytes = b"", *, length: int | None = None, crc: int | None = None) -> bytes:
    """A chunk of a PNG; its length and its check sum are right unless they are given."""
    told = len(content) if length is None else length
    check = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", told) + kind + content + struct.pack(">I", check)


def ihdr(width: int, height: int, *, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    """The header chunk of a PNG."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(*chunks: bytes) -> bytes:
    """A PNG of these chunks, ended as it should be."""
    return PNG + b"".join(chunks) + chunk(b"IEND")


def zeros(size: int) -> bytes:
    """A zlib stream of so many zeros, a thousandth as long and made without holding them."""
    packer = zlib.compressobj(9)
    start = packer.compress(b"\0" * ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    # after a full flush nothing refers back, so the same bytes say the same again
    again = packer.compress(b"\0" * ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(b"\0" * (size % ZEROS)) + packer.flush()
    whole = size // ZEROS
    body = start + again * (whole - 1) if whole else start[:2]
    return body + end[:-4] + struct.pack(">I", (size % 65_521) << 16 | 1)


def segment(marker: int, content: bytes = b"", *, length: int | None = None) -> bytes:
    """A segment of a JPEG with its length, which is right unless it is given."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2 if length is None else length) + content


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """The segments of a JPEG before its first scan, by marker and content; and the scan with all behind it."""
    found, place = [], 2
    while jpeg[place + 1] != 0xDA:
        length = int.from_bytes(jpeg[place + 2 : place + 4], "big")
        found.append((jpeg[place + 1], jpeg[place + 4 : place + 2 + length]))
        place += 2 + length
    return [*found, (0xDA, jpeg[place:])]


def jpeg(parts: Iterable[tuple[int, bytes]]) -> bytes:
    """A JPEG of segments as `segments` gives them."""
    return b"\xff\xd8" + b"".join(content if marker == 0xDA else segment(marker, content) for marker, content in parts)


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    """An entry of a little-endian TIFF directory; `value` is its value or where that lies."""
    return struct.pack("<HHII", tag, kind, count, value & 0xFFFFFFFF)


def directory(*entries: bytes, following: int = 0, count: int | None = None) -> bytes:
    """A directory of a TIFF or of EXIF, and where the next one lies."""
    told = len(entries) if count is None else count
    return struct.pack("<H", told) + b"".join(entries) + struct.pack("<I", following)


def tiff(*entries: bytes, following: int = 0, count: int | None = None, data: bytes = b"\x80" * 64) -> bytes:
    """A TIFF of one directory at 8, its entries in order of their tags, and data behind it."""
    ordered = sorted(entries, key=lambda one: struct.unpack_from("<H", one)[0])
    return b"II*\0\x08\0\0\0" + directory(*ordered, following=following, count=count) + data


def grey(**changes: tuple[int, int, int] | None) -> list[bytes]:
    """The entries of an 8 x 8 grey TIFF whose pixels lie at 200; a change is type, count and value, None leaves out."""
    names = {
        "width": WIDTH, "height": HEIGHT, "bits": BITS, "compression": COMPRESSION, "photometric": PHOTOMETRIC,
        "offsets": OFFSETS, "samples": SAMPLES, "rows": ROWS, "counts": COUNTS,
    }  # fmt: skip
    values = {
        "width": 8, "height": 8, "bits": 8, "compression": 1, "photometric": 1,
        "offsets": 200, "samples": 1, "rows": 8, "counts": 64,
    }  # fmt: skip
    usual: dict[str, tuple[int, int, int] | None] = {name: (LONG, 1, value) for name, value in values.items()}
    return [entry(names[name], *told) for name, told in {**usual, **changes}.items() if told is not None]


def strip(**changes: tuple[int, int, int] | None) -> bytes:
    """That 8 x 8 grey TIFF, its directory changed."""
    file = tiff(*grey(**changes), data=b"")
    return file.ljust(200, b"\0") + bytes(range(64))


def riff(*chunks: tuple[bytes, bytes], length: int | None = None) -> bytes:
    """A WebP of these chunks."""
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for kind, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) if length is None else length) + body


def vp8x(width: int, height: int, flags: int) -> tuple[bytes, bytes]:
    """The header of an extended WebP."""
    return b"VP8X", bytes((flags, 0, 0, 0)) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def gif(width: int, height: int, *blocks: bytes, palette: int | None = 1, end: bytes = b";") -> bytes:
    """A GIF of these blocks; its palette has 2 to the power of `palette` + 1 colours."""
    flags = 0 if palette is None else 0x80 | palette
    colours = b"" if palette is None else bytes(range(256))[: 2 << palette] * 3
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0) + colours + b"".join(blocks) + end


def frame(left: int, top: int, width: int, height: int, *, bits: int = 2, codes: bytes = b"\x84\x51\x00") -> bytes:
    """A frame of a GIF whose packed pixels are `codes`."""
    blocks = b"".join(bytes((len(part),)) + part for part in (codes[i : i + 255] for i in range(0, len(codes), 255)))
    return b"," + struct.pack("<HHHHB", left, top, width, height, 0) + bytes((bits,)) + blocks + b"\0"


def bmp(
    width: int,
    height: int,
    *,
    bits: int = 24,
    compression: int = 0,
    colours: int = 0,
    header: int = 40,
    offset: int = 54,
    data: bytes = b"\x80" * 192,
) -> bytes:
    """A BMP with a header of the usual form."""
    told = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(data), 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(data), 0, 0, offset) + told + data

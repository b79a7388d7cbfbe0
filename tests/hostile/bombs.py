"""Small files that promise, or really hold, far more than a process has."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from hostile import parts
from hostile.parts import bmp, chunk, frame, gif, ihdr, jpeg, png, riff, segments, tiff, vp8x, zeros
from hostile.specimen import FITS, REFUSED, Specimen
from hostile.whole import whole

LARGE = ("too_large",)
EITHER = ("too_large", "damaged")
SIDE = 60_000


def bombs() -> Iterator[Specimen]:
    """Bombs of every format that is read."""
    yield from _promises()
    yield from _unusual_promises()
    yield from _compressed()
    yield from _many()


def _promises() -> Iterator[Specimen]:
    """Headers that claim 60,000 pixels a side, or as many as the format can say, over next to no data."""
    empty = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    for depth, colour in ((8, 2), (16, 6), (1, 0), (8, 3)):
        palette = [chunk(b"PLTE", bytes(768))] if colour == 3 else []
        file = png(ihdr(SIDE, SIDE, depth=depth, colour=colour), *palette, empty)
        yield Specimen(f"png of 60000 x 60000, depth {depth}, colour {colour}", file, LARGE)
    yield Specimen("png of 2147483647 x 2147483647", png(ihdr(2**31 - 1, 2**31 - 1), empty), LARGE)
    yield Specimen("png of 2147483647 x 1", png(ihdr(2**31 - 1, 1), empty), LARGE)
    yield Specimen("png of 4294967295 x 4294967295", png(ihdr(2**32 - 1, 2**32 - 1), empty), REFUSED)
    yield Specimen("png-interlaced of 60000 x 60000", png(ihdr(SIDE, SIDE, interlace=1), empty), LARGE)
    yield Specimen("jpeg of 60000 x 60000", _jpeg_of("jpeg", SIDE, SIDE), LARGE)
    yield Specimen("jpeg of 65535 x 65535", _jpeg_of("jpeg", 65_535, 65_535), LARGE)
    yield Specimen("jpeg-progressive of 60000 x 60000", _jpeg_of("jpeg-progressive", SIDE, SIDE), LARGE)
    yield Specimen("gif of 60000 x 60000", gif(SIDE, SIDE, frame(0, 0, SIDE, SIDE)), LARGE)
    yield Specimen("gif of 60000 x 60000 with a small frame", gif(SIDE, SIDE, frame(0, 0, 2, 2)), LARGE)
    yield Specimen("gif whose second frame is 60000 x 60000", gif(2, 2, frame(0, 0, 2, 2), frame(0, 0, SIDE, SIDE)))
    yield Specimen("gif whose first frame is 60000 x 60000", gif(2, 2, frame(0, 0, SIDE, SIDE)), EITHER)
    lossless = b"\x2f" + struct.pack("<I", 0x3FFF | 0x3FFF << 14) + bytes(20)
    yield Specimen("webp-lossless of 16384 x 16384", riff((b"VP8L", lossless)), EITHER)
    lossy = b"\x10\0\0\x9d\x01\x2a\xff\x3f\xff\x3f" + bytes(30)
    yield Specimen("webp of 16383 x 16383", riff((b"VP8 ", lossy)), EITHER)
    for width, height in ((2**24, 256), (2**24, 2**24), (SIDE, SIDE)):
        file = riff(vp8x(width, height, 2), (b"ANIM", bytes(6)), (b"ANMF", bytes(16) + b"VP8 " + bytes(20)))
        yield Specimen(f"webp-extended of {width} x {height}", file, REFUSED)
    for compression in (1, 4, 5, 7, 8, 32773):
        entries = parts.grey(width=(4, 1, SIDE), height=(4, 1, SIDE), compression=(4, 1, compression))
        yield Specimen(f"tiff of 60000 x 60000, compression {compression}", tiff(*entries), LARGE)
    yield Specimen("tiff of 4294967295 x 1", tiff(*parts.grey(width=(4, 1, -1), height=(4, 1, 1))), REFUSED)
    yield Specimen("bmp of 60000 x 60000", bmp(SIDE, SIDE), LARGE)
    yield Specimen("bmp of 2147483647 x 2147483647", bmp(2**31 - 1, 2**31 - 1), LARGE)
    yield Specimen("bmp-runs of 60000 x 60000", bmp(SIDE, SIDE, bits=8, compression=1, offset=1078), LARGE)
    yield Specimen("bmp of 60000 x 60000 upside down", bmp(SIDE, -SIDE), LARGE)


def _unusual_promises() -> Iterator[Specimen]:
    """The same in formats that are read because Pillow reads them."""
    dds = bytearray(whole()["dds"])
    dds[12:20] = struct.pack("<II", SIDE, SIDE)
    files = {
        "ppm": b"P6 60000 60000 255\n" + bytes(100),
        "ppm-plain": b"P3 60000 60000 255\n" + b"0 " * 100,
        "ppm-bits": b"P4 60000 60000\n" + bytes(100),
        "qoi": b"qoif" + struct.pack(">IIBB", SIDE, SIDE, 4, 0) + b"\xfd" * 100 + b"\0\0\0\0\0\0\0\1",
        "tga": b"\0\0\x0a" + bytes(9) + struct.pack("<HHBB", SIDE, SIDE, 24, 0) + b"\xff\0\0\0" * 50,
        "pcx": b"\x0a\5\1\x08" + struct.pack("<HHHH", 0, 0, SIDE, SIDE) + bytes(53) + b"\3\x60\xea" + bytes(800),
        "sgi": b"\1\xda\1\1" + struct.pack(">HHHH", 3, SIDE, SIDE, 3) + bytes(600),
        "psd": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, SIDE, SIDE, 8, 3) + bytes(12) + b"\0\1" + bytes(90),
        "dds": bytes(dds),
        "xbm": b"#define a_width 60000\n#define a_height 60000\nstatic char a_bits[] = {\n0x00,0x00};",
        "xpm": b'/* XPM */\nstatic char *a[] = {\n"60000 60000 1 1",\n"a c #000000",\n"aaaa"};',
        "sun": struct.pack(">8I", 0x59A66A95, SIDE, SIDE, 24, 0, 1, 0, 0) + bytes(90),
        "msp": b"LinS" + struct.pack("<14H", SIDE, SIDE, *([0] * 12)),
        "im": b"Image type: RGB\r\nImage size (x*y): 60000*60000\r\n".ljust(511, b"\0") + b"\x1a" + bytes(90),
        "gbr": struct.pack(">7I", 29, 2, SIDE, SIDE, 1, 0x47494D50, 10) + b"a\0" + bytes(90),
        "fli": struct.pack("<IHHHHH", 300, 0xAF12, 1, SIDE, SIDE, 8) + bytes(300),
        "jpeg2000": _codestream(SIDE, SIDE),
        "jpeg2000-of-16384-layers": _codestream(200, 200, components=16_384),
        "avif": _avif_of(SIDE, SIDE),
        "spider": struct.pack(
            ">27f", 1, SIDE, 1, 0, 1, *([0] * 6), SIDE, 240_000, 0, *([0] * 8), 240_000, 240_000, *[0] * 3
        )
        + bytes(2000),
    }
    for name, data in files.items():
        yield Specimen(f"{name} of 60000 x 60000", data, REFUSED)


def _compressed() -> Iterator[Specimen]:
    """Streams that unpack to a thousand times their size, in places where no header tells of it."""
    head, data = ihdr(8, 8), chunk(b"IDAT", zlib.compress(b"\0\x80" * 100))
    gigabyte = zeros(1 << 30)
    for kind, before in (
        (b"zTXt", b"Comment\0\0"),
        (b"iTXt", b"Comment\0\1\0\0\0"),
        (b"iCCP", b"profile\0\0"),
    ):
        yield Specimen(f"png with a gigabyte in {kind.decode()}", png(head, chunk(kind, before + gigabyte), data))
    million = chunk(b"zTXt", b"Comment\0\0" + zeros(1_000_000))
    yield Specimen("png with a hundred megabytes in 100 zTXt", png(head, million * 100, data))
    yield Specimen("png with a gigabyte in IDAT", png(head, chunk(b"IDAT", gigabyte)), ("fits", "damaged"))
    yield Specimen("png-animated with a gigabyte in fdAT", _animated_bomb(gigabyte), ("fits", "damaged"))
    deflated = parts.grey(compression=(4, 1, 8), counts=(4, 1, len(gigabyte)))
    yield Specimen("tiff with a gigabyte in a strip", tiff(*deflated, data=bytes(200) + gigabyte))
    one_strip = parts.grey(width=(4, 1, 50_000), height=(4, 1, 8000), rows=(4, 1, 8000), compression=(4, 1, 8))
    yield Specimen("tiff of 50000 x 8000 in one strip", tiff(*one_strip, data=bytes(200) + gigabyte))


def _many() -> Iterator[Specimen]:
    """So many of a harmless thing that walking through them takes a while."""
    usual = whole()["jpeg"]
    head, scan = segments(usual)[:-1], segments(usual)[-1]
    tables = [part for part in head if part[0] == 0xC4]
    yield Specimen("jpeg with 5000 Huffman tables", jpeg([*head, *tables * (5000 // len(tables)), scan]), FITS)
    yield Specimen("jpeg with 20000 comments", jpeg([(0xFE, b"x" * 20)] * 20_000 + [*head, scan]), FITS)
    yield Specimen("jpeg with 2000 EXIF segments", jpeg([(0xE1, b"Exif\0\0II*\0\x08\0\0\0")] * 2000 + [*head, scan]))
    yield Specimen("jpeg with 255 profile parts", jpeg([*_profile(255), *head, scan]), FITS)
    progressive = whole()["jpeg-progressive"]
    ahead, scans = segments(progressive)[:-1], segments(progressive)[-1][1]
    last = scans.rfind(b"\xff\xda")
    yield Specimen(
        "jpeg-progressive with 3000 passes",
        jpeg([*ahead, (0xDA, scans[:-2] + scans[last:-2] * 3000 + b"\xff\xd9")]),
        LARGE,
    )
    yield Specimen("gif with 50000 frames", gif(2, 2, *[frame(0, 0, 2, 2)] * 50_000), FITS)
    yield Specimen("gif with 100000 comments", gif(2, 2, *[b"!\xfe\1x\0"] * 100_000, frame(0, 0, 2, 2)), FITS)
    yield Specimen("gif with an endless comment", gif(2, 2, b"!\xfe" + b"\xffaaaaa" * 50_000), REFUSED)
    yield Specimen("png with 20000 chunks", png(ihdr(8, 8), chunk(b"teSt", b"x") * 20_000, _eight()), FITS)
    yield Specimen("png in 20000 pieces", png(ihdr(200, 100, colour=0), *_pieces()), FITS)
    yield Specimen("png-animated of 4294967295 frames", png(ihdr(8, 8), _actl(2**32 - 1), _eight()))
    pages = b"".join(_page(8 + number * 150) for number in range(20_000))
    yield Specimen("tiff with 20000 pages", b"II*\0\x08\0\0\0" + pages, FITS)


def _jpeg_of(name: str, width: int, height: int) -> bytes:
    """A usual JPEG whose frame header claims another size."""
    changed = [
        (marker, content[:1] + struct.pack(">HH", height, width) + content[5:] if marker in (0xC0, 0xC2) else content)
        for marker, content in segments(whole()[name])
    ]
    return jpeg(changed)


def _profile(count: int) -> list[tuple[int, bytes]]:
    return [(0xE2, b"ICC_PROFILE\0" + bytes((number + 1, count)) + bytes(2000)) for number in range(count)]


def _eight() -> bytes:
    return chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * 24) * 8))


def _pieces() -> Iterator[bytes]:
    packed = zlib.compress(b"".join(b"\0" + bytes(x * y % 256 for x in range(200)) for y in range(100)))
    for place in range(len(packed)):
        yield chunk(b"IDAT", packed[place : place + 1])
        yield chunk(b"IDAT") * (20_000 // len(packed))


def _actl(frames: int) -> bytes:
    return chunk(b"acTL", struct.pack(">II", frames, 0))


def _animated_bomb(stream: bytes) -> bytes:
    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 10, 0, 0))
    second = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 1, 8, 8, 0, 0, 1, 10, 0, 0))
    return png(ihdr(8, 8), _actl(2), control, _eight(), second, chunk(b"fdAT", struct.pack(">I", 2) + stream))


def _page(place: int) -> bytes:
    """A page of 150 bytes at a place: directory, and what remains for the pixels."""
    pixels = place + 2 + 9 * 12 + 4
    entries = parts.grey(width=(4, 1, 4), height=(4, 1, 4), offsets=(4, 1, pixels), counts=(4, 1, 16))
    last = place + 150 >= 8 + 20_000 * 150
    ordered = sorted(entries, key=lambda one: struct.unpack_from("<H", one)[0])
    return parts.directory(*ordered, following=0 if last else place + 150).ljust(150, b"\x80")


def _codestream(width: int, height: int, components: int = 3) -> bytes:
    """A JPEG 2000 codestream's head: its size, and nothing more than a tile's beginning."""
    size = struct.pack(">HIIIIIIIIH", 0, width, height, 0, 0, width, height, 0, 0, components) + b"\7\1\1" * components
    return b"".join((
        b"\xff\x4f\xff\x51", struct.pack(">H", len(size) + 2), size,
        b"\xff\x52\0\x0c\0\0\0\1\1\5\4\4\0\1", b"\xff\x5c\0\x13\x40" + b"\x40" * 16,
        b"\xff\x90\0\x0a\0\0\0\0\0\0\0\1\xff\x93", bytes(20), b"\xff\xd9",
    ))  # fmt: skip


def _avif_of(width: int, height: int) -> bytes:
    """An AVIF whose size property lies about what its stream holds."""
    file = bytearray(whole()["avif"])
    place = file.index(b"ispe") + 8
    file[place : place + 8] = struct.pack(">II", width, height)
    return bytes(file)

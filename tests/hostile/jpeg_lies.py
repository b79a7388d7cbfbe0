"""JPEG files whose segments are wrong, missing, or there too often; and EXIF that leads nowhere."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hostile.parts import directory, entry, jpeg, segment, segments
from hostile.specimen import FITS, REFUSED, Specimen
from hostile.whole import whole

_FRAME, _HUFFMAN, _QUANTISERS, _SCAN, _ADOBE, _EXIF = 0xC0, 0xC4, 0xDB, 0xDA, 0xEE, 0xE1


def jpeg_lies() -> Iterator[Specimen]:
    """One wrong thing in each file."""
    usual = segments(whole()["jpeg"])
    yield from _frames(usual)
    yield from _tables(usual)
    yield from _order(usual)
    yield from _colours()
    for name, content in _exifs():
        yield Specimen(f"jpeg with {name}", jpeg([(_EXIF, content), *usual]), FITS)
    yield from _several()


def _changed(parts: list[tuple[int, bytes]], marker: int, place: int, *values: int) -> bytes:
    """The file with some bytes of the first segment of a kind replaced."""
    which = [kind for kind, _ in parts].index(marker)
    content = parts[which][1]
    changed = content[:place] + bytes(values) + content[place + len(values) :]
    return jpeg([*parts[:which], (marker, changed), *parts[which + 1 :]])


def _frames(usual: list[tuple[int, bytes]]) -> Iterator[Specimen]:
    for width, height in ((0, 54), (72, 0), (0, 0)):
        size = struct.pack(">HH", height, width)
        yield Specimen(f"jpeg of {width} x {height}", _changed(usual, _FRAME, 1, *size), REFUSED)
    for width, height in ((720, 540), (72, 65_000), (3000, 2000)):
        size = struct.pack(">HH", height, width)  # a JPEG that ends properly is a JPEG; the rest of it is grey
        yield Specimen(f"jpeg that claims {width} x {height}", _changed(usual, _FRAME, 1, *size))
    yield Specimen("jpeg that claims 8 x 8", _changed(usual, _FRAME, 1, 0, 8, 0, 8))
    for bits in (0, 1, 7, 12, 16, 255):
        yield Specimen(f"jpeg of {bits} bits", _changed(usual, _FRAME, 0, bits), REFUSED)
    for count in (0, 1, 2, 4, 5, 255):
        yield Specimen(f"jpeg of {count} layers for 3", _changed(usual, _FRAME, 5, count), ("fits", *REFUSED))
    for factors in (0x00, 0x01, 0x44, 0x51, 0xFF):
        yield Specimen(f"jpeg sampled {factors:02x}", _changed(usual, _FRAME, 7, factors))
    yield Specimen("jpeg with a quantiser that is not there", _changed(usual, _FRAME, 8, 3), REFUSED)
    for kind in (0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB, 0xCD, 0xCF):
        parts = [(kind if marker == _FRAME else marker, content) for marker, content in usual]
        yield Specimen(f"jpeg coded as {kind:02X}", jpeg(parts), ("fits", *REFUSED))
    frame = next(part for part in usual if part[0] == _FRAME)
    yield Specimen("jpeg with two frames", jpeg([frame, *usual]), ("fits", *REFUSED))


def _tables(usual: list[tuple[int, bytes]]) -> Iterator[Specimen]:
    for name, marker in (("frame", _FRAME), ("Huffman tables", _HUFFMAN), ("quantisers", _QUANTISERS)):
        parts = [part for part in usual if part[0] != marker]
        yield Specimen(f"jpeg without {name}", jpeg(parts), ("fits", *REFUSED))
        for length in (0, 1, 2, 3, 65_535):
            data = b"\xff\xd8" + b"".join(
                content if kind == _SCAN else segment(kind, content, length=length if kind == marker else None)
                for kind, content in usual
            )
            yield Specimen(f"jpeg whose {name} say {length} bytes", data, ("fits", *REFUSED))
    yield Specimen("jpeg with a Huffman table of all ones", _changed(usual, _HUFFMAN, 1, *[255] * 16), REFUSED)
    yield Specimen("jpeg with a Huffman table of number 15", _changed(usual, _HUFFMAN, 0, 15), REFUSED)
    yield Specimen("jpeg with quantisers of zero", _changed(usual, _QUANTISERS, 1, *[0] * 64))
    yield Specimen("jpeg with quantisers of 16 bits", _changed(usual, _QUANTISERS, 0, 0x10))


def _order(usual: list[tuple[int, bytes]]) -> Iterator[Specimen]:
    head, (_, scan) = usual[:-1], usual[-1]
    yield Specimen("jpeg of a beginning alone", b"\xff\xd8\xff", REFUSED)
    yield Specimen("jpeg that ends at once", b"\xff\xd8\xff\xd9", REFUSED)
    yield Specimen("jpeg without a scan", jpeg([*head, (_SCAN, b"\xff\xd9")]), REFUSED)
    yield Specimen("jpeg of a scan alone", jpeg([(_SCAN, scan)]), REFUSED)
    yield Specimen("jpeg with an empty scan", jpeg([*head, (_SCAN, scan[:14] + b"\xff\xd9")]))
    yield Specimen("jpeg that begins ten times", b"\xff\xd8" * 10 + jpeg(usual)[2:], ("fits", *REFUSED))
    yield Specimen("jpeg in a jpeg", jpeg([(0xE2, jpeg(usual)), *usual]), FITS)
    yield Specimen("jpeg behind fill bytes", b"\xff\xd8" + b"\xff" * 4000 + jpeg(usual)[2:], FITS)
    yield Specimen("jpeg of markers only", b"\xff\xd8" + b"\xff\xd0" * 3000, REFUSED)
    yield Specimen(
        "jpeg with a scan of markers", jpeg([*head, (_SCAN, scan[:14] + b"\xff\xd0\xff\xd7" * 3000 + b"\xff\xd9")])
    )
    yield Specimen("jpeg with a scan of layer 9", jpeg([*head, (_SCAN, scan[:5] + b"\x09" + scan[6:])]), REFUSED)
    yield Specimen("jpeg with a restart at every block", jpeg([*head, (0xDD, b"\0\1"), (_SCAN, scan)]))
    yield Specimen("jpeg with a wrong restart", jpeg([*head, (0xDD, b"\0"), (_SCAN, scan)]), ("fits", *REFUSED))


def _colours() -> Iterator[Specimen]:
    ink = segments(whole()["jpeg-cmyk"])
    for transform in (0, 1, 2, 9, 255):
        adobe = b"Adobe\0\x64\0\0\0\0" + bytes((transform,))
        parts = [(kind, content) for kind, content in ink if kind != _ADOBE]
        yield Specimen(f"jpeg-cmyk by Adobe's transform {transform}", jpeg([(_ADOBE, adobe), *parts]), FITS)
        usual = segments(whole()["jpeg"])
        yield Specimen(f"jpeg by Adobe's transform {transform}", jpeg([(_ADOBE, adobe), *usual]), FITS)
    yield Specimen("jpeg with a short Adobe segment", jpeg([(_ADOBE, b"Adobe"), *ink]))
    for name, profile in (("noise", b"\x01\x02" * 300), ("a head alone", _profile_head()), ("nothing", b"")):
        icc = (0xE2, b"ICC_PROFILE\0\1\1" + profile)
        yield Specimen(f"jpeg-cmyk with a profile of {name}", jpeg([icc, *ink]), FITS)
    wrong = [(0xE2, b"ICC_PROFILE\0" + numbers + b"x" * 200) for numbers in (b"\0\0", b"\7\2", b"\1\3")]
    yield Specimen("jpeg with profile parts out of number", jpeg([*wrong, *ink]), FITS)
    yield Specimen("jpeg with a profile part cut off", jpeg([(0xE2, b"ICC_PROFILE\0"), *ink]))


def _profile_head() -> bytes:
    """A profile's first 128 bytes that claim four gigabytes of tags."""
    head = b"\xff\xff\xff\xff" + b"lcms" + b"\x04\x30\0\0" + b"prtrCMYKLab " + bytes(12) + b"acsp" + bytes(88)
    return head + b"\xff\xff\xff\xff"


def _exifs() -> Iterator[tuple[str, bytes]]:
    """EXIF that loops, ends early, is deep, or is no EXIF at all."""
    start = b"Exif\0\0II*\0"
    first = struct.pack("<I", 8)
    turned = entry(0x0112, 3, 1, 6)
    yield "EXIF of nothing", b"Exif\0\0"
    yield "EXIF without a directory", start + struct.pack("<I", 60_000)
    yield "EXIF of a directory that is cut", start + first + b"\xff\xff" + turned
    yield "EXIF that follows itself", start + first + directory(turned, following=8)
    for tag, name in ((0x8769, "itself"), (0x8825, "itself as a place"), (0xA005, "itself as a right")):
        yield f"EXIF inside {name}", start + first + directory(entry(tag, 4, 1, 8))
    deep = b"".join(directory(entry(0x8769, 4, 1, 8 + 18 * (number + 1))) for number in range(3000))
    yield "EXIF 3000 deep", start + first + deep
    yield "EXIF of 5000 entries", start + first + directory(*[turned] * 5000)
    for kind in (0, 2, 5, 7, 10, 12, 13, 99):
        yield f"a turn of type {kind}", start + first + directory(entry(0x0112, kind, 1, 6)) + bytes(20)
    for count in (0, 2, 60_000, 2**32 - 1):
        yield f"{count} turns", start + first + directory(entry(0x0112, 3, count, 6)) + bytes(20)
    for turn in (0, 9, 255, 65_535):
        yield f"a turn of {turn}", start + first + directory(entry(0x0112, 3, 1, turn))
    yield "EXIF of the other order", b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    yield "EXIF of no order", b"Exif\0\0XX*\0\x08\0\0\0"
    yield "EXIF in wide numbers", b"Exif\0\0II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"
    yield "fractions over zero", start + first + directory(entry(0x011A, 5, 1, 26)) + bytes(8)
    yield "a maker's note of 60 KB", start + first + directory(entry(0x927C, 7, 60_000, 26)) + bytes(60_000)
    yield "XMP that is cut off", b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:RDF tiff:Orientation='6'"
    yield "XMP that turns by words", b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="six"/>'


def _several() -> Iterator[Specimen]:
    """Camera files that say where further pictures are, and lie."""
    usual = segments(whole()["jpeg"])
    head = b"MPF\0II*\0\x08\0\0\0"
    for name, entries in {
        "no directory": [],
        "no count": [entry(0xB000, 7, 4, 0x30303130), entry(0xB002, 7, 32, 50)],
        "4000000000 pictures": [entry(0xB001, 4, 1, 4_000_000_000), entry(0xB002, 7, 32, 50)],
        "pictures nowhere": [entry(0xB001, 4, 1, 2), entry(0xB002, 7, 32, 60_000)],
        "pictures before the file": [entry(0xB001, 4, 1, 2), entry(0xB002, 7, 32, 50)],
    }.items():
        content = head + directory(*entries) + b"\xff" * 64
        yield Specimen(f"mpo with {name}", jpeg([(0xE2, content), *usual]))
    yield Specimen("mpo with a directory of noise", jpeg([(0xE2, b"MPF\0" + b"\xa5" * 90), *usual]))

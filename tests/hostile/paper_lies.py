"""PDF files that are wrong, and files in boxes (HEIF, AVIF) that are."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from PIL import Image

from hostile.specimen import ANY, FITS, REFUSED, Specimen
from papers import Sheet, mark, pdf, words, written
from pictures import encoded, photograph

LOCKED = ("locked", "damaged")


def paper_lies() -> Iterator[Specimen]:
    """One wrong thing in each file."""
    yield from _pages()
    yield from _objects()
    yield from _boxes()


def _pages() -> Iterator[Specimen]:
    yield Specimen("pdf of 5000 pages", pdf(*[Sheet(content=mark(9, 9, 9))] * 5_000), FITS)
    for side in (0, 0.0001, 1, 14_400, 1e9, -500):
        yield Specimen(f"pdf of {side} points", pdf(Sheet(side, side, mark(0, 0, 1, side))), (*FITS, *REFUSED))
    yield Specimen("pdf of no pages", pdf(), REFUSED)
    bare = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    yield Specimen("pdf of a catalogue alone", bare, REFUSED)
    yield Specimen("pdf of a strip", pdf(Sheet(20, 14_000)), FITS)
    yield Specimen("pdf of many letters", pdf(Sheet(content=words("x" * 100_000))), FITS)
    yield Specimen("pdf of many squares", pdf(Sheet(content=mark(1, 1, 1) * 20_000)), FITS)
    tree = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] >>"]
    yield Specimen("pdf whose pages are themselves", written(tree), (*FITS, *REFUSED))
    counted = pdf(Sheet()).replace(b"/Count 1", b"/Count 2147483647")
    yield Specimen("pdf that counts wrong", counted, (*FITS, *REFUSED, "no_such_page"))
    keys = "/O <" + "41" * 32 + "> /U <" + "42" * 32 + ">"
    for version, revision in ((1, 2), (2, 3), (4, 4), (5, 6), (99, 99)):
        lock = f"/Encrypt << /Filter /Standard /V {version} /R {revision} /Length 128 {keys} /P -4 >> /ID [<00> <00>]"
        yield Specimen(f"pdf locked by way {version}", pdf(Sheet(), trailer=lock), LOCKED)


def _objects() -> Iterator[Specimen]:
    whole = pdf(Sheet(content=mark(100, 100, 200), scan=photograph(300, 400)))
    yield Specimen("pdf as it is", whole, FITS)
    for part in range(1, 10):
        yield Specimen(f"pdf cut off at {part} tenths", whole[: len(whole) * part // 10], ANY)
    for size in (b"60000", b"2147483647", b"-1", b"0"):
        told = whole.replace(b"/Width 300 /Height 400", b"/Width " + size + b" /Height " + size)
        yield Specimen(f"pdf with a scan of {size.decode()} pixels", told, ANY)
    yield Specimen("pdf whose stream is longer than the file", whole.replace(b"/Length", b"/Length 99999999 %"), ANY)
    yield Specimen("pdf without a table", whole[: whole.rindex(b"xref")], ANY)
    yield Specimen("pdf behind a page of text", b"x" * 900 + whole, ANY)
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /A 1 0 R >> >> /Length 5 >>"
    turning = pdf(Sheet(content="/A Do", more="/Resources << /XObject << /A 1 0 R >> >>"))
    yield Specimen("pdf that draws its catalogue", turning + form, ANY)


def _boxes() -> Iterator[Specimen]:
    picture = photograph(160, 120)
    for kind in ("HEIF", "AVIF"):
        whole = encoded(picture, kind)
        name = kind.lower()
        yield Specimen(f"{name} to begin with", whole, FITS)
        for part in range(1, 10):
            yield Specimen(f"{name} cut off at {part} tenths", whole[: len(whole) * part // 10], ANY)
        for width, height in ((60_000, 60_000), (2**31 - 1, 2**31 - 1), (0, 0), (2**32 - 1, 1)):
            size = struct.pack(">II", 160, 120)
            told = whole.replace(b"ispe\0\0\0\0" + size, b"ispe\0\0\0\0" + struct.pack(">II", width, height))
            yield Specimen(f"{name} that says {width} x {height}", told, ANY)
        for place in range(40, min(len(whole), 400), 12):
            damaged = whole[:place] + b"\xff\xff\xff\xff" + whole[place + 4 :]
            yield Specimen(f"{name} damaged at {place}", damaged, ANY)
    burst = encoded(picture, "HEIF", save_all=True, append_images=[Image.new("RGB", (160, 120))] * 3)
    yield Specimen("heif of several pictures", burst, FITS)
    yield Specimen("heif of no picture", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x08mdat" * 20, REFUSED)
    yield Specimen("boxes of no kind", b"\0\0\0\x18ftypzzzz" + bytes(200), REFUSED)
    yield Specimen("boxes of a film", b"\0\0\0\x18ftypmp42" + bytes(200), REFUSED)

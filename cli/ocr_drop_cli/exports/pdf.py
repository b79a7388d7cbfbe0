"""A searchable PDF: the image as it is seen, and the text over it, unseen, where each line stands, at any angle.

The text is never drawn, so its font has one shape, a box. Each letter has a number of its own in the file, and a table
says which letter that is; so any script can be searched and copied.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Mapping

from PIL import Image

from ocr_drop import images
from ocr_drop_cli.exports.font import ASCENT, DESCENT, UNITS, box_font
from ocr_drop_cli.exports.model import Document, Line, Page

_DPI = 200.0
"""For pictures of which nobody says how large they are on paper."""

_LONGEST = 14_000.0
"""Points: no reader takes longer pages."""

_MOST_BYTES = 8_000_000
_BASELINE = 0.8


def written(document: Document, file: bytes) -> bytes:
    """The document as PDF, on its image's pages."""
    numbers = _numbers(document)
    shapes = _stream((0).to_bytes(2) + (1).to_bytes(2) * len(numbers), compress=True)
    objects = [b"", b"", _font(), _letters(), _table(numbers), _stream(box_font(), compress=True), shapes]
    kids = []
    for page in document.pages:
        objects.append(_picture(file, page.number))
        objects.append(_stream(_content(page, numbers), compress=True))
        objects.append(_page(page, len(objects) - 1))
        kids.append(len(objects))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] >>".encode()
    return _file(objects)


def _numbers(document: Document) -> dict[str, int]:
    """The number of each letter in this file."""
    letters = sorted({letter for page in document.pages for line in page.lines for letter in line.text})
    return {letter: number for number, letter in enumerate(letters[:65_000], start=1)}


def _scale(page: Page) -> float:
    return min(72 / _DPI, _LONGEST / max(page.width, page.height))


def _content(page: Page, numbers: Mapping[str, int]) -> bytes:
    scale = _scale(page)
    picture = f"q {page.width * scale:.2f} 0 0 {page.height * scale:.2f} 0 0 cm /I Do Q"
    lines = [_line(line, page, scale, numbers) for line in page.lines if line.text]
    return "\n".join([picture, "BT 3 Tr", *lines, "ET"]).encode()


def _line(line: Line, page: Page, scale: float, numbers: Mapping[str, int]) -> str:
    """A line with its letters stretched from end to end."""
    frame = line.frame
    (ax, ay), (dx, dy) = frame.along, frame.down
    letter = len(line.text) * frame.height  # how long the line would be with letters as wide as they are high
    ux, uy, vx, vy = ax / letter, ay / letter, dx / frame.height, dy / frame.height
    x, y = frame.corner[0] + _BASELINE * dx, frame.corner[1] + _BASELINE * dy
    size = frame.height * scale
    matrix = f"{ux:.4f} {-uy:.4f} {-vx:.4f} {vy:.4f} {x * scale:.2f} {(page.height - y) * scale:.2f}"
    codes = "".join(f"{numbers.get(letter, 0):04X}" for letter in line.text)
    return f"/F {size:.2f} Tf {matrix} Tm <{codes}> Tj"


def _page(page: Page, picture: int) -> bytes:
    scale = _scale(page)
    box = f"/MediaBox [0 0 {page.width * scale:.2f} {page.height * scale:.2f}]"
    resources = f"/Resources << /Font << /F 3 0 R >> /XObject << /I {picture} 0 R >> >>"
    return f"<< /Type /Page /Parent 2 0 R {box} {resources} /Contents {picture + 1} 0 R >>".encode()


def _font() -> bytes:
    kind = "/Type /Font /Subtype /Type0 /BaseFont /Unseen /Encoding /Identity-H"
    return f"<< {kind} /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>".encode()


def _letters() -> bytes:
    """All letters are as wide as they are high."""
    about = (
        f"<< /Type /FontDescriptor /FontName /Unseen /Flags 4 /FontBBox [0 {DESCENT} {UNITS} {ASCENT}] /ItalicAngle 0"
        f" /Ascent {ASCENT} /Descent {DESCENT} /CapHeight {ASCENT} /StemV 80 /FontFile2 6 0 R >>"
    )
    system = "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    kind = "/Type /Font /Subtype /CIDFontType2 /BaseFont /Unseen /CIDToGIDMap 7 0 R /DW 1000"
    return f"<< {kind} {system} /FontDescriptor {about} >>".encode()


def _table(numbers: Mapping[str, int]) -> bytes:
    """Which letter each number is."""
    rows = [f"<{number:04X}> <{_utf16(letter)}>" for letter, number in numbers.items()]
    blocks = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    told = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    text = f"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Letters def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
{told}
endcmap CMapName currentdict /CMap defineresource pop end end"""
    return _stream(text.encode(), compress=True)


def _utf16(letter: str) -> str:
    return letter.encode("utf-16-be", "replace").hex().upper()


def _picture(file: bytes, page: int) -> bytes:
    """The page's picture: a JPEG as it is where it can be, else its pixels."""
    fitted = images.fit(file, page=page, max_bytes=_MOST_BYTES)
    with Image.open(io.BytesIO(fitted.data)) as image:
        size = f"/Width {image.width} /Height {image.height} /BitsPerComponent 8"
        if image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB"):
            return _stream(fitted.data, f"{_image(image.mode)} {size} /Filter /DCTDecode")
        plain = image.convert("L" if image.mode in ("1", "L") else "RGB")
        return _stream(plain.tobytes(), f"{_image(plain.mode)} {size}", compress=True)


def _image(mode: str) -> str:
    space = "/DeviceGray" if mode == "L" else "/DeviceRGB"
    return f"/Type /XObject /Subtype /Image /ColorSpace {space}"


def _stream(data: bytes, head: str = "", *, compress: bool = False) -> bytes:
    if compress:
        data, head = zlib.compress(data), f"{head} /Filter /FlateDecode"
    return f"<< {head} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _file(objects: Iterable[bytes]) -> bytes:
    """Objects as a file; the first is the catalogue."""
    file, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(file)
    file += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    file += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    file += f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(file)

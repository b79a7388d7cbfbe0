"""PDF files made for tests: pages of any size, with a mark, text or a scan on them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Sheet:
    """A page of a PDF: its size in points, what is drawn on it, and a JPEG that covers all of it."""

    width: float = 595
    height: float = 842
    content: str = ""
    scan: Image.Image | None = None
    more: str = ""


def mark(x: float, y: float, side: float, height: float = 842) -> str:
    """A black square, its top left corner `x` points from the left and `y` from the top of a page of this height."""
    return f"0 g {x} {height - y - side} {side} {side} re f"


def words(text: str, size: float = 12) -> str:
    """Text that needs no recognition."""
    return f"BT /F1 {size} Tf 72 700 Td ({text}) Tj ET"


def pdf(*sheets: Sheet, trailer: str = "") -> bytes:
    """A PDF of these pages."""
    objects: list[bytes] = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = [_add_page(objects, sheet) for sheet in sheets]
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] >>".encode()
    return written(objects, trailer)


def _add_page(objects: list[bytes], sheet: Sheet) -> int:
    content, resources = sheet.content, "/Font << /F1 3 0 R >>"
    if sheet.scan is not None:
        file = io.BytesIO()
        sheet.scan.save(file, "JPEG", quality=90)
        space = {"L": "/DeviceGray", "CMYK": "/DeviceCMYK"}.get(sheet.scan.mode, "/DeviceRGB")
        head = (
            f"/Type /XObject /Subtype /Image /Width {sheet.scan.width} /Height {sheet.scan.height} /ColorSpace {space}"
        )
        objects.append(_stream(file.getvalue(), f"{head} /BitsPerComponent 8 /Filter /DCTDecode"))
        resources += f" /XObject << /I1 {len(objects)} 0 R >>"
        content = f"q {sheet.width} 0 0 {sheet.height} 0 0 cm /I1 Do Q {content}"
    objects.append(_stream(content.encode()))
    box = f"/MediaBox [0 0 {sheet.width} {sheet.height}]"
    page = (
        f"<< /Type /Page /Parent 2 0 R {box} /Resources << {resources} >> /Contents {len(objects)} 0 R {sheet.more} >>"
    )
    objects.append(page.encode())
    return len(objects)


def _stream(data: bytes, head: str = "") -> bytes:
    return f"<< {head} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def written(objects: Sequence[bytes], trailer: str = "") -> bytes:
    """Objects as a file; the first is the catalogue."""
    file, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(file)
    file += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    file += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    file += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(file)

"""ALTO 4: the XML of libraries and archives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ocr_drop_cli.exports.markup import quoted
from ocr_drop_cli.exports.model import Document, Line, Page

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-4.xsd">
<Description>
<MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>{file}</fileName></sourceImageInformation>
</Description>
<Layout>
"""


def written(document: Document, _: bytes) -> bytes:
    """The document as ALTO."""
    file = quoted(document.key)[1:-1].replace("'", "&apos;")
    parts = [_HEAD.format(file=file)]
    for page in document.pages:
        parts += _page(page)
    return "".join([*parts, "</Layout>\n</alto>\n"]).encode()


def _page(page: Page) -> Iterator[str]:
    size = f'WIDTH="{page.width}" HEIGHT="{page.height}"'
    yield f'<Page ID="page_{page.number}" PHYSICAL_IMG_NR="{page.number}" {size}>\n'
    yield f'<PrintSpace HPOS="0" VPOS="0" {size}>\n'
    for count, lines in enumerate(page.paragraphs(), start=1):
        name = f"{page.number}_{count}"
        yield f'<TextBlock ID="block_{name}" {_around(lines)}>\n'
        for number, line in enumerate(lines, start=1):
            yield from _line(line, f"{name}_{number}")
        yield "</TextBlock>\n"
    yield "</PrintSpace>\n</Page>\n"


def _line(line: Line, name: str) -> Iterator[str]:
    points = " ".join(f"{x:g},{y:g}" for x, y in line.polygon)
    yield f'<TextLine ID="line_{name}" {_around([line])}><Shape><Polygon POINTS="{points}"/></Shape>'
    words = list(line.words()) or [("", line)]
    for count, (word, part) in enumerate(words, start=1):
        yield "<SP/>" if count > 1 else ""
        yield f'<String ID="word_{name}_{count}" CONTENT={quoted(word)} {_around([part])}/>'
    yield "</TextLine>\n"


def _around(lines: Sequence[Line]) -> str:
    boxes = [line.box for line in lines]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return f'HPOS="{left:g}" VPOS="{top:g}" WIDTH="{right - left:g}" HEIGHT="{bottom - top:g}"'

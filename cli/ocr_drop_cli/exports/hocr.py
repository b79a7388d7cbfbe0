"""hOCR 1.2: a page of XHTML that says where each paragraph, line and word stands."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from ocr_drop_cli.exports.markup import allowed, quoted
from ocr_drop_cli.exports.model import Document, Line, Page

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="zh">
<head>
<title>{title}</title>
<meta name="ocr-system" content="ocr-drop"/>
<meta name="ocr-capabilities" content="ocr_page ocr_par ocr_line ocrx_word"/>
</head>
<body>
"""


def written(document: Document, _: bytes) -> bytes:
    """The document as hOCR."""
    parts = [_HEAD.format(title=escape(allowed(document.key)))]
    for page in document.pages:
        parts += _page(page, document.key)
    return "".join([*parts, "</body>\n</html>\n"]).encode()


def _page(page: Page, key: str) -> Iterator[str]:
    size = f"bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}"
    named = allowed(key).replace('"', "'")
    yield f'<div class="ocr_page" id="page_{page.number}" title={quoted(f"image {named}; {size}")}>\n'
    for count, lines in enumerate(page.paragraphs(), start=1):
        yield f'<p class="ocr_par" id="par_{page.number}_{count}">\n'
        for number, line in enumerate(lines, start=1):
            yield _line(line, f"{page.number}_{count}_{number}")
        yield "</p>\n"
    yield "</div>\n"


def _line(line: Line, name: str) -> str:
    polygon = " ".join(f"{round(value)}" for corner in line.polygon for value in corner)
    words = " ".join(
        f'<span class="ocrx_word" id="word_{name}_{count}" title="{_box(part)}">{escape(allowed(word))}</span>'
        for count, (word, part) in enumerate(line.words(), start=1)
    )
    return f'<span class="ocr_line" id="line_{name}" title="{_box(line)}; poly {polygon}">{words}</span>\n'


def _box(line: Line) -> str:
    return "bbox " + " ".join(str(max(0, round(side))) for side in line.box)

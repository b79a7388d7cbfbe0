"""CSV and JSON Lines: a row a line of text, all documents in one file."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from ocr_drop_cli.exports.model import Document

_COLUMNS = (
    "key",
    "status",
    "page",
    "line",
    "paragraph",
    "text",
    "x",
    "y",
    "width",
    "height",
    "polygon",
    "code",
    "message",
)
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]*%?")


def csv_head() -> bytes:
    """The names of the columns, behind the mark by which Excel knows UTF-8."""
    return b"\xef\xbb\xbf" + _row(_COLUMNS)


def csv_rows(document: Document, _: bytes) -> bytes:
    """The rows of a document; one that failed has one row with its reason."""
    if document.failure:
        why = document.failure
        return _row((document.key, "failed", "", "", "", "", "", "", "", "", "", why["code"], why["message"]))
    rows = []
    for page in document.pages:
        for number, line in enumerate(page.lines, start=1):
            left, top, right, bottom = line.box
            polygon = " ".join(f"{x:g},{y:g}" for x, y in line.polygon)
            place = (f"{left:g}", f"{top:g}", f"{right - left:g}", f"{bottom - top:g}", polygon)
            named = (document.key, "recognized", page.number, number, line.paragraph, line.text)
            rows.append(_row((*named, *place, "", "")))
    return b"".join(rows)


def _row(values: tuple[Any, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(["" if value is None else _harmless(str(value)) for value in values])
    return out.getvalue().encode()


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: what begins like one and is no number gets a quote before it."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text and not _NUMBER.fullmatch(text) else text


def json_lines(document: Document, _: bytes) -> bytes:
    """An object a line; one that failed has one with its reason."""
    if document.failure:
        return _object({"key": document.key, "status": "failed", "failure": dict(document.failure)})
    return b"".join(
        _object(
            {
                "key": document.key,
                "status": "recognized",
                "page": page.number,
                "line": number,
                "paragraph": line.paragraph,
                "text": line.text,
                "polygon": line.polygon,
            }
        )
        for page in document.pages
        for number, line in enumerate(page.lines, start=1)
    )


def _object(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace") + b"\n"

"""Answer and transform become the document that is written. Pure: no clock, no AWS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from ocr_drop import seams
from ocr_drop.errors import OcrDropError
from ocr_drop.geometry import Point, Polygon, Transform, bounding_box, from_corrected
from ocr_drop.model import (
    Answer,
    Detection,
    Failure,
    Fit,
    Part,
    ReadPart,
    Recognition,
    SentImage,
    Source,
    Upload,
)
from ocr_drop.pages import Document, Page, PlacedLine

SCHEMA = "ocr-drop/document/1"


def build(upload: Upload, source: Source, parts: Sequence[ReadPart], *, endpoint: str, at: str) -> Document:
    """The document of an upload whose parts have all ended, in pixels of the original as displayed."""
    pages = tuple(_page(number, tuple(read)) for number, read in groupby(parts, key=lambda read: read.part.page))
    first = next(recognition for page in pages for _, recognition in page.recognitions)
    return Document(
        upload=upload,
        source=source,
        pages=pages,
        endpoint=endpoint,
        request_id=first.request_id,
        verify_id=first.answer.verify_id,
        at=at,
    )


def fail(upload: Upload, source: Source | None, error: OcrDropError, *, endpoint: str, at: str) -> Document:
    """The document of an upload that ended as failed, with the reason and no pages."""
    return Document(
        upload=upload,
        source=source,
        pages=(),
        endpoint=endpoint,
        request_id=None,
        verify_id=None,
        at=at,
        failure=Failure(error.kind, error.code, error.message),
    )


def as_json(document: Document) -> dict[str, Any]:
    """The document in its written form, `ocr-drop/document/1` (events/out has its JSON Schema)."""
    failure = document.failure
    tells_calls = sum(len(page.parts) for page in document.pages) > 1
    written: dict[str, Any] = {
        "schema": SCHEMA,
        "status": document.status,
        "source": _source(document.upload, document.source),
        "pages": [_page_as_json(page, tells_calls=tells_calls) for page in document.pages],
        "text": document.text,
        "ocr": {
            "endpoint": document.endpoint,
            "requestId": document.request_id,
            "verifyId": document.verify_id,
        },
        "recognizedAt": document.at,
    }
    if failure:
        written["failure"] = _failure(failure)
    return written


def raw(document: Document) -> bytes:
    """What the OCR API answered, verbatim: the answer of the one call, or a JSON list of all of them in order."""
    answers = [recognition.answer.raw for page in document.pages for _, recognition in page.recognitions]
    return answers[0] if len(answers) == 1 else b"[" + b",\n".join(answers) + b"]"


def _page(number: int, parts: tuple[ReadPart, ...]) -> Page:
    page = Page(number, parts, (), ())
    lines: list[list[PlacedLine]] = []
    warnings: list[str] = []
    for _, found in page.recognitions:
        placed, lost = _lines(found)
        lines.append(placed)
        warnings += found.fit.warnings
        if lost:
            warnings.append(f"the place of {lost} lines is not known: the whole page stands for it")
    warnings += [f"not read: {read.found.message}" for read in parts if isinstance(read.found, Failure)]
    return Page(number, parts, seams.merged(lines), tuple(dict.fromkeys(warnings)))


def _lines(found: Recognition) -> tuple[list[PlacedLine], int]:
    """The lines of a recognition on their page, and how many of them have no place of their own."""
    fit, answer = found.fit, found.answer
    placed = [(line, _placed(line, answer, fit)) for line in answer.detections]
    whole = _whole(fit.source.width, fit.source.height)
    lost = sum(polygon is None for _, polygon in placed)
    return [PlacedLine(line.text, line.paragraph, polygon or whole) for line, polygon in placed], lost


def _placed(line: Detection, answer: Answer, fit: Fit) -> Polygon | None:
    """A line's corners in the original: from its polygon, or from its box in the turned image, or None."""
    corners = line.polygon if line.polygon and len(line.polygon) == 4 else _from_item(line, answer.angle, fit.sent)
    if corners is None or not all(math.isfinite(value) for corner in corners for value in corner):
        return None
    return _mapped(corners, fit.transform)


def _from_item(line: Detection, angle: float, sent: SentImage) -> tuple[Point, ...] | None:
    if line.item is None:
        return None
    left, top = line.item.x, line.item.y
    right, bottom = left + line.item.width, top + line.item.height
    corners = (Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom))
    return tuple(from_corrected(corner, angle, sent.width, sent.height) for corner in corners)


def _mapped(corners: tuple[Point, ...], transform: Transform) -> Polygon:
    first, second, third, fourth = (transform(corner) for corner in corners)
    return (first, second, third, fourth)


def _whole(width: int, height: int) -> Polygon:
    return (Point(0, 0), Point(width, 0), Point(width, height), Point(0, height))


def _source(upload: Upload, source: Source | None) -> dict[str, Any]:
    return {
        "bucket": upload.bucket,
        "key": upload.key,
        "versionId": source.version_id if source else upload.version_id,
        "eTag": source.e_tag if source else upload.e_tag,
        "size": source.size if source else upload.size,
        "sha256": source.sha256 if source else None,
        "contentType": source.content_type if source else None,
    }


def _page_as_json(page: Page, *, tells_calls: bool) -> dict[str, Any]:
    found = page.recognitions
    first = found[0][1] if found else None
    written = {
        "page": page.page,
        "width": first.fit.source.width if first else 0,
        "height": first.fit.source.height if first else 0,
        "angle": first.answer.angle if first else 0.0,
        "sent": _sent(first.fit) if first else None,
        "lines": [_line_as_json(line) for line in page.lines],
        "warnings": list(page.warnings),
    }
    if tells_calls:
        written["calls"] = [_call(part, recognition) for part, recognition in found]
    if page.failure:
        written["failure"] = _failure(page.failure)
    return written


def _call(part: Part, recognition: Recognition) -> dict[str, Any]:
    """One of the several calls that a document took; `area` is null where it read the whole page."""
    return {
        "area": part.area and asdict(part.area),
        "sent": _sent(recognition.fit),
        "requestId": recognition.request_id,
        "verifyId": recognition.answer.verify_id,
    }


def _sent(fit: Fit) -> dict[str, Any]:
    return {**asdict(fit.sent), "transform": list(fit.transform.coefficients())}


def _failure(failure: Failure) -> dict[str, str]:
    return {"kind": failure.kind, "code": failure.code, "message": failure.message}


def _line_as_json(line: PlacedLine) -> dict[str, Any]:
    polygon = [[_tenth(x), _tenth(y)] for x, y in line.polygon]
    x, y, width, height = bounding_box(line.polygon)
    return {
        "text": line.text,
        "paragraph": line.paragraph,
        "polygon": polygon,
        "box": {"x": _tenth(x), "y": _tenth(y), "width": _tenth(width), "height": _tenth(height)},
    }


def _tenth(value: float) -> float:
    """Rounded to 0.1; adding zero turns -0.0 into 0.0."""
    return round(float(value), 1) + 0.0

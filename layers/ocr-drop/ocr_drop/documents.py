"""Answer and transform become the document that is written. Pure: no clock, no AWS."""

from __future__ import annotations

import math
from typing import Any

from ocr_drop.errors import OcrDropError
from ocr_drop.geometry import Point, Polygon, Transform, bounding_box, from_corrected
from ocr_drop.model import (
    Answer,
    Detection,
    Document,
    Failure,
    Fit,
    Page,
    PlacedLine,
    Recognition,
    SentImage,
    Source,
    Upload,
)

SCHEMA = "ocr-drop/document/1"


def build(upload: Upload, source: Source, recognitions: list[Recognition], *, endpoint: str, at: str) -> Document:
    """The document of an upload whose pages have all been answered, in pixels of the original as displayed."""
    first = recognitions[0]
    return Document(
        upload=upload,
        source=source,
        pages=tuple(_page(number, found) for number, found in enumerate(recognitions, start=1)),
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
    written: dict[str, Any] = {
        "schema": SCHEMA,
        "status": document.status,
        "source": _source(document.upload, document.source),
        "pages": [_page_as_json(page) for page in document.pages],
        "text": document.text,
        "ocr": {
            "endpoint": document.endpoint,
            "requestId": document.request_id,
            "verifyId": document.verify_id,
        },
        "recognizedAt": document.at,
    }
    if failure:
        written["failure"] = {"kind": failure.kind, "code": failure.code, "message": failure.message}
    return written


def _page(number: int, found: Recognition) -> Page:
    fit, answer = found.fit, found.answer
    placed = [(line, _placed(line, answer, fit)) for line in answer.detections]
    lost = sum(polygon is None for _, polygon in placed)
    lines = tuple(
        PlacedLine(line.text, line.paragraph, polygon or _whole(fit.source.width, fit.source.height))
        for line, polygon in placed
    )
    warnings = fit.warnings + (
        (f"the place of {lost} lines is not known: the whole page stands for it",) if lost else ()
    )
    return Page(number, fit.source.width, fit.source.height, answer.angle, fit, lines, warnings)


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


def _page_as_json(page: Page) -> dict[str, Any]:
    sent = page.fit.sent
    return {
        "page": page.page,
        "width": page.width,
        "height": page.height,
        "angle": page.angle,
        "sent": {
            "width": sent.width,
            "height": sent.height,
            "bytes": sent.bytes,
            "format": sent.format,
            "quality": sent.quality,
            "transform": list(page.fit.transform.coefficients()),
        },
        "lines": [_line_as_json(line) for line in page.lines],
        "warnings": list(page.warnings),
    }


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

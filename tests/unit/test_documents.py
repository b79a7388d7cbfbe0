"""Answer and transform become a document in coordinates of the original as displayed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop import documents
from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Point, Transform, from_corrected
from ocr_drop.model import (
    Answer,
    Detection,
    Fit,
    ItemBox,
    Part,
    ReadPart,
    Recognition,
    SentImage,
    Source,
    SourceImage,
    Upload,
)

UPLOAD = Upload("uploads", "收据.jpg", "v1", "e", "0A", 7)
SOURCE = Source(b"", "ab" * 32, 7, "e", "v1", "image/jpeg")


def _document(*detections: Detection, angle: float = 0.0, scale: float = 2.0) -> dict:
    sent = SentImage("JPEG", 600, 800, 1000, 80)
    source = SourceImage("JPEG", round(600 * scale), round(800 * scale), 7, 6)
    fit = Fit(source, sent, Transform.scale(scale, scale), ("small glyphs",))
    found = Recognition(Answer(b"{}", "verify", angle, detections), fit, "request")
    return documents.as_json(
        documents.build(
            UPLOAD, SOURCE, [ReadPart(Part(), found)], endpoint="https://ocr.example", at="2026-11-24T00:00:00.000Z"
        )
    )


CORNERS = (Point(10, 20), Point(110, 20), Point(110, 40), Point(10, 40))


def test_a_polygon_is_mapped_to_the_original() -> None:
    """Each corner goes through the transform; the box is the upright one around them."""
    line = _document(Detection("甲", 3, CORNERS, None))["pages"][0]["lines"][0]
    assert line == {
        "text": "甲",
        "paragraph": 3,
        "polygon": [[20.0, 40.0], [220.0, 40.0], [220.0, 80.0], [20.0, 80.0]],
        "box": {"x": 20.0, "y": 40.0, "width": 200.0, "height": 40.0},
    }


@given(angle=st.floats(-180, 180), x=st.floats(0, 500), y=st.floats(0, 500))
def test_without_a_polygon_the_place_comes_from_the_turned_box(angle: float, x: float, y: float) -> None:
    """ItemPolygon lies in the image turned by the angle: it is turned back, corner by corner."""
    line = _document(Detection("甲", None, None, ItemBox(x, y, 80, 20)), angle=angle, scale=1.0)["pages"][0]["lines"][0]
    corners = [Point(x, y), Point(x + 80, y), Point(x + 80, y + 20), Point(x, y + 20)]
    expected = [from_corrected(corner, angle, 600, 800) for corner in corners]
    for found, wanted in zip(line["polygon"], expected, strict=True):
        assert math.dist(found, wanted) < 0.1


def test_a_line_without_any_place_keeps_its_text() -> None:
    """No text that was paid for is lost: the whole page stands for a place nobody knows, and a warning says so."""
    page = _document(Detection("甲", None, None, None))["pages"][0]
    assert page["lines"][0]["box"] == {"x": 0.0, "y": 0.0, "width": 1200.0, "height": 1600.0}
    assert "place of 1 lines" in page["warnings"][1]


def test_a_place_that_is_no_number_is_no_place() -> None:
    """Infinite coordinates never reach the document: JSON knows none."""
    corners = (Point(math.inf, 0), *CORNERS[1:])
    assert _document(Detection("甲", None, corners, None))["pages"][0]["lines"][0]["polygon"][2] == [1200.0, 1600.0]


def test_a_document_says_all_that_a_reader_needs() -> None:
    """Schema, source, pages with what was sent and how, text, the call, and when."""
    document = _document(Detection("甲", 1, CORNERS, None), Detection("乙", 1, CORNERS, None), angle=1.5)
    assert document["schema"] == "ocr-drop/document/1"
    assert document["status"] == "recognized"
    assert document["text"] == "甲\n乙"
    assert document["source"] == {
        "bucket": "uploads",
        "key": "收据.jpg",
        "versionId": "v1",
        "eTag": "e",
        "size": 7,
        "sha256": "ab" * 32,
        "contentType": "image/jpeg",
    }
    page = document["pages"][0]
    assert (page["page"], page["width"], page["height"], page["angle"]) == (1, 1200, 1600, 1.5)
    assert page["sent"] == {
        "width": 600,
        "height": 800,
        "bytes": 1000,
        "format": "JPEG",
        "quality": 80,
        "transform": [2.0, 0.0, 0.0, 2.0, 0.0, 0.0],
    }
    assert page["warnings"] == ["small glyphs"]
    assert document["ocr"] == {"endpoint": "https://ocr.example", "requestId": "request", "verifyId": "verify"}
    assert "failure" not in document


@pytest.mark.parametrize("source", [None, SOURCE])
def test_a_failed_document_has_a_reason_and_no_pages(source: Source | None) -> None:
    """kind, code and message say why; what is known of the source is there."""
    document = documents.as_json(
        documents.fail(UPLOAD, source, Unreadable("damaged", "cut off"), endpoint="https://ocr.example", at="now")
    )
    assert (document["status"], document["pages"], document["text"]) == ("failed", [], "")
    assert document["failure"] == {"kind": "bad_input", "code": "damaged", "message": "cut off"}
    assert document["source"]["sha256"] == (SOURCE.sha256 if source else None)
    assert document["ocr"] == {"endpoint": "https://ocr.example", "requestId": None, "verifyId": None}

"""Samples in events/ are true: what comes in is read, what goes out meets its schema, and a schema can fail."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from samtranslator.yaml_helper import yaml_parse

from ocr_drop import documents, index, notices
from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Point, Transform
from ocr_drop.model import Answer, Detection, Fit, Part, ReadPart, Recognition, SentImage, Source, SourceImage, Upload
from ocr_drop.pages import Document
from ocr_drop.uploads import read

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
KEYS = ["receipt.jpg", "a b.png", "1+1=2.png", "100%.png", "收据/发票 1+2.jpg", "😀.png"]
IN = {
    "s3-put.json": ["receipt.jpg"],
    "s3-several-records.json": KEYS,
    "sqs-s3-put.json": ["receipt.jpg"],
    "sqs-batch.json": KEYS,
    "eventbridge-put.json": ["receipt.jpg"],
    "sqs-eventbridge-put.json": ["收据/发票 1+2.jpg"],
    "sqs-test-event.json": [],
    "sqs-folder.json": [],
    "sqs-delete.json": [],
}


def _load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text())


def _valid(instance: Any, schema: str) -> None:
    validator = Draft202012Validator(_load(f"out/{schema}"), format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(instance)


def _messages(event: dict[str, Any]) -> list[Any]:
    records = event.get("Records", [])
    if records and records[0]["eventSource"] == "aws:sqs":
        return [record["body"] for record in records]
    return [event]


def test_every_sample_is_known_here() -> None:
    """No sample stands in the folder that no test looks at."""
    assert {path.name for path in (EVENTS / "in").iterdir()} == set(IN)


@pytest.mark.parametrize("name", IN)
def test_each_sample_tells_of_its_uploads(name: str) -> None:
    """Keys come out decoded; test events, folders and deletions tell of none."""
    uploads = [upload for message in _messages(_load(f"in/{name}")) for upload in read(message)]
    assert [upload.key for upload in uploads] == IN[name]


@pytest.mark.parametrize("name", [name for name in IN if name.startswith("sqs")])
def test_messages_carry_the_digest_of_their_body(name: str) -> None:
    """A sample message is as SQS makes it, to the digest."""
    for record in _load(f"in/{name}")["Records"]:
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()


def test_the_sample_upload_is_the_sample_image() -> None:
    """Whoever drops samples/receipt.jpg can hand over s3-put.json as it is."""
    thing = _load("in/s3-put.json")["Records"][0]["s3"]["object"]
    image = (ROOT / "samples" / "receipt.jpg").read_bytes()
    assert (thing["size"], thing["eTag"]) == (len(image), hashlib.md5(image).hexdigest())


SAMPLES = [
    ("out/document-recognized.json", "document-recognized.schema.json"),
    ("out/document-failed.json", "document-failed.schema.json"),
]


@pytest.mark.parametrize(("sample", "schema"), SAMPLES)
def test_announced_samples_meet_their_schema(sample: str, schema: str) -> None:
    """Envelope and detail are what EventBridge delivers."""
    event = _load(sample)
    assert event["source"] == notices.SOURCE
    assert event["detail-type"] == notices.DETAIL_TYPES[event["detail"]["status"]]
    _valid(event["detail"], schema)


@pytest.mark.parametrize(("sample", "schema"), SAMPLES)
def test_a_schema_misses_whatever_is_taken_away(sample: str, schema: str) -> None:
    """Each field of version 1 is required: taking one away is a breaking change, and caught."""
    detail = _load(sample)["detail"]
    for name in detail:
        broken = {key: value for key, value in detail.items() if key != name}
        with pytest.raises(ValidationError):
            _valid(broken, schema)


def test_the_sample_document_meets_its_schema_and_misses_nothing() -> None:
    """The document's schema knows each of its fields."""
    document = _load("out/document-recognized.sample.json")
    _valid(document, "document.schema.json")
    for name in document:
        broken = {key: value for key, value in document.items() if key != name}
        with pytest.raises(ValidationError):
            _valid(broken, "document.schema.json")
    failed = copy.deepcopy(document) | {"status": "failed"}
    with pytest.raises(ValidationError):
        _valid(failed, "document.schema.json")


def _document(*, failed: bool) -> Document:
    upload = Upload("uploads", "a b.jpg", None, "e", "0A", 7)
    if failed:
        return documents.fail(
            upload, None, Unreadable("empty", "x"), endpoint="https://ocr.example", at="2026-11-24T00:00:00.000Z"
        )
    source = Source(b"", "ab" * 32, 7, "e", None, None)
    fit = Fit(SourceImage("PNG", 9, 9, 7, 1), SentImage("PNG", 9, 9, 7, None), Transform())
    corners = (Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1))
    answer = Answer(b"{}", None, 0.0, (Detection("甲", None, corners, None),))
    found = [ReadPart(Part(), Recognition(answer, fit, "request"))]
    return documents.build(upload, source, found, endpoint="https://ocr.example", at="2026-11-24T00:00:00.000Z")


@pytest.mark.parametrize("failed", [False, True])
def test_what_the_code_says_meets_the_schemas(failed: bool) -> None:
    """Document and event as the pipeline makes them, with everything optional missing."""
    document = _document(failed=failed)
    told = documents.as_json(document)
    _valid(told, "document.schema.json")
    schema = "document-failed.schema.json" if failed else "document-recognized.schema.json"
    _valid(notices.detail({"bucket": "uploads", "key": "a b.jpg", **index.ended(told)}, "results"), schema)


def test_the_variables_for_sam_are_those_of_the_template() -> None:
    """`sam local invoke --env-vars` overrides only what the template declares."""
    declared = yaml_parse((ROOT / "template.yaml").read_text())["Globals"]["Function"]
    assert set(_load("env.json")["RecognizeFunction"]) <= set(declared["Environment"]["Variables"])

"""What a message says, in each form that S3's events come in."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop.errors import NotAnEvent
from ocr_drop.model import Upload
from ocr_drop.uploads import read

KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60) | st.sampled_from(
    ["a+b.jpg", "a b.jpg", "100%.png", "收据/发票 1+2.jpg", "😀.png", "a%2Bb.jpg"]
)


def record(key: str, **changes) -> dict:
    """A record as S3 sends it to SQS, Lambda and SNS."""
    thing = {"key": key, "size": 5, "eTag": "e", "versionId": "v", "sequencer": "00AB", **changes}
    event = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}
    return {**event, "s3": {"bucket": {"name": "uploads"}, "object": thing}}


@given(key=KEYS)
def test_keys_are_decoded_where_s3_encodes_them(key: str) -> None:
    """S3 URL-encodes keys in its own events, with + for a space; EventBridge sends them raw."""
    by_s3 = read(json.dumps({"Records": [record(quote_plus(key))]}))
    thing = {"key": key, "size": 5, "etag": "e", "version-id": "v", "sequencer": "00AB"}
    detail = {"bucket": {"name": "uploads"}, "object": thing}
    by_eventbridge = read({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})
    assert by_s3 == by_eventbridge == [Upload("uploads", key, "v", "e", "00AB", 5)]


def test_every_record_of_a_message_is_read() -> None:
    """A message may tell of several uploads, in their order."""
    uploads = read({"Records": [record("a"), record("b")]})
    assert [upload.key for upload in uploads] == ["a", "b"]


@pytest.mark.parametrize(
    "message",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "uploads"},
        {"Records": [record("folder/", size=0)]},
        {"Records": [{**record("a"), "eventName": "ObjectRemoved:Delete"}]},
        {"source": "aws.s3", "detail-type": "Object Deleted", "detail": {}},
    ],
)
def test_what_is_no_upload_is_passed_over(message: dict) -> None:
    """Test events, folders of the console and deletions are no uploads."""
    assert read(message) == []


def test_an_empty_file_is_an_upload() -> None:
    """Only a key that ends in a slash makes an empty object a folder."""
    assert [upload.size for upload in read({"Records": [record("empty.jpg", size=0)]})] == [0]


@pytest.mark.parametrize("version_id", [None, "null", ""])
def test_a_bucket_without_versions_gives_no_version(version_id: str | None) -> None:
    """`null` and nothing both mean that there is one version only."""
    assert read({"Records": [record("a", versionId=version_id)]})[0].version_id is None


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not json",
        "[]",
        "1",
        "{}",
        '{"Records": 1}',
        '{"Records": []}',
        '{"Records": [{"eventSource": "aws:s3"}]}',
        '{"Records": [1]}',
        '{"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}]}',
        '{"Records": [{"eventSource": "aws:sns"}]}',
        '{"source": "aws.s3", "detail-type": "Object Created"}',
        "[" * 100_000,
    ],
)
def test_garbage_is_named_as_such(message: str) -> None:
    """A message that is no event of S3 raises `NotAnEvent` and nothing else."""
    with pytest.raises(NotAnEvent):
        read(message)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_json_crashes_the_reading(message: object) -> None:
    """Any JSON either tells of uploads or is named as no event."""
    try:
        found = read(json.dumps(message))
    except NotAnEvent:
        return
    assert isinstance(found, list)

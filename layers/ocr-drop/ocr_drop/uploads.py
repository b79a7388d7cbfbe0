"""What a message says: the uploads that an S3 event tells of, in each of its three forms.

S3 itself and S3 through SQS send `{"Records": [{"eventSource": "aws:s3", ...}]}` with URL-encoded keys;
EventBridge sends `{"source": "aws.s3", "detail-type": "Object Created", "detail": {...}}` with raw ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from ocr_drop.errors import NotAnEvent
from ocr_drop.model import Upload


def read(message: str | Mapping[str, Any]) -> list[Upload]:
    """The uploads that a message tells of, none for test events, folders and deletions.

    Raises `NotAnEvent` for a message that is no event of S3 at all.
    """
    event = _parsed(message)
    if event.get("Event") == "s3:TestEvent":
        return []
    if event.get("source") == "aws.s3":
        return _kept([_from_eventbridge(event)]) if event.get("detail-type") == "Object Created" else []
    records = event.get("Records")
    if not isinstance(records, list) or not records:
        raise _not_an_event()
    return _kept([_from_s3(record) for record in records if _is_creation(record)])


def read_removed(message: str | Mapping[str, Any]) -> list[Upload]:
    """The objects that a message says were deleted, or hidden by a delete marker."""
    event = _parsed(message)
    if event.get("source") == "aws.s3":
        return [_from_eventbridge(event)] if event.get("detail-type") == "Object Deleted" else []
    records = event.get("Records") or []
    return [_from_s3(record) for record in records if _name(record).startswith("ObjectRemoved:")]


def write(upload: Upload) -> str:
    """The message that tells of an upload, in the form of S3's own: `read` gives the same upload again."""
    thing = {
        "key": quote_plus(upload.key),
        "size": upload.size,
        "eTag": upload.e_tag,
        "versionId": upload.version_id,
        "sequencer": upload.sequencer,
    }
    told = {name: value for name, value in thing.items() if value is not None}
    s3 = {"s3SchemaVersion": "1.0", "bucket": {"name": upload.bucket}, "object": told}
    return json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]})


def _parsed(message: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(message, str):
        try:
            message = json.loads(message)
        except (ValueError, RecursionError) as error:
            raise _not_an_event() from error
    if not isinstance(message, Mapping):
        raise _not_an_event()
    return message


def _not_an_event() -> NotAnEvent:
    return NotAnEvent("not_an_event", "the message is no event of S3")


def _is_creation(record: Any) -> bool:
    return _name(record).startswith("ObjectCreated:")


def _name(record: Any) -> str:
    """What happened to the object of a record."""
    if not isinstance(record, Mapping) or record.get("eventSource") != "aws:s3":
        raise _not_an_event()
    name = record.get("eventName")
    if not isinstance(name, str) or not name:
        raise _not_an_event()
    return name.removeprefix("s3:")


def _from_s3(record: Mapping[str, Any]) -> Upload:
    try:
        s3 = record["s3"]
        thing = s3["object"]
        return _upload(s3["bucket"]["name"], unquote_plus(thing["key"]), thing, "eTag", "versionId")
    except (KeyError, TypeError, AttributeError) as error:
        raise _not_an_event() from error


def _from_eventbridge(event: Mapping[str, Any]) -> Upload:
    try:
        detail = event["detail"]
        thing = detail["object"]
        return _upload(detail["bucket"]["name"], thing["key"], thing, "etag", "version-id")
    except (KeyError, TypeError, AttributeError) as error:
        raise _not_an_event() from error


def _upload(bucket: Any, key: Any, thing: Mapping[str, Any], e_tag: str, version_id: str) -> Upload:
    if not (isinstance(bucket, str) and bucket and isinstance(key, str) and key):
        raise _not_an_event()
    size = thing.get("size")
    return Upload(
        bucket=bucket,
        key=key,
        version_id=_optional(thing.get(version_id)),
        e_tag=_optional(thing.get(e_tag)),
        sequencer=_optional(thing.get("sequencer")),
        size=size if isinstance(size, int) else None,
    )


def _optional(value: Any) -> str | None:
    """A field as text; `null` is how a bucket without versioning names its only version."""
    return str(value).strip('"') if value and value != "null" else None


def _kept(uploads: list[Upload]) -> list[Upload]:
    return [upload for upload in uploads if not is_folder(upload)]


def is_folder(upload: Upload) -> bool:
    """The console makes a folder by putting an empty object whose key ends in a slash."""
    return upload.key.endswith("/") and not upload.size

"""EventBridge: what is announced of a document: a pointer and figures, never the text."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ocr_drop import aws
from ocr_drop.errors import TryLater
from ocr_drop.model import Document

SCHEMA = "ocr-drop/event/1"
SOURCE = "ocr-drop"
DETAIL_TYPES = {"recognized": "Document Recognized", "failed": "Document Failed"}

_NAMESPACE = uuid.UUID("5f0c7a3e-9d55-5b07-9a0f-0b3c4d2a6e11")


class Notices:
    """The stack's own event bus."""

    def __init__(self, client: Any, bus: str, results_bucket: str) -> None:
        self._client = client
        self._bus = bus
        self._results_bucket = results_bucket

    def announce(self, document: Document) -> None:
        """Announce how an upload ended, at least once and always with the same id."""
        entry = {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPES[document.status],
            "Detail": json.dumps(detail(document, self._results_bucket), ensure_ascii=False),
        }
        with aws.errors("announce the document"):
            answer = self._client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            code = answer["Entries"][0].get("ErrorCode", "unknown")
            raise TryLater("not_announced", f"EventBridge did not take the event ({code})")


def event_id(document: Document) -> str:
    """The same for each announcement of how one upload ended, so that consumers can leave out doubles."""
    upload = document.upload
    this = upload.version_id or upload.sequencer or upload.e_tag
    parts = (upload.bucket, upload.key, this, document.status)
    return str(uuid.uuid5(_NAMESPACE, json.dumps(parts)))


def detail(document: Document, results_bucket: str) -> dict[str, Any]:
    """The event's detail, `ocr-drop/event/1` (events/out has its JSON Schema)."""
    upload, source, failure = document.upload, document.source, document.failure
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "id": event_id(document),
        "bucket": upload.bucket,
        "key": upload.key,
        "versionId": source.version_id if source else upload.version_id,
        "eTag": source.e_tag if source else upload.e_tag,
        "sha256": source.sha256 if source else None,
        "status": document.status,
        "result": {"bucket": results_bucket, "key": f"{upload.key}.json", "textKey": f"{upload.key}.txt"},
        "recognizedAt": document.at,
    }
    if failure:
        return {**told, "kind": failure.kind, "code": failure.code, "message": failure.message}
    figures = {"pages": len(document.pages), "lines": document.lines}
    return {**told, **figures, "requestId": document.request_id, "verifyId": document.verify_id}

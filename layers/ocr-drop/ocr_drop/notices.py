"""EventBridge: what is announced of a document: a pointer and figures, never the text."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ocr_drop import aws
from ocr_drop.errors import TryLater
from ocr_drop.table import Item

SCHEMA = "ocr-drop/event/1"
SOURCE = "ocr-drop"
DETAIL_TYPES = {"recognized": "Document Recognized", "failed": "Document Failed"}

_FIGURES = ("pages", "lines", "requestId", "verifyId")
_NAMESPACE = uuid.UUID("5f0c7a3e-9d55-5b07-9a0f-0b3c4d2a6e11")


class Notices:
    """The stack's own event bus."""

    def __init__(self, client: Any, bus: str, results_bucket: str) -> None:
        self._client = client
        self._bus = bus
        self._results_bucket = results_bucket

    def announce(self, record: Item) -> None:
        """Announce how an upload ended, from its record: at least once and always with the same id."""
        entry = {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPES[record["status"]],
            "Detail": json.dumps(detail(record, self._results_bucket), ensure_ascii=False),
        }
        with aws.errors("announce the document"):
            answer = self._client.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            code = answer["Entries"][0].get("ErrorCode", "unknown")
            raise TryLater("not_announced", f"EventBridge did not take the event ({code})")


def event_id(record: Item) -> str:
    """The same for each announcement of how one upload ended, so that consumers can leave out doubles."""
    this = record.get("versionId") or record.get("sequencer") or record["eTag"]
    parts = (record["bucket"], record["key"], this, record["status"])
    return str(uuid.uuid5(_NAMESPACE, json.dumps(parts)))


def detail(record: Item, results_bucket: str) -> dict[str, Any]:
    """The event's detail, `ocr-drop/event/1` (events/out has its JSON Schema)."""
    key = record["key"]
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "id": event_id(record),
        "bucket": record["bucket"],
        "key": key,
        "versionId": record.get("versionId"),
        "eTag": record["eTag"] or None,
        "sha256": record.get("sha256"),
        "status": record["status"],
        "result": {"bucket": results_bucket, "key": f"{key}.json", "textKey": f"{key}.txt"},
        "recognizedAt": record["at"],
    }
    more = ("kind", "code", "message") if record["status"] == "failed" else _FIGURES
    return told | {name: record.get(name) for name in more}

"""The record of each upload, and the questions that the table answers with a query.

A record stands for the newest upload of a bucket and key: `waiting` (with why), `recognized` or `failed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ocr_drop.clock import iso
from ocr_drop.errors import OcrDropError, Superseded
from ocr_drop.model import Document, Upload
from ocr_drop.table import Conflict, Item, Table

_NEWER = "attribute_not_exists(pk) OR #order < :order OR (:order = :none AND #eTag <> :eTag)"
"""Some senders leave the sequencer out: then other bytes count as newer, the same bytes as a second delivery."""


class Index:
    """The records of one table. `clock` gives seconds since 1970."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock

    def begin(self, upload: Upload) -> Item:
        """Note that work on an upload begins; gives its record, whose `unfinished` counts beginnings without an end.

        A record that has ended comes back as it is: the upload was delivered twice.
        Raises `Superseded` when a newer upload of the key is known.
        """
        record = {
            **_key(upload),
            "status": "waiting",
            "bucket": upload.bucket,
            "key": upload.key,
            "versionId": upload.version_id,
            "eTag": upload.e_tag or "",
            "sequencer": upload.sequencer,
            "order": upload.order,
            "size": upload.size,
            "unfinished": 1,
            **self._moment(),
        }
        values = {"order": upload.order, "none": "", "eTag": record["eTag"]}
        try:
            self._table.put(record, condition=_NEWER, values=values)
        except Conflict as conflict:
            return self._begin_again(upload, conflict.item)
        return record

    def _begin_again(self, upload: Upload, found: Item) -> Item:
        if upload.sequencer and found["order"] != upload.order:
            raise Superseded
        if found["status"] != "waiting":
            return found
        unfinished = found.get("unfinished", 0) + 1
        self._change(replace(upload, sequencer=found.get("sequencer")), {"unfinished": unfinished}, "waiting")
        return {**found, "unfinished": unfinished}

    def wait(self, upload: Upload, why: OcrDropError, until: float) -> None:
        """Note that an upload waits until `until` (seconds since 1970), and why."""
        change = {
            "unfinished": 0,
            "kind": why.kind,
            "code": why.code,
            "message": why.message,
            "nextTry": iso(until),
            **self._moment(),
        }
        self._change(upload, change, "waiting")

    def give_back(self, upload: Upload) -> None:
        """Note that an upload was put back untried: this beginning does not count."""
        self._change(upload, {"unfinished": 0}, "waiting")

    def end(self, document: Document, event_id: str) -> None:
        """Write how an upload ended.

        Raises `Superseded` when a newer upload has taken the key over, or when this failure comes
        after a success of the same upload.
        """
        upload, source, failure = document.upload, document.source, document.failure
        change = {
            "status": document.status,
            "unfinished": 0,
            "sha256": source.sha256 if source else None,
            "size": source.size if source else upload.size,
            "pages": len(document.pages),
            "lines": document.lines,
            "requestId": document.request_id,
            "verifyId": document.verify_id,
            "eventId": event_id,
            "kind": failure.kind if failure else None,
            "code": failure.code if failure else None,
            "message": failure.message if failure else None,
            "nextTry": None,
            "at": document.at,
            "day": document.at[:10],
        }
        this, values = _this(upload)
        condition = this + (" AND #status <> :recognized" if failure else "")
        values |= {"recognized": "recognized"} if failure else {}
        try:
            self._table.update(**_key(upload), change=change, condition=condition, values=values)
        except Conflict:
            raise Superseded from None

    def _change(self, upload: Upload, change: Item, status: str) -> None:
        this, values = _this(upload)
        condition, values = f"{this} AND #status = :was", {**values, "was": status}
        try:
            self._table.update(**_key(upload), change=change, condition=condition, values=values)
        except Conflict:
            raise Superseded from None

    def _moment(self) -> dict[str, str]:
        now = iso(self._clock())
        return {"at": now, "day": now[:10]}

    def current(self, bucket: str, key: str) -> Item | None:
        """The record of the newest upload of a key."""
        return self._table.get(**_key(Upload(bucket, key)))

    def by_status(self, status: str, after: Mapping[str, Any] | None = None) -> tuple[list[Item], Any]:
        """Records of a status, newest first: a page, and where the next one begins."""
        return self._table.query("by-status", {"status": status}, after=after)

    def of_day(self, day: str, after: Mapping[str, Any] | None = None) -> tuple[list[Item], Any]:
        """Records of a day such as `2026-11-24` (UTC), newest first: a page, and where the next one begins."""
        return self._table.query("by-day", {"day": day}, after=after)

    def of_request(self, request_id: str) -> list[Item]:
        """The records and the ledger row of a call, by its requestId."""
        return self._table.query("by-request", {"requestId": request_id})[0]

    def of_verification(self, verify_id: str) -> list[Item]:
        """The records and the ledger row of a call, by the verifyId that the OCR API gave it."""
        return self._table.query("by-verify", {"verifyId": verify_id})[0]


def _key(upload: Upload) -> dict[str, str]:
    return {"pk": f"object#{upload.bucket}/{upload.key}", "sk": "record"}


def _this(upload: Upload) -> tuple[str, dict[str, str]]:
    """The condition that a record is this upload's, and its values: by sequencer, or without one by its bytes."""
    if upload.sequencer:
        return "#order = :mine", {"mine": upload.order}
    return "#eTag = :mine", {"mine": upload.e_tag or ""}

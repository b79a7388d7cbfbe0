"""The record of each upload, and the questions that the table answers with a query.

A record stands for the newest upload of a bucket and key: `waiting` (with why), `recognized` or `failed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ocr_drop.clock import iso
from ocr_drop.errors import Busy, InProgress, OcrDropError, Superseded, Unordered
from ocr_drop.model import Upload
from ocr_drop.table import Conflict, Item, Table
from ocr_drop.tallies import Tallies

_NEWER = (
    "attribute_not_exists(pk) OR (#order <> :none AND #order < :order)"
    " OR (:order = :none AND (#eTag <> :eTag OR #code = :gone))"
)
"""Without a sequencer other bytes count as newer, or any after the key was found deleted: the bucket was asked."""

_CURRENT = f"{_NEWER} OR #order = :none"
"""For an upload of which the bucket says that it is the current one, in the place of a record without a sequencer."""


class Index:
    """The records of one table. `clock` gives seconds since 1970."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._tallies = Tallies(table)
        self._clock = clock

    def begin(self, upload: Upload, busy_until: float, *, is_current: bool = False) -> Item:
        """Note that work on an upload begins and may last until `busy_until` (seconds since 1970).

        Gives its record, whose `unfinished` counts beginnings without an end. A record that has ended comes back
        as it is: the upload was delivered twice.
        Raises `Superseded` when a newer upload of the key is known, `InProgress` while another is at work on it, and
        `Unordered` when only the bucket can tell which is newer, unless `is_current` says that it was asked.
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
            "busyUntil": busy_until,
            **self._moment(),
        }
        values = {"order": upload.order, "none": "", "eTag": record["eTag"], "gone": "gone"}
        try:
            self._tallies.put(record, condition=_CURRENT if is_current else _NEWER, values=values)
        except Conflict as conflict:
            return self._begin_again(upload, conflict.item, busy_until)
        return record

    def _begin_again(self, upload: Upload, found: Item, busy_until: float) -> Item:
        if upload.sequencer and not found["order"] and not _is_same(upload, found):
            raise Unordered
        if upload.sequencer and found["order"] and found["order"] != upload.order:
            raise Superseded
        if found["status"] != "waiting":
            return found
        if is_in_progress(found, self._clock()):
            raise InProgress("in_progress", "another invocation is working on this upload")
        change = {"unfinished": found["unfinished"] + 1, "busyUntil": busy_until}
        this, values = _this(replace(upload, sequencer=found.get("sequencer")))
        condition = f"{this} AND #status = :was AND #unfinished = :found_unfinished"
        values |= {"was": "waiting", "found_unfinished": found["unfinished"]}
        try:
            self._table.update(**_key(upload), change=change, condition=condition, values=values)
        except Conflict:
            raise InProgress("in_progress", "another invocation has begun with this upload") from None
        return {**found, **change}

    def wait(self, upload: Upload, why: OcrDropError, until: float | None, *, parked: bool = False) -> None:
        """Note that an upload waits until `until` (seconds since 1970, None if nothing will wake it), and why.

        A `parked` one has no message in the queue any more: this record alone remembers it.
        """
        change = {
            "unfinished": self._crashes(upload) if isinstance(why, Busy) else 0,
            "busyUntil": None,
            "parked": True if parked else None,
            "kind": why.kind,
            "code": why.code,
            "message": why.message,
            "nextTry": None if until is None else iso(until),
            **self._moment(),
        }
        self._change_waiting(upload, change)

    def _crashes(self, upload: Upload) -> int:
        """The beginnings before this one: whoever only waits for another has shown nothing about the file."""
        record = self._table.get(**_key(upload)) or {}
        return max(int(record.get("unfinished", 0)) - 1, 0)

    def released(self, record: Item) -> None:
        """Note that a parked or lost upload was put into the queue again, for a try from now on.

        Raises `Superseded` when somebody has written the record since: what it says now stands.
        """
        change = {"parked": None, "nextTry": iso(self._clock())}
        values = {"was": "waiting", "seen": record["at"]}
        self._change(as_upload(record), change, "#status = :was AND #at = :seen", values)

    def reopen(self, record: Item, why: OcrDropError) -> None:
        """Let an upload that has failed wait again, for a try from now on.

        Raises `Superseded` when somebody has written the record since: what it says now stands.
        """
        told = {"kind": why.kind, "code": why.code, "message": why.message}
        change = {"status": "waiting", "unfinished": 0, **told, "nextTry": iso(self._clock()), **self._moment()}
        values = {"was": "failed", "seen": record["at"]}
        self._change(as_upload(record), change, "#status = :was AND #at = :seen", values)

    def forget(self, bucket: str, key: str) -> bool:
        """Delete the record of a key; tells whether there was one."""
        return self._tallies.delete(**_key(Upload(bucket, key)))

    def give_back(self, upload: Upload) -> None:
        """Note that an upload was put back untried: this beginning does not count."""
        self._change_waiting(upload, {"unfinished": 0, "busyUntil": None})

    def end(self, upload: Upload, document: Mapping[str, Any]) -> Item:
        """Write how an upload ended, as its stored document tells it; gives the record.

        Raises `Superseded` when a newer upload has taken the key over, or when this failure comes
        after a success of the same upload.
        """
        change = ended(document)
        this, values = _this(upload)
        if change["status"] == "failed":
            this, values = f"{this} AND #status <> :recognized", {**values, "recognized": "recognized"}
        return self._change(upload, change, this, values)

    def _change_waiting(self, upload: Upload, change: Item) -> None:
        this, values = _this(upload)
        self._change(upload, change, f"{this} AND #status = :was", {**values, "was": "waiting"})

    def _change(self, upload: Upload, change: Item, condition: str, values: Item) -> Item:
        try:
            return self._tallies.update(**_key(upload), change=change, condition=condition, values=values)
        except Conflict:
            raise Superseded from None

    def _moment(self) -> dict[str, str]:
        now = iso(self._clock())
        return {"at": now, "day": now[:10]}

    def current(self, bucket: str, key: str) -> Item | None:
        """The record of the newest upload of a key."""
        return self._table.get(**_key(Upload(bucket, key)))

    def of_keys(self, bucket: str, keys: Sequence[str]) -> dict[str, Item]:
        """The records of at most 100 keys, by key. One that was written within the last second may be missing."""
        found = self._table.get_many([(_key(Upload(bucket, key))["pk"], "record") for key in keys])
        return {item["key"]: item for item in found}

    def by_status(
        self, status: str, after: Mapping[str, Any] | None = None, *, newest_first: bool = True
    ) -> tuple[list[Item], Any]:
        """Records of a status, newest first: a page, and where the next one begins."""
        return self._table.query("by-status", {"status": status}, after=after, newest_first=newest_first)

    def counts(self) -> dict[str, int]:
        """How many records are recognized, failed and waiting."""
        return self._tallies.counts()

    def of_day(self, day: str, after: Mapping[str, Any] | None = None) -> tuple[list[Item], Any]:
        """Records of a day such as `2026-11-24` (UTC), newest first: a page, and where the next one begins."""
        return self._table.query("by-day", {"day": day}, after=after)

    def of_request(self, request_id: str) -> list[Item]:
        """The records and the ledger row of a call, by its requestId."""
        return self._table.query("by-request", {"requestId": request_id})[0]

    def of_verification(self, verify_id: str) -> list[Item]:
        """The records and the ledger row of a call, by the verifyId that the OCR API gave it."""
        return self._table.query("by-verify", {"verifyId": verify_id})[0]


def _is_same(upload: Upload, record: Item) -> bool:
    """Whether an event with a sequencer tells of the upload that was recorded without one."""
    versions = {upload.version_id, record.get("versionId")} - {None}
    return upload.e_tag == record["eTag"] and len(versions) < 2


def ended(document: Mapping[str, Any]) -> Item:
    """What a record says of an upload that has ended, from its stored document: figures, never the text."""
    source, ocr, pages = document["source"], document["ocr"], document["pages"]
    failure = document.get("failure", {})
    return {
        "status": document["status"],
        "unfinished": 0,
        "busyUntil": None,
        "parked": None,
        "nextTry": None,
        **{name: source[name] for name in ("versionId", "sha256", "size")},
        "eTag": source["eTag"] or "",
        "pages": len(pages),
        "lines": sum(len(page["lines"]) for page in pages),
        "requestId": ocr["requestId"],
        "verifyId": ocr["verifyId"],
        **{name: failure.get(name) for name in ("kind", "code", "message")},
        "at": document["recognizedAt"],
        "day": document["recognizedAt"][:10],
    }


def is_in_progress(record: Mapping[str, Any], now: float) -> bool:
    """Whether an invocation that may still run has begun with this record's upload and not ended."""
    return bool(record["unfinished"]) and float(record.get("busyUntil", 0)) > now


def as_upload(record: Item) -> Upload:
    """The upload that a record stands for."""
    return Upload(
        bucket=record["bucket"],
        key=record["key"],
        version_id=record.get("versionId"),
        e_tag=record["eTag"] or None,
        sequencer=record.get("sequencer"),
        size=record.get("size"),
    )


def _key(upload: Upload) -> dict[str, str]:
    return {"pk": f"object#{upload.bucket}/{upload.key}", "sk": "record"}


def _this(upload: Upload) -> tuple[str, dict[str, str]]:
    """The condition that a record is this upload's, and its values: by sequencer, or without one by its bytes."""
    if upload.sequencer:
        return "#order = :mine", {"mine": upload.order}
    return "#eTag = :mine", {"mine": upload.e_tag or ""}

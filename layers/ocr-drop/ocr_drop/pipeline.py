"""The way of one upload, from its event to its announcement. Read `recognize` from top to bottom.

The steps know nothing of each other; this module hands what one gives to the next, and says what becomes
of an upload when a step fails: what is final ends as a failed document, everything else is raised and waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ocr_drop import documents
from ocr_drop.clock import iso
from ocr_drop.errors import BadInput, Gone, OcrDropError, Superseded, Unforeseen, Unordered, Unreadable
from ocr_drop.model import Upload
from ocr_drop.reading import Reading
from ocr_drop.services import Services
from ocr_drop.table import Item
from ocr_drop.turns import Turn

MOST_CRASHES = 3
"""How often an upload may end its process without a word before it is given up."""


def recognize(upload: Upload, services: Services, turn: Turn) -> Item:
    """Make an upload a document, its record and its event; gives the record, recognized or failed.

    An upload that has ended before is only announced again: its message came twice, or its announcement failed.
    Raises `TryLater` or `NeedsOperator` when it has to wait, `Superseded` when a newer upload is known.
    """
    upload, record = _begun(upload, services, turn)
    if record["status"] == "waiting":
        upload = replace(upload, sequencer=record.get("sequencer"))
        with services.telemetry.timed("UploadTime"):
            told = _stored(upload, record["unfinished"], services, turn)
        record = services.index.end(upload, told)
        _count(record, services)
    services.notices.announce(record)
    return record


def _stored(upload: Upload, beginnings: int, services: Services, turn: Turn) -> Mapping[str, Any]:
    """Store what becomes of an upload, its document or its failure, and give it as it was stored."""
    at = iso(services.clock())
    reading = Reading(upload, services, turn)
    try:
        _bound_crashes(beginnings)
        source, parts = reading.read()
        document = documents.build(upload, source, parts, endpoint=services.ocr.endpoint, at=at)
        raw: bytes | None = documents.raw(document)
    except OcrDropError as error:
        if not error.final:
            raise
        if success := services.objects.stored_success(upload):
            return success
        document = documents.fail(upload, reading.source, error, endpoint=services.ocr.endpoint, at=at)
        raw = error.raw if isinstance(error, Unforeseen) else None
    told = documents.as_json(document)
    with services.telemetry.timed("StoreTime"):
        services.objects.store(upload, told, document.text, raw)
    return told


def _count(record: Item, services: Services) -> None:
    services.telemetry.count("UploadFailed" if record["status"] == "failed" else "UploadRecognized")
    if record.get("kind") == "operator":
        services.telemetry.count("OperatorFailure")


def _begun(upload: Upload, services: Services, turn: Turn) -> tuple[Upload, Item]:
    """The upload and its record; where sequencers do not tell which of two uploads is the newer, the bucket does."""
    if upload.sequencer is None:
        upload = _current(upload, services)
    try:
        return upload, services.index.begin(upload, turn.ends_at)
    except Unordered:
        with suppress(Gone):
            upload = services.objects.current(upload)
            return upload, services.index.begin(upload, turn.ends_at, is_current=True)
        raise Superseded from None  # nothing is there any more: what was recorded stands


def _current(upload: Upload, services: Services) -> Upload:
    """The upload, if its key holds these bytes still or none at all; raises `Superseded` otherwise."""
    with suppress(BadInput):
        return services.objects.current(upload)
    return upload


def _bound_crashes(beginnings: int) -> None:
    if beginnings > MOST_CRASHES:
        raise Unreadable("crashes", f"working on this file ended the process {MOST_CRASHES} times: it is given up")

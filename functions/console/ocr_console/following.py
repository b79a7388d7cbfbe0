"""Bring an index of texts up to date with a stack: by queries for what is new, never by a scan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ocr_console.shelf import Shelf
from ocr_console.texts import Hit, Texts
from ocr_drop.clock import iso

OVERLAP = timedelta(minutes=15)
"""A record appears a little later than the moment that it bears: what is that much older is looked at again."""


def follow(texts: Texts, shelf: Shelf) -> Iterator[int]:
    """Put in what was recognized since the last time, oldest first, so that an interruption leaves no gap.

    Gives how many are left before each document.
    """
    newest = texts.newest()
    since = _before(newest) if newest else ""
    for record in shelf.records("failed", since):
        texts.remove(record["key"])
    fresh = [record for record in shelf.records("recognized", since) if not texts.holds(record["key"], record["at"])]
    for left, record in zip(range(len(fresh), 0, -1), reversed(fresh), strict=True):
        yield left
        document = shelf.document(record["key"])
        if document is not None and document["status"] == "recognized":
            texts.add(document)


def find(texts: Texts, shelf: Shelf, text: str, limit: int = 50) -> list[Hit]:
    """What an up-to-date index holds of a text; what the stack does not know any more is left out and forgotten."""
    for _ in follow(texts, shelf):
        pass
    hits = texts.find(text, limit)
    keys = list(dict.fromkeys(hit.key for hit in hits))[:100]
    records = shelf.services.index.of_keys(shelf.services.settings.uploads_bucket, keys) if keys else {}
    for key in set(keys) - set(records):
        texts.remove(key)
    return [hit for hit in hits if hit.key in records]


def _before(moment: str) -> str:
    return iso((datetime.fromisoformat(moment) - OVERLAP).timestamp())

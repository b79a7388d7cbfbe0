"""The circuit breaker: one switch for all environments that keeps refused calls from being made again and again.

What only an operator can mend (credentials, an allow-list, a balance) opens it with the first refusal. While it
is open no call goes out but a probe: 5 s after the refusal, then 10, 20 and 40 s, and from then on 45 s after the
one before. The first probe that the OCR API serves closes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from ocr_drop.clock import iso
from ocr_drop.errors import NeedsOperator, Paused
from ocr_drop.table import Conflict, Item, Table

FIRST_PROBE = 5.0
LONGEST_PAUSE = 45.0
"""Seconds between probes: well under a minute, so that each run of the reconciler may let one out."""


class Breaker:
    """The breaker of one endpoint. `clock` gives seconds since 1970."""

    def __init__(self, table: Table, clock: Callable[[], float], endpoint: str) -> None:
        self._table = table
        self._clock = clock
        self._key = {"pk": f"breaker#{urlsplit(endpoint).netloc}", "sk": "breaker"}
        self._seen_open = threading.Event()

    def let_through(self) -> None:
        """Return when a call may go out; raises `Paused`, with the refusal's code and message, when none may."""
        found = self.open_since_refusal()
        if found is not None and not self._take_probe(found):
            raise Paused(found["code"], found["message"])

    def open_since_refusal(self) -> Item | None:
        """The refusal that keeps it open (`code`, `message`, `since`, `probeAt`, `probes`), None while it is closed."""
        found = self._table.get(**self._key)
        if found is not None:
            self._seen_open.set()
        return found

    def _take_probe(self, found: Item) -> bool:
        now = self._clock()
        if found["probeAt"] > now:
            return False
        pause = min(LONGEST_PAUSE, FIRST_PROBE * 2.0 ** min(found["probes"] + 1, 10))
        change = {"probes": found["probes"] + 1, "probeAt": now + pause}
        try:
            self._table.update(
                **self._key, change=change, condition="#probes = :seen", values={"seen": found["probes"]}
            )
        except Conflict:
            return False
        return True

    def open(self, refusal: NeedsOperator) -> None:
        """Open it, or say again why it is open: the last refusal names what is to be mended now."""
        self._seen_open.set()
        now = self._clock()
        why = {"code": refusal.code, "message": refusal.message}
        item = {**self._key, **why, "since": iso(now), "probes": 0, "probeAt": now + FIRST_PROBE}
        try:
            self._table.put(item, condition="attribute_not_exists(pk)", values={})
        except Conflict:
            self._say_again(why)

    def _say_again(self, why: Item) -> None:
        try:
            self._table.update(**self._key, change=why, condition="attribute_exists(pk)", values={})
        except Conflict:
            return

    def close(self) -> None:
        """A call was served: close it, if this environment saw it open."""
        if self._seen_open.is_set():
            self._table.delete(**self._key)
            self._seen_open.clear()

"""Uploads that wait in their record alone go back into the queue: parked ones when their time has come, lost ones too.

What waits for an operator is parked, so that it burns no receives. While the breaker is open a few
at a time are let out, so that one can be the probe; once it is closed all are, the longest waiting first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from ocr_drop import uploads
from ocr_drop.clock import iso
from ocr_drop.errors import Superseded
from ocr_drop.index import as_upload
from ocr_drop.services import Services
from ocr_drop.table import Item

LOST_AFTER = 1800.0
"""Seconds past its next try after which an upload's message counts as lost: longer than any is hidden behind it."""

PROBE_PATIENCE = 40.0
"""Seconds for which a probe's success is waited for, so that all others follow at once."""

CROWD = 1000
"""Messages in sight above which nothing more is released: it would only stand in line."""

FEW = 10
"""Messages in sight up to which the queue counts as empty: what has no message in it by then is missing."""

_TOGETHER = 10


def release(services: Services, ends_at: float) -> int:
    """Queue what waits in its record and may go on, until `ends_at`; gives how many were queued."""
    visible = services.queue.visible()
    if visible > CROWD:
        return 0
    also_lost = visible <= FEW
    refusal = services.breaker.open_since_refusal()
    if refusal is None:
        return _release_all(_ready(services, ends_at, also_lost=also_lost), services)
    if refusal["probeAt"] > services.clock():
        return 0
    probed = _probe(refusal, services, min(services.clock() + PROBE_PATIENCE, ends_at), also_lost=also_lost)
    if probed == 0 or services.breaker.open_since_refusal() is not None:
        return probed
    return probed + _release_all(_ready(services, ends_at, also_lost=False), services)


def _probe(refusal: Item, services: Services, end: float, *, also_lost: bool) -> int:
    """Release a few until one of them has called, and wait for what comes of it; gives how many were released.

    Not each of them calls: its object may be gone, its content known. The breaker lets one call through.
    """
    count, ready = 0, _ready(services, end, also_lost=also_lost)
    while services.clock() < end:
        found = services.breaker.open_since_refusal()
        if found is None:
            break
        if found["probes"] == refusal["probes"]:
            count += _queue(list(islice(ready, _TOGETHER)), services)
            if count == 0:
                break
        services.sleep(2)
    return count


def _release_all(ready: Iterator[Item], services: Services) -> int:
    count = 0
    while (records := list(islice(ready, _TOGETHER))) and count < CROWD:
        count += _queue(records, services)
    return count


def _ready(services: Services, ends_at: float, *, also_lost: bool) -> Iterator[Item]:
    """Records whose uploads are to be queued now, the longest unchanged first."""
    now, after = services.clock(), None
    while services.clock() < ends_at:
        records, after = services.index.by_status("waiting", after, newest_first=False)
        yield from (record for record in records if _is_parked(record, now) or (also_lost and _is_lost(record, now)))
        if after is None:
            return


def _is_parked(record: Item, now: float) -> bool:
    return bool(record.get("parked")) and bool(record["nextTry"] <= iso(now))


def _is_lost(record: Item, now: float) -> bool:
    """Whether its message must have fallen out of the queue: its next try is long past, and the queue is empty."""
    if record.get("parked"):
        return False
    due = record.get("nextTry") or (record["at"] if record["unfinished"] else None)
    return due is not None and bool(due < iso(now - LOST_AFTER))


def _queue(records: list[Item], services: Services) -> int:
    """Send first, note it then: a crash in between sends one twice, which costs nothing, but loses none."""
    if records:
        services.queue.send([uploads.write(as_upload(record)) for record in records])
    for record in records:
        with suppress(Superseded):
            services.index.released(record)
    return len(records)

"""Uploads that wait in their record alone go back into the queue: parked ones when their time has come, lost ones too.

What waits for an operator is parked, so that it burns no receives. While the breaker is open one upload
at a time is let out, as the probe; once it is closed all are, the longest waiting first.
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

_TOGETHER = 10


def release(services: Services, ends_at: float) -> int:
    """Queue what waits in its record and may go on, until `ends_at`; gives how many were queued."""
    if services.breaker.open_since_refusal() is None:
        return _release_all(services, ends_at)
    if not _release_probe(services):
        return 0
    end = min(services.clock() + PROBE_PATIENCE, ends_at)
    while services.clock() < end:
        if services.breaker.open_since_refusal() is None:
            return 1 + _release_all(services, ends_at)
        services.sleep(2)
    return 1


def _release_probe(services: Services) -> bool:
    refusal = services.breaker.open_since_refusal()
    if refusal is None or refusal["probeAt"] > services.clock():
        return False
    oldest = list(islice(_ready(services), 1))
    _queue(oldest, services)
    return bool(oldest)


def _release_all(services: Services, ends_at: float) -> int:
    count, ready = 0, _ready(services)
    while services.clock() < ends_at and (records := list(islice(ready, _TOGETHER))):
        _queue(records, services)
        count += len(records)
    return count


def _ready(services: Services) -> Iterator[Item]:
    """Records whose uploads are to be queued now, the longest unchanged first."""
    now, after = services.clock(), None
    while True:
        records, after = services.index.by_status("waiting", after, newest_first=False)
        yield from (record for record in records if _is_ready(record, now))
        if after is None:
            return


def _is_ready(record: Item, now: float) -> bool:
    if record.get("parked"):
        return bool(record["nextTry"] <= iso(now))
    due = record.get("nextTry") or (record["at"] if record["unfinished"] else None)
    return due is not None and bool(due < iso(now - LOST_AFTER))


def _queue(records: list[Item], services: Services) -> None:
    """Send first, note it then: a crash in between sends one twice, which costs nothing, but loses none."""
    if not records:
        return
    services.queue.send([uploads.write(as_upload(record)) for record in records])
    for record in records:
        with suppress(Superseded):
            services.index.released(record, services.clock())

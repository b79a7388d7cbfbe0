"""Bucket against index: the uploads whose event never came, or never was worked on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocr_drop import uploads
from ocr_drop.errors import Gone, InProgress, OcrDropError, Superseded, TryLater
from ocr_drop.model import Listed, Upload
from ocr_drop.services import Services
from ocr_drop.table import Item

ON_ITS_WAY = 120.0
"""Seconds: what was put more recently may still be on its way through the queue."""

_TOGETHER = 100


@dataclass(frozen=True)
class Swept:
    """A part of the bucket that was compared: how many objects, which are missing, and the last key."""

    seen: int
    missing: tuple[Upload, ...]
    last: str


def sweep(services: Services, after: str | None = None, *, prefix: str = "", also_new: bool = False) -> Iterator[Swept]:
    """Compare the uploads bucket with the index, a page of its listing at a time, from behind the key `after`.

    What may still be `ON_ITS_WAY` is passed over, unless `also_new`.
    """
    settled = math.inf if also_new else services.clock() - ON_ITS_WAY
    bucket = services.settings.uploads_bucket
    while page := services.objects.listed(bucket, after, prefix):
        after = page[-1].upload.key
        chunks = [page[start : start + _TOGETHER] for start in range(0, len(page), _TOGETHER)]
        missing = tuple(upload for chunk in chunks for upload in _missing(services, bucket, chunk, settled))
        yield Swept(len(page), missing, after)


def _missing(services: Services, bucket: str, listed: Sequence[Listed], settled: float) -> list[Upload]:
    records = services.index.of_keys(bucket, [entry.upload.key for entry in listed])
    return [
        entry.upload
        for entry in listed
        if entry.put_at < settled
        and not uploads.is_folder(entry.upload)
        and not _is_known(entry.upload, records.get(entry.upload.key))
    ]


def _is_known(upload: Upload, record: Item | None) -> bool:
    """Whether the record stands for these bytes: it has ended, or it waits and is looked after."""
    return record is not None and record["eTag"] == (upload.e_tag or "") and record.get("code") != "gone"


def queue_missing(services: Services, missing: Sequence[Upload], ends_at: float = math.inf) -> int:
    """Queue uploads that the index does not know, each with a record that says so, until `ends_at`; gives how many."""
    why = TryLater("event_missing", "no event came for this upload: it was found in the bucket and queued")
    count = 0
    for found in missing:
        if services.clock() > ends_at:
            break
        try:
            upload = _current(found, services)
            services.index.begin(upload, 0)
            services.index.wait(upload, why, services.clock())
        except (Gone, InProgress, Superseded):
            continue
        services.queue.send([uploads.write(upload)])
        count += 1
    return count


def _current(found: Upload, services: Services) -> Upload:
    """The upload with its version; one that cannot be looked at is queued all the same, and its record says why."""
    try:
        return services.objects.current(found)
    except Gone:
        raise
    except OcrDropError:
        return found

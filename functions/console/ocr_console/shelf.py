"""What the console shows: the latest uploads, and what became of one. Queries only, never a scan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ocr_drop import aws
from ocr_drop.index import is_in_progress
from ocr_drop.services import Services

LATEST = 50
MOST_SHOWN_BYTES = 64 * 1024 * 1024
_MOST_UPLOAD_BYTES = 200 * 1024 * 1024
_FORM_SECONDS = 900
_STATUSES = ("waiting", "recognized", "failed")


def browsing(*, local: bool) -> Config:
    """How an S3 client signs forms that a browser posts.

    A bucket answers a browser under its own regional name only; a local AWS has no names for buckets.
    """
    return Config(signature_version="s3v4", s3={"addressing_style": "path" if local else "virtual"})


@dataclass(frozen=True)
class Entry:
    """One upload as it is listed. `step` is how far it came: waiting, reading, recognized or failed."""

    key: str
    step: str
    at: str
    lines: int
    pages: int
    reason: str


@dataclass(frozen=True)
class Shelf:
    """The uploads of one stack; `s3` is a client that may read both buckets and write uploads."""

    services: Services
    s3: Any

    def latest(self) -> list[Entry]:
        """The newest uploads, newest first; those that have not ended stand before all others."""
        records = [record for status in _STATUSES for record in self.services.index.by_status(status)[0][:LATEST]]
        records.sort(key=lambda record: (record["status"] == "waiting", record["at"]), reverse=True)
        return [_entry(record, self.services.clock()) for record in records[:LATEST]]

    def records(self, status: str, since: str = "") -> Iterator[Mapping[str, Any]]:
        """Records of a status, newest first, back to a moment, or a day."""
        after = None
        while True:
            page, after = self.services.index.by_status(status, after)
            for record in page:
                if record["at"] < since:
                    return
                yield record
            if after is None:
                return

    def form(self, key: str) -> dict[str, Any]:
        """What a browser needs to post a file of this key straight to the bucket: `url` and `fields`."""
        return dict(
            self.s3.generate_presigned_post(
                self.services.settings.uploads_bucket,
                key,
                Conditions=[
                    ["content-length-range", 0, _MOST_UPLOAD_BYTES],
                    ["starts-with", "$Content-Type", ""],
                ],
                ExpiresIn=_FORM_SECONDS,
            )
        )

    def document(self, key: str) -> Mapping[str, Any] | None:
        """The document of a key, None if it has none yet."""
        found = self.services.objects.result(key, ".json")
        return json.loads(found) if found else None

    def source(self, document: Mapping[str, Any]) -> bytes:
        """The very bytes that a document was made from; none where they are gone or too large to be shown."""
        source = document["source"]
        if (source["size"] or 0) > MOST_SHOWN_BYTES:
            return b""
        version = {"VersionId": source["versionId"]} if source["versionId"] else {}
        try:
            return bytes(self.s3.get_object(Bucket=source["bucket"], Key=source["key"], **version)["Body"].read())
        except ClientError as error:
            if aws.status_of(error) in (404, 405):  # 405: the version named is a delete marker
                return b""
            raise aws.meaning(error, "read the upload") from None
        except BotoCoreError as error:
            raise aws.meaning(error, "read the upload") from None


def _entry(record: Mapping[str, Any], now: float) -> Entry:
    reading = record["status"] == "waiting" and is_in_progress(record, now)
    return Entry(
        key=record["key"],
        step="reading" if reading else record["status"],
        at=record["at"],
        lines=record.get("lines", 0),
        pages=record.get("pages", 0),
        reason="" if reading else record.get("message") or "",
    )

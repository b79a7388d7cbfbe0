"""Drop files into a stack and wait for what becomes of them."""

from __future__ import annotations

import json
import mimetypes
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocr_drop import documents
from ocr_drop.clock import iso
from ocr_drop.index import Index
from ocr_drop.model import Failure, Upload
from ocr_drop.pages import Document
from ocr_drop.table import Table
from ocr_drop_cli.local.stack import Stack

PATIENCE = 120.0
"""Seconds without any outcome after which a run waits no longer: a function ends within 90."""

PATIENCE_WITH_A_REASON = 45.0
"""The same when all that is left says why it waits: it has been tried a few times by then."""

_AT_A_TIME = 10
"""Records asked for at a time: a thousand drops must not keep the index from its work."""


@dataclass(frozen=True)
class Drop:
    """A file and the key that it is dropped under."""

    path: Path
    key: str


@dataclass(frozen=True)
class Outcome:
    """What became of a drop: its document, and the seconds since it was put."""

    drop: Drop
    seconds: float
    document: Mapping[str, Any] = field(repr=False)

    @property
    def recognized(self) -> bool:
        """Whether there is text now."""
        return bool(self.document["status"] == "recognized")

    @property
    def reason(self) -> str | None:
        """Why there is none."""
        return None if self.recognized else self.document["failure"]["message"]

    @property
    def lines(self) -> int:
        """How many lines were found."""
        return sum(len(page["lines"]) for page in self.document["pages"])


def named(paths: Iterable[Path]) -> list[Drop]:
    """Each file under its name; of two with the same name, the second gets a number."""
    drops: list[Drop] = []
    taken: set[str] = set()
    for path in paths:
        # a name that is no text, which file systems allow and S3 does not, loses what is none
        key = plain = Path(path.name.encode("utf-8", "replace").decode())
        number = 2
        while str(key) in taken:
            key = plain.with_name(f"{plain.stem} ({number}){plain.suffix}")
            number += 1
        taken.add(str(key))
        drops.append(Drop(path, str(key)))
    return drops


def recognized(stack: Stack, drops: Sequence[Drop], check: Callable[[], None]) -> Iterator[Outcome]:
    """Put all files and give each outcome as soon as it is known; `check` raises when there is nothing to wait for."""
    return _Wait(stack, check).outcomes(drops)


class _Wait:
    """One run's waiting."""

    def __init__(self, stack: Stack, check: Callable[[], None]) -> None:
        self._names = stack.description
        self._s3 = stack.aws.client("s3")
        self._index = Index(Table(stack.aws.client("dynamodb"), self._names.index_table), time.time)
        self._check = check
        self._began: dict[Drop, float] = {}

    def outcomes(self, drops: Sequence[Drop]) -> Iterator[Outcome]:
        """The outcome of each drop, first come, first given."""
        for drop in drops:
            self._put(drop)
        reasons: dict[Drop, Mapping[str, Any]] = {}
        pending, last = deque(drops), time.monotonic()
        while pending:
            for _ in range(min(_AT_A_TIME, len(pending))):
                drop = pending.popleft()
                record = self._index.current(self._names.uploads_bucket, drop.key) or {}
                outcome = self._outcome(drop, record)
                if outcome:
                    last = time.monotonic()
                    yield outcome
                else:
                    reasons[drop] = record
                    pending.append(drop)
            patience = PATIENCE_WITH_A_REASON if all("code" in reasons.get(drop, {}) for drop in pending) else PATIENCE
            if time.monotonic() - last > patience:
                yield from (self._gave_up(drop, reasons.get(drop, {})) for drop in pending)
                return
            self._check()
            time.sleep(0.05)

    def _put(self, drop: Drop) -> None:
        kind = mimetypes.guess_type(drop.key)[0] or "application/octet-stream"
        self._began[drop] = time.monotonic()
        body = drop.path.read_bytes()
        self._s3.put_object(Bucket=self._names.uploads_bucket, Key=drop.key, Body=body, ContentType=kind)

    def _outcome(self, drop: Drop, record: Mapping[str, Any]) -> Outcome | None:
        """What the record says; an upload that waits for an operator ends here, since none comes to this stack."""
        if record.get("status") in ("recognized", "failed"):
            answer = self._s3.get_object(Bucket=self._names.results_bucket, Key=f"{drop.key}.json")
            return Outcome(drop, self._seconds(drop), json.loads(answer["Body"].read()))
        return self._gave_up(drop, record) if record.get("kind") == "operator" else None

    def _gave_up(self, drop: Drop, record: Mapping[str, Any]) -> Outcome:
        """The end of an upload that still waits when the stack goes, as the document that it did not get."""
        failure = Failure(
            kind=record.get("kind", "try_later"),
            code=record.get("code", "no_answer"),
            message=record.get("message", f"nothing came of it within {self._seconds(drop):.0f} s"),
        )
        document = Document(
            upload=Upload(self._names.uploads_bucket, drop.key),
            source=None,
            pages=(),
            endpoint=self._names.ocr_url,
            request_id=None,
            verify_id=None,
            at=iso(time.time()),
            failure=failure,
        )
        return Outcome(drop, self._seconds(drop), documents.as_json(document))

    def _seconds(self, drop: Drop) -> float:
        return time.monotonic() - self._began[drop]

"""Drop files into a stack and wait for what becomes of them."""

from __future__ import annotations

import json
import mimetypes
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr_drop.index import Index
from ocr_drop.table import Table
from ocr_drop_cli.local.stack import LocalStack

PATIENCE = 300.0
"""Seconds after which a run stops waiting for an upload that says it has to wait."""


@dataclass(frozen=True)
class Drop:
    """A file and the key that it is dropped under."""

    path: Path
    key: str


@dataclass(frozen=True)
class Outcome:
    """What became of a drop: its document, or why it still waits. `seconds` since it was put."""

    drop: Drop
    seconds: float
    document: dict[str, Any] | None
    text: str
    reason: str | None

    @property
    def recognized(self) -> bool:
        """Whether there is text now."""
        return self.document is not None and self.document["status"] == "recognized"

    @property
    def lines(self) -> int:
        """How many lines were found."""
        return sum(len(page["lines"]) for page in self.document["pages"]) if self.document else 0


def named(paths: Iterable[Path]) -> list[Drop]:
    """Each file under its name; of two with the same name, the second gets a number."""
    drops: list[Drop] = []
    taken: set[str] = set()
    for path in paths:
        key, number = path.name, 2
        while key in taken:
            key = f"{path.stem} ({number}){path.suffix}"
            number += 1
        taken.add(key)
        drops.append(Drop(path, key))
    return drops


def recognized(stack: LocalStack, drops: Sequence[Drop]) -> Iterator[Outcome]:
    """Put all files and give each outcome as soon as it is known."""
    s3 = stack.client("s3")
    index = Index(Table(stack.client("dynamodb"), stack.outputs["IndexTable"]), time.time)
    began: dict[Drop, float] = {}
    for drop in drops:
        kind = mimetypes.guess_type(drop.path.name)[0] or "application/octet-stream"
        began[drop] = time.monotonic()
        s3.put_object(
            Bucket=stack.outputs["UploadsBucket"], Key=drop.key, Body=drop.path.read_bytes(), ContentType=kind
        )
    while began:
        for drop in list(began):
            record = index.current(stack.outputs["UploadsBucket"], drop.key)
            seconds = time.monotonic() - began[drop]
            outcome = _outcome(stack, s3, drop, record, seconds)
            if outcome:
                del began[drop]
                yield outcome
        time.sleep(0.05)


def _outcome(stack: LocalStack, s3: Any, drop: Drop, record: dict[str, Any] | None, seconds: float) -> Outcome | None:
    if record is None:
        return Outcome(drop, seconds, None, "", "nothing was heard of it") if seconds > PATIENCE else None
    if record["status"] == "waiting":
        if record.get("kind") != "operator" and seconds < PATIENCE:
            return None
        return Outcome(drop, seconds, None, "", str(record.get("message", "it is still being worked on")))
    results = stack.outputs["ResultsBucket"]
    document = json.loads(s3.get_object(Bucket=results, Key=f"{drop.key}.json")["Body"].read())
    reason = document["failure"]["message"] if document["status"] == "failed" else None
    return Outcome(drop, seconds, document, document["text"], reason)

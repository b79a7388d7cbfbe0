"""Everything that a stack holds of an upload, or of a content, deleted for good; and the receipt of it.

Deleted are all versions, not only the newest. The record goes last, so that what broke off is told again from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ocr_drop.clock import iso
from ocr_drop.errors import Busy, Gone, NotKnown
from ocr_drop.index import is_in_progress
from ocr_drop.model import Content, Part, Upload
from ocr_drop.objects import KEPT
from ocr_drop.services import Services
from ocr_drop.table import Item

RESULTS = (".json", ".txt", ".raw.json")


@dataclass
class Receipt:
    """What was deleted, by name, and what was kept and why."""

    at: str
    bucket: str
    keys: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    source_versions: int = 0
    result_versions: int = 0
    records: int = 0
    kept_answers: int = 0
    claims: int = 0
    ledger_rows_stripped: int = 0
    shared_with: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The receipt for machines."""
        return {"schema": "ocr-drop/receipt/1", **{_camel(name): value for name, value in asdict(self).items()}}


@dataclass(frozen=True)
class Plan:
    """What is to be forgotten: records' keys, and contents (SHA-256); `shared` keys have the same content and stay."""

    keys: tuple[str, ...]
    sha256: str | None
    shared: tuple[str, ...]


class Forgetting:
    """The forgetting of one stack."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ledger = services.ledger
        self._versions = services.versions
        self._bucket = services.settings.uploads_bucket
        self._results = services.settings.results_bucket

    def of_key(self, key: str) -> Plan:
        """What there is of a key. Raises `NotKnown` when nothing is, `Busy` while it is being worked on."""
        record = self._services.index.current(self._bucket, key)
        self._check_rest([record] if record else [])
        if record is None and not any(self._versions.of(self._bucket, key, exact=True)):
            raise NotKnown("not_known", f"nothing is known of {key}, and the bucket holds no version of it")
        sha256 = (record or {}).get("sha256")
        return Plan((key,), sha256, tuple(sorted(set(self._keys_of(sha256)) - {key})) if sha256 else ())

    def of_content(self, sha256: str) -> Plan:
        """What there is of a content, under whatever keys. Raises `NotKnown` when nothing is."""
        keys = tuple(sorted(self._keys_of(sha256)))
        if not keys and not self._contents(sha256):
            raise NotKnown("not_known", f"nothing is known of a content {sha256}")
        self._check_rest([self._services.index.current(self._bucket, key) or {} for key in keys])
        return Plan(keys, sha256, ())

    def do(self, plan: Plan, *, content: bool) -> Receipt:
        """Delete it. `content`: also what is kept of the content itself, so that it would have to be paid for again."""
        receipt = Receipt(iso(self._services.clock()), self._bucket, list(plan.keys), shared_with=list(plan.shared))
        for key in plan.keys:
            receipt.source_versions += self._versions.delete(
                self._bucket, self._versions.of(self._bucket, key, exact=True)
            )
            for ending in RESULTS:
                found = self._versions.of(self._results, key + ending, exact=True)
                receipt.result_versions += self._versions.delete(self._results, found)
        if content and plan.sha256:
            self._forget_content(plan.sha256, receipt)
        receipt.records = sum(self._services.index.forget(self._bucket, key) for key in plan.keys)
        return receipt

    def _forget_content(self, sha256: str, receipt: Receipt) -> None:
        contents = self._contents(sha256)
        answers = self._versions.of(self._results, f"{KEPT}answers/{sha256}/", exact=False)
        receipt.kept_answers += self._versions.delete(self._results, answers)
        for one in contents:
            receipt.ledger_rows_stripped += self._ledger.forget(one)
        receipt.claims += len(contents)
        receipt.contents.append(sha256)

    def _contents(self, sha256: str) -> list[Content]:
        """The claimed contents of a file: its pages and tiles, and those that other endpoints have answered."""
        found = dict.fromkeys(self._ledger.pages(self._services.content(sha256, Part())))
        prefix = f"{KEPT}answers/{sha256}/"
        for key, _ in self._versions.of(self._results, prefix, exact=False):
            part, shape, _ = key.removeprefix(prefix).split("/", 2)
            content = Content(sha256, Part.named(part), shape)
            if content not in found and any(self._ledger.of_content(content)):
                found[content] = None
        return list(found)

    def _keys_of(self, sha256: str) -> set[str]:
        """The keys whose records are of a content: found by its calls, which each record names."""
        keys = set()
        for content in self._contents(sha256):
            claim, calls = self._ledger.of_content(content)
            if claim and claim["state"] in ("claimed", "calling") and claim["leaseUntil"] > self._services.clock():
                raise _busy()
            for call in calls:
                found = self._services.index.of_request(call["requestId"])
                keys |= {item["key"] for item in found if item["sk"] == "record"}
                record = self._services.index.current(call["bucket"], call["key"])
                keys |= {call["key"]} if (record or {}).get("sha256") == sha256 else set()
        return keys

    def _check_rest(self, records: Sequence[Item]) -> None:
        if any(record and is_in_progress(record, self._services.clock()) for record in records):
            raise _busy()


def forget_removed(upload: Upload, services: Services) -> None:
    """Forget all that is held of an upload whose source was deleted, unless its key holds something again.

    What other keys share stays, as with `ocr-drop forget`. Raises `Busy` while somebody works on it.
    """
    with suppress(Gone):
        services.objects.current(replace(upload, e_tag=None))
        return
    forgetting = Forgetting(services)
    with suppress(NotKnown):
        plan = forgetting.of_key(upload.key)
        forgetting.do(plan, content=not plan.shared)
        services.telemetry.info("forgotten", bucket=upload.bucket, key=upload.key)


def _busy() -> Busy:
    told = "it is being recognized right now: forget it once that has ended, in two minutes at most"
    return Busy("being_recognized", told, after=60)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)

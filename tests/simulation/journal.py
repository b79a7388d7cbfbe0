"""What happened to uploads, in its order: results stored, records written, ends announced, answers kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from simulation.fakes.s3 import Version

What = Literal["result", "record", "event", "kept"]


@dataclass(frozen=True)
class Entry:
    """One thing that happened: `order` is the upload's place among those of `key`, for an event its version."""

    at: float
    what: What
    key: str
    order: str
    status: str


class Journal:
    """Hears of every write in the world and keeps those that tell how uploads end."""

    def __init__(self, clock: Callable[[], float], results: str) -> None:
        self.entries: list[Entry] = []
        self._clock = clock
        self._results = results

    def _note(self, what: What, key: str, order: str, status: str) -> None:
        self.entries.append(Entry(self._clock(), what, key, order, status))

    def put(self, bucket: str, key: str, version: Version) -> None:
        """An object was put, or a delete marker."""
        if bucket != self._results or version.data is None:
            return
        if key.startswith(".ocr-drop/answers/"):
            self._note("kept", key.rpartition("/")[2].removesuffix(".json"), "", "")
        elif key.endswith(".json") and not key.endswith(".raw.json"):
            self._note("result", key.removesuffix(".json"), version.metadata["order"], version.metadata["status"])

    def wrote(self, key: tuple[str, str], item: dict[str, Any] | None) -> None:
        """An item of the table was written."""
        if item and key[1] == "record":
            self._note("record", item["key"]["S"], item["order"]["S"], item["status"]["S"])

    def announced(self, detail: dict[str, Any]) -> None:
        """An event was put on the bus."""
        self._note("event", detail["key"], detail["versionId"], detail["status"])

    def of(self, what: What) -> list[Entry]:
        """The entries of one kind."""
        return [entry for entry in self.entries if entry.what == what]

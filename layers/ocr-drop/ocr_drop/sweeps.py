"""Where the comparison of bucket and index stands, kept between the runs that each do a part of it."""

from __future__ import annotations

from dataclasses import dataclass

from ocr_drop.table import Table

_KEY = {"pk": "sweep", "sk": "progress"}


@dataclass(frozen=True)
class Progress:
    """The last key that was compared (None: begin anew), how many objects so far, and until when to rest."""

    after: str | None = None
    seen: int = 0
    rest_until: float = 0


class Sweeps:
    """The progress of the one sweep of a stack."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def progress(self) -> Progress:
        """Where the last run stopped."""
        found = self._table.get(**_KEY) or {}
        return Progress(found.get("after"), found.get("seen", 0), found.get("restUntil", 0))

    def note(self, progress: Progress) -> None:
        """Remember where to go on."""
        item = {"after": progress.after, "seen": progress.seen, "restUntil": progress.rest_until}
        self._table.put({**_KEY, **item})

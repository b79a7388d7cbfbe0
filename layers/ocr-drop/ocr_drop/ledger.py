"""The ledger of calls as it is read, and what may be undone about a content: its giving up, or all of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ocr_drop.claims import key_of
from ocr_drop.model import Content, Part
from ocr_drop.table import Conflict, Item, Table

_STAYS = ("requestId", "verifyId", "outcome", "code", "at", "endedAt", "day")
"""What stays of a call whose content is forgotten: enough to lay it beside the vendor's statement."""


class Ledger:
    """The calls of one table, a row each."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_day(self, day: str) -> Iterator[Item]:
        """The calls of a day such as `2026-11-24` (UTC), oldest first."""
        after: Any = None
        while True:
            rows, after = self._table.query("by-day", {"day": f"call#{day}"}, after=after, newest_first=False)
            yield from rows
            if after is None:
                return

    def of_content(self, content: Content) -> tuple[Item | None, list[Item]]:
        """The claim of a content, None if there is none, and its calls."""
        items = self._table.items(key_of(content)["pk"])
        claims = [item for item in items if item["sk"] == "claim"]
        return (claims[0] if claims else None), [item for item in items if item["sk"].startswith("call#")]

    def pages(self, first: Content) -> Iterator[Content]:
        """The contents of a file's pages, from the first on, as far as they were ever claimed."""
        page = first
        while any(self.of_content(page)):
            yield page
            page = replace(page, part=Part(page.part.page + 1))

    def is_under_way(self, row: Item, now: float) -> bool:
        """Whether a call found `calling` may still be answered: its owner holds the lease. Else nobody knows."""
        claim = self._table.get(row["pk"], "claim") or {}
        ours = claim.get("state") == "calling" and claim.get("call") == row["requestId"]
        return ours and float(claim["leaseUntil"]) > now

    def reopen(self, content: Content) -> bool:
        """Let a content be called for again that was given up, not refused for itself; tells whether it was so."""
        try:
            self._table.update(
                **key_of(content),
                change={"state": "claimed", "owner": "", "leaseUntil": 0, "unknown": 0, "notBefore": None},
                condition="#state = :refused AND #kind <> :final",
                values={"refused": "refused", "final": "bad_input"},
            )
        except Conflict:
            return False
        return True

    def forget(self, content: Content) -> int:
        """Delete the claim of a content, and of its calls all that tells of an upload; gives how many calls those were.

        The calls stay in the ledger by requestId, verifyId, moment and outcome: they were or may be billed.
        """
        claim, calls = self.of_content(content)
        for row in calls:
            kept = {name: row.get(name) for name in _STAYS}
            self._table.write_together(
                self._table.putting({"pk": f"forgotten#{uuid.uuid4()}", "sk": "call", **kept}),
                self._table.deleting(row["pk"], row["sk"]),
            )
        if claim is not None:
            self._table.delete(**key_of(content))
        return len(calls)

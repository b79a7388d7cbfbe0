"""How many records have each status: tallies that change together with a record, or not at all.

Counting the records themselves would read them all. A tally is one of `SHARDS` items, chosen by the record's key, so
that no single item takes every write.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ocr_drop.errors import TryLater
from ocr_drop.table import Conflict, Item, Table

Result = TypeVar("Result")

STATUSES = ("recognized", "failed", "waiting")
SHARDS = 16
_MOST_TRIES = 8

_AS_SEEN = "({}) AND #status = :tallied"
"""A record's write holds only for the status that its tally is moved from."""


class Tallies:
    """Writes of records, each with its tally."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def counts(self) -> dict[str, int]:
        """How many records have each status."""
        found = self._table.get_many([(f"tally#{shard}", "tally") for shard in range(SHARDS)], consistent=True)
        return {status: sum(tally.get(status, 0) for tally in found) for status in STATUSES}

    def put(self, record: Item, *, condition: str, values: Mapping[str, Any]) -> None:
        """Put a record, if `condition` holds of the one that is there; raises `Conflict` with that one."""

        def put(found: Item | None) -> None:
            if found is None:
                self._table.write_together(self._table.putting(record), _moved(self._table, record, None))
                return
            guard, seen = _AS_SEEN.format(condition), {**values, "tallied": found["status"]}
            if found["status"] == record["status"]:
                self._table.put(record, condition=guard, values=seen)
                return
            write = self._table.putting(record, condition=guard, values=seen)
            self._table.write_together(write, _moved(self._table, record, found["status"]))

        self._as_found(record["pk"], record["sk"], put)

    def update(self, pk: str, sk: str, change: Mapping[str, Any], *, condition: str, values: Mapping[str, Any]) -> Item:
        """Change a record if `condition` holds, and give all of it; raises `Conflict` with what is there instead."""
        if "status" not in change:
            return self._table.update(pk, sk, change, condition=condition, values=values)

        def update(found: Item | None) -> Item:
            if found is None:
                raise Conflict({})
            guard, seen = _AS_SEEN.format(condition), {**values, "tallied": found["status"]}
            if found["status"] == change["status"]:
                return self._table.update(pk, sk, change, condition=guard, values=seen)
            changed = {name: value for name, value in {**found, **change}.items() if value is not None}
            write = self._table.updating(pk, sk, change, condition=guard, values=seen)
            self._table.write_together(write, _moved(self._table, changed, found["status"]))
            return changed

        return self._as_found(pk, sk, update)

    def delete(self, pk: str, sk: str) -> bool:
        """Delete a record; tells whether there was one."""

        def delete(found: Item | None) -> bool:
            if found is None:
                return False
            write = self._table.deleting(pk, sk, condition="#status = :tallied", values={"tallied": found["status"]})
            self._table.write_together(write, _moved(self._table, {"pk": pk}, found["status"]))
            return True

        return self._as_found(pk, sk, delete)

    def _as_found(self, pk: str, sk: str, write: Callable[[Item | None], Result]) -> Result:
        """Do a write that holds for what is there now; anew when its status changed in between."""
        for _ in range(_MOST_TRIES):
            found = self._table.get(pk, sk)
            try:
                return write(found)
            except Conflict as conflict:
                if conflict.item.get("status") == (found or {}).get("status"):
                    raise
        raise TryLater("contended", "the record is being written by others at the same time")


def _moved(table: Table, record: Mapping[str, Any], was: str | None) -> Mapping[str, Any]:
    """A record's tally moved from the status that it had to the one that it has now, if any."""
    shard = zlib.crc32(record["pk"].encode()) % SHARDS
    steps = {was: -1, record.get("status"): 1}
    return table.adding(f"tally#{shard}", "tally", {name: step for name, step in steps.items() if name is not None})

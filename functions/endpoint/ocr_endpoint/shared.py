"""The same bounds for all environments of a function at once: a DynamoDB table keeps what each has to know."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ocr_endpoint.apps import Bounds
from ocr_endpoint.calls import busy
from ocr_endpoint.replays import Mark
from ocr_endpoint.usage import paced, seen_before, used_up

MOST_TRIES = 10
"""How often a pace is set while others set it too; then the app is told to come again."""


@dataclass(frozen=True)
class SharedUsage:
    """What apps have used, in a table whose key is `id` and whose items end at `ends`; `clock` gives Unix seconds.

    Only what is bounded or marked is written: without any of it, no call touches the table.
    """

    client: Any = field(repr=False)
    table: str
    clock: Callable[[], float] = time.time

    def pace(self, app_id: str, bounds: Bounds) -> None:
        """Count one call; raises Rejected for one above the rate."""
        if bounds.rate is None:
            return
        key = _key("pace", app_id)
        for _ in range(MOST_TRIES):
            now, kept = self.clock(), self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
            known = kept["Item"]["idleAt"]["N"] if "Item" in kept else None
            idle_at = paced(float(known or 0), now, bounds.rate)
            values = {"idleAt": {"N": repr(idle_at)}, "ends": {"N": str(math.ceil(idle_at) + 1)}}
            if self._put({**key, **values}, "idleAt = :known" if known else "attribute_not_exists(id)", known):
                return
        raise busy(1)

    def charge(self, app_id: str, bounds: Bounds, mark: Mark | None) -> None:
        """Take one call from the balance, and keep its mark; raises Rejected."""
        item = {**_key("served", _digest(mark)), "ends": {"N": str(math.ceil(mark.until) + 1)}} if mark else None
        if item and not self._put(item, "attribute_not_exists(id)"):
            raise seen_before()
        if bounds.quota is not None and not self._pay(app_id, bounds.quota):
            if item:
                self.client.delete_item(TableName=self.table, Key={"id": item["id"]})
            raise used_up()

    def _pay(self, app_id: str, quota: int) -> bool:
        """Whether there was a call left; it is taken then."""
        try:
            self.client.update_item(
                TableName=self.table,
                Key=_key("paid", app_id),
                UpdateExpression="SET calls = if_not_exists(calls, :none) + :one",
                ConditionExpression="calls < :quota" if quota <= 0 else "attribute_not_exists(id) OR calls < :quota",
                ExpressionAttributeValues={":none": {"N": "0"}, ":one": {"N": "1"}, ":quota": {"N": str(quota)}},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _put(self, item: dict[str, Any], condition: str, known: str | None = None) -> bool:
        """Whether an item was written, which is so where the condition holds."""
        values = {"ExpressionAttributeValues": {":known": {"N": known}}} if known else {}
        try:
            self.client.put_item(TableName=self.table, Item=item, ConditionExpression=condition, **values)
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(kind: str, name: str) -> dict[str, Any]:
    return {"id": {"S": f"{kind}#{name}"}}


def _digest(mark: Mark) -> str:
    """A mark's name in the table, which then holds no signature that could be sent again."""
    text = f"{mark.app_id}\n{mark.timestamp}\n{mark.signature}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

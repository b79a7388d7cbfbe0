"""One DynamoDB table in memory. Items stay in DynamoDB's typed form; indexes and loose reads lag behind."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulation.fakes import expressions
from simulation.fakes.refusals import refusal

Key = tuple[str, str]
Item = dict[str, Any]

INDEXES = {
    "by-status": ("status", "at"),
    "by-day": ("day", "at"),
    "by-request": ("requestId", None),
    "by-verify": ("verifyId", None),
}
"""The keys of each index, as the template has them."""


class DynamoDb:
    """The client of one table whose key is `pk`, `sk`. `clock` tells when a write shows in the indexes.

    `told` hears of every write.
    """

    def __init__(
        self, clock: Callable[[], float], lag: float = 0.0, told: Callable[[Key, Item | None], None] = lambda *_: None
    ) -> None:
        self.items: dict[Key, Item] = {}
        self._told = told
        self._clock = clock
        self._lag = lag
        self._late: deque[tuple[float, Key, Item | None]] = deque()
        self._seen: dict[Key, Item] = {}
        self._tokens: set[str] = set()

    def get_item(self, *, Key: Item, ConsistentRead: bool = False, **_: Any) -> Item:
        found = (self.items if ConsistentRead else self._settled()).get(_key(Key))
        return {"Item": dict(found)} if found else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any], **_: Any) -> Item:
        responses = {}
        for table, asked in RequestItems.items():
            if len({_key(key) for key in asked["Keys"]}) != len(asked["Keys"]) or len(asked["Keys"]) > 100:
                raise refusal("BatchGetItem", "ValidationException")
            source = self.items if asked.get("ConsistentRead") else self._settled()
            found = [source[_key(key)] for key in asked["Keys"] if _key(key) in source]
            responses[table] = [_projected(item, asked) for item in found]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def put_item(self, *, Item: Item, **asked: Any) -> Item:
        self._check("PutItem", _key(Item), asked)
        self._write(_key(Item), dict(Item))
        return {}

    def update_item(self, *, Key: Item, UpdateExpression: str, **asked: Any) -> Item:
        key = _key(Key)
        self._check("UpdateItem", key, asked)
        changed = self._updated(key, UpdateExpression, asked)
        self._write(key, changed)
        return {"Attributes": dict(changed)} if asked.get("ReturnValues") == "ALL_NEW" else {}

    def delete_item(self, *, Key: Item, **asked: Any) -> Item:
        key = _key(Key)
        self._check("DeleteItem", key, asked)
        if key in self.items:
            self._write(key, None)
        return {}

    def transact_write_items(self, *, TransactItems: Sequence[Item], ClientRequestToken: str = "", **_: Any) -> Item:
        if ClientRequestToken and ClientRequestToken in self._tokens:
            return {}
        writes = [next(iter(entry.items())) for entry in TransactItems]
        keys = [_key(asked["Item"] if kind == "Put" else asked["Key"]) for kind, asked in writes]
        if len(set(keys)) != len(keys):
            raise refusal("TransactWriteItems", "ValidationException")
        reasons = [self._reason(key, asked) for key, (_kind, asked) in zip(keys, writes, strict=True)]
        if any(reason["Code"] != "None" for reason in reasons):
            raise refusal("TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)
        for key, (kind, asked) in zip(keys, writes, strict=True):
            self._apply(kind, key, asked)
        self._tokens.add(ClientRequestToken)
        return {}

    def query(self, *, KeyConditionExpression: str, **asked: Any) -> Item:
        hash_name, range_name = INDEXES[asked["IndexName"]] if "IndexName" in asked else ("pk", "sk")
        consistent = asked.get("ConsistentRead", False) and "IndexName" not in asked
        source = self.items if consistent else self._settled()
        names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        holds = expressions.condition(KeyConditionExpression)
        needed = [name for name in (hash_name, range_name) if name]
        found = [
            (_place(item, range_name), item)
            for item in source.values()
            if all(name in item for name in needed) and holds(item, names, values)
        ]
        found.sort(key=lambda pair: pair[0], reverse=not asked.get("ScanIndexForward", True))
        return _page(found, [*needed, "pk", "sk"], range_name, asked)

    def _check(self, operation: str, key: Key, asked: Mapping[str, Any]) -> None:
        reason = self._reason(key, asked)
        if reason.pop("Code") != "None":
            raise refusal(operation, "ConditionalCheckFailedException", **reason)

    def _reason(self, key: Key, asked: Mapping[str, Any]) -> Item:
        """Why a write may not be done, in the form of a transaction's reasons."""
        text = asked.get("ConditionExpression")
        if text is None:
            return {"Code": "None"}
        found = self.items.get(key)
        names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        if expressions.condition(text)(found or {}, names, values):
            return {"Code": "None"}
        tell = found and asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return {"Code": "ConditionalCheckFailed", **({"Item": dict(found or {})} if tell else {})}

    def _apply(self, kind: str, key: Key, asked: Mapping[str, Any]) -> None:
        if kind == "Put":
            self._write(key, dict(asked["Item"]))
        elif kind == "Update":
            self._write(key, self._updated(key, asked["UpdateExpression"], asked))
        elif kind == "Delete":
            self._write(key, None)
        elif kind != "ConditionCheck":
            raise expressions.NotUnderstood(kind)

    def _updated(self, key: Key, text: str, asked: Mapping[str, Any]) -> Item:
        names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        before = self.items.get(key) or {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
        return expressions.update(text)(before, names, values)

    def _write(self, key: Key, item: Item | None) -> None:
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item
        self._told(key, item)
        self._late.append((self._clock() + self._lag, key, item))

    def _settled(self) -> dict[Key, Item]:
        """The items as a read sees them that is not consistent."""
        now = self._clock()
        while self._late and self._late[0][0] <= now:
            _, key, item = self._late.popleft()
            if item is None:
                self._seen.pop(key, None)
            else:
                self._seen[key] = item
        return self._seen


def _key(item: Mapping[str, Any]) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _place(item: Item, range_name: str | None) -> tuple[Any, ...]:
    return (*([item[range_name]["S"]] if range_name else []), *_key(item))


def _projected(item: Item, asked: Mapping[str, Any]) -> Item:
    if "ProjectionExpression" not in asked:
        return dict(item)
    names = asked.get("ExpressionAttributeNames", {})
    wanted = [names.get(name.strip(), name.strip()) for name in asked["ProjectionExpression"].split(",")]
    return {name: item[name] for name in wanted if name in item}


def _page(found: list[Any], keys: list[str], range_name: str | None, asked: Mapping[str, Any]) -> Item:
    """One page of what was found: `Limit` counts before the filter, as DynamoDB does."""
    forward = asked.get("ScanIndexForward", True)
    if start := asked.get("ExclusiveStartKey"):
        after = _place(start, range_name)
        found = [pair for pair in found if (pair[0] > after if forward else pair[0] < after)]
    limit = asked.get("Limit", 1000)
    page = [item for _, item in found[:limit]]
    answer: Item = {}
    if len(found) > limit:
        answer["LastEvaluatedKey"] = {name: page[-1][name] for name in keys}
    if text := asked.get("FilterExpression"):
        names, values = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        page = [item for item in page if expressions.condition(text)(item, names, values)]
    page = [_projected(item, asked) for item in page]
    return {**answer, "Items": page, "Count": len(page)}

"""The one DynamoDB table, in plain Python values: what `claims` and `index` are both written on."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from ocr_drop import aws

Item = dict[str, Any]

_NEW = "attribute_not_exists(pk)"
_MOST_TRIES = 6
"""How often a transaction is tried that only met another one at the same item: neither has waited for the other."""


class Conflict(Exception):
    """A condition did not hold; `item` is what stands in the table instead, empty if nothing does."""

    def __init__(self, item: Item) -> None:
        super().__init__("a condition did not hold")
        self.item = item


class Table:
    """One table through the low-level client: its resource form costs a cold start 30 ms more."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, read consistently, or None."""
        with aws.errors("read the index"):
            answer = self._client.get_item(TableName=self._name, Key=_marshal(_key(pk, sk)), ConsistentRead=True)
        return _unmarshal(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[tuple[str, str]], *, consistent: bool = False) -> list[Item]:
        """Those of at most 100 items that are there, in no order. A write of the last second may be missing.

        Unless they are read `consistent`, for twice the read units.
        """
        loose: dict[str, Any] = {"Keys": [_marshal(_key(*key)) for key in keys]}
        asked: Mapping[str, Any] = {self._name: {**loose, "ConsistentRead": True} if consistent else loose}
        found: list[Item] = []
        with aws.errors("read the index"):
            while asked:
                answer = self._client.batch_get_item(RequestItems=asked)
                found += [_unmarshal(item) for item in answer["Responses"].get(self._name, [])]
                asked = answer["UnprocessedKeys"]
        return found

    def delete(self, pk: str, sk: str) -> None:
        """Delete an item, if it is there."""
        with aws.errors("write the index"):
            self._client.delete_item(TableName=self._name, Key=_marshal(_key(pk, sk)))

    def put(self, item: Item, *, condition: str = "", values: Mapping[str, Any] | None = None) -> None:
        """Put an item, if `condition` holds of what is there (none always does); raises `Conflict` with what is."""
        with aws.errors("write the index"):
            try:
                self._client.put_item(
                    TableName=self._name,
                    Item=_marshal(item),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **(_expression(condition, {}, values or {}) if condition else {}),
                )
            except ClientError as error:
                raise _conflict(error) from None

    def update(self, pk: str, sk: str, change: Mapping[str, Any], *, condition: str, values: Mapping[str, Any]) -> Item:
        """Set attributes (None removes one) if `condition` holds and give the whole item; raises `Conflict` with it."""
        with aws.errors("write the index"):
            try:
                write = self.updating(pk, sk, change, condition=condition, values=values)
                answer = self._client.update_item(**write["Update"], ReturnValues="ALL_NEW")
            except ClientError as error:
                raise _conflict(error) from None
        return _unmarshal(answer["Attributes"])

    def write_together(self, *writes: Mapping[str, Any]) -> None:
        """Do several writes, made by `updating` and `putting`, or none of them; raises `Conflict`."""
        with aws.errors("write the index"):
            for left in reversed(range(_MOST_TRIES)):
                try:
                    self._client.transact_write_items(TransactItems=list(writes))
                except ClientError as error:
                    if aws.code_of(error) != "TransactionCanceledException":
                        raise
                    if not left or not _is_collision(error):
                        raise _cancelled(error) from error
                    time.sleep(random.uniform(0.01, 0.1))
                else:
                    return

    def updating(
        self, pk: str, sk: str, change: Mapping[str, Any], *, condition: str, values: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """An update as a part of `write_together`."""
        return {
            "Update": {
                "TableName": self._name,
                "Key": _marshal(_key(pk, sk)),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **_update(change, condition, values),
            }
        }

    def putting(self, item: Item, *, condition: str = _NEW, values: Mapping[str, Any] | None = None) -> Item:
        """The put of an item, a new one unless told, as a part of `write_together`."""
        return {
            "Put": {
                "TableName": self._name,
                "Item": _marshal(item),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **_expression(condition, {}, values or {}),
            }
        }

    def adding(self, pk: str, sk: str, amounts: Mapping[str, int]) -> Item:
        """Amounts added to numbers, which begin at 0, as a part of `write_together`."""
        update = {
            "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in amounts),
            "ExpressionAttributeNames": {f"#{name}": name for name in amounts},
            "ExpressionAttributeValues": _marshal({f":{name}": amount for name, amount in amounts.items()}),
        }
        return {"Update": {"TableName": self._name, "Key": _marshal(_key(pk, sk)), **update}}

    def deleting(self, pk: str, sk: str, *, condition: str = "", values: Mapping[str, Any] | None = None) -> Item:
        """The deletion of an item as a part of `write_together`."""
        guard = _expression(condition, {}, values or {}) if condition else {}
        told = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if condition else {}
        return {"Delete": {"TableName": self._name, "Key": _marshal(_key(pk, sk)), **guard, **told}}

    def items(self, pk: str) -> list[Item]:
        """All items of one partition, read consistently, in the order of their sort keys."""
        asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": _marshal({":pk": pk})}
        found: list[Item] = []
        after: Mapping[str, Any] = {}
        with aws.errors("ask the index"):
            while True:
                answer = self._client.query(TableName=self._name, ConsistentRead=True, **asked, **after)
                found += [_unmarshal(item) for item in answer["Items"]]
                if "LastEvaluatedKey" not in answer:
                    return found
                after = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def query(
        self,
        index: str,
        keys: Mapping[str, str],
        *,
        newest_first: bool = True,
        limit: int = 100,
        after: Mapping[str, Any] | None = None,
    ) -> tuple[list[Item], Mapping[str, Any] | None]:
        """One page of the items of an index whose keys equal `keys`, and where the next page begins."""
        names = {f"#k{number}": name for number, name in enumerate(keys)}
        values = {f":k{number}": value for number, value in enumerate(keys.values())}
        condition = " AND ".join(f"#k{number} = :k{number}" for number in range(len(keys)))
        with aws.errors("ask the index"):
            answer = self._client.query(
                TableName=self._name,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=_marshal(values),
                ScanIndexForward=not newest_first,
                Limit=limit,
                **({"ExclusiveStartKey": after} if after else {}),
            )
        return [_unmarshal(item) for item in answer["Items"]], answer.get("LastEvaluatedKey")


def _key(pk: str, sk: str) -> Item:
    return {"pk": pk, "sk": sk}


def _update(change: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in change.items() if value is not None}
    gone = [name for name, value in change.items() if value is None]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in kept)
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    names = {f"#{name}": name for name in change}
    return {"UpdateExpression": expression, **_expression(condition, names, {**kept, **values})}


def _expression(condition: str, names: dict[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """A condition in which each attribute is written `#name`, many being reserved words, and each value `:name`."""
    names = names | {f"#{name}": name for name in re.findall(r"#(\w+)", condition)}
    given = _marshal({f":{name}": value for name, value in values.items()})
    expression: dict[str, Any] = {"ConditionExpression": condition}
    if names:
        expression["ExpressionAttributeNames"] = names
    if given:
        expression["ExpressionAttributeValues"] = given
    return expression


def _conflict(error: ClientError) -> ClientError | Conflict:
    if aws.code_of(error) != "ConditionalCheckFailedException":
        return error
    return Conflict(_unmarshal(error.response.get("Item", {})))


def _is_collision(error: ClientError) -> bool:
    codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
    return "TransactionConflict" in codes and "ConditionalCheckFailed" not in codes


def _cancelled(error: ClientError) -> ClientError | Conflict:
    reasons: Sequence[Mapping[str, Any]] = error.response.get("CancellationReasons", [])
    failed = [reason for reason in reasons if reason.get("Code") == "ConditionalCheckFailed"]
    return Conflict(_unmarshal(failed[0].get("Item", {}))) if failed else error


def _marshal(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _typed(value) for name, value in item.items() if value is not None}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    return {"N": str(value)}


def _unmarshal(item: Mapping[str, Mapping[str, Any]]) -> Item:
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind != "N":
        return content
    number = Decimal(content)
    return int(number) if number == number.to_integral_value() else float(number)

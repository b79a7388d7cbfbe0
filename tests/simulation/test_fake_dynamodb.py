"""The table in memory answers as moto's does: the same random operations, the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from ocr_drop.table import Conflict, Table
from simulation.fakes.dynamodb import INDEXES, DynamoDb
from simulation.fakes.expressions import NotUnderstood, condition

TEXTS = st.sampled_from(("a", "ab", "b"))
NUMBERS = st.one_of(st.integers(-2, 11), st.sampled_from((0.5, 2.25)))
KEYS = st.tuples(st.sampled_from(("p", "q")), st.sampled_from(("claim", "call#1")))

WORDS = st.sampled_from(("#status", "#at", "#order"))
COMPARED = st.sampled_from(("=", "<>", "<", "<=", ">", ">="))
TERMS = st.one_of(  # moto cannot compare a number with a text
    st.builds("{} {} :{}".format, WORDS, COMPARED, st.sampled_from("st")),
    st.builds("#calls {} :{}".format, COMPARED, st.sampled_from("xy")),
    st.builds("attribute_exists({})".format, st.sampled_from(("pk", "#status", "#calls"))),
    st.builds("attribute_not_exists({})".format, st.sampled_from(("pk", "#status", "#calls"))),
    st.builds("begins_with({}, :t)".format, WORDS),
    st.just("#calls BETWEEN :m AND :n"),
)
CONDITIONS = st.recursive(
    st.one_of(
        TERMS, TERMS.map("NOT {}".format), st.builds("{} AND {} OR {}".format, TERMS, TERMS, TERMS).map("({})".format)
    ),
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
    ),
    max_leaves=4,
)
CHANGES = st.fixed_dictionaries(
    {"note": TEXTS}, optional={"order": st.one_of(st.none(), TEXTS), "calls": st.one_of(st.none(), NUMBERS)}
)
ITEMS = st.fixed_dictionaries({"status": TEXTS, "at": TEXTS, "day": TEXTS}, optional={"order": TEXTS, "calls": NUMBERS})
PUT = st.tuples(st.just("put"), KEYS, ITEMS, CONDITIONS)
UPDATE = st.tuples(st.just("update"), KEYS, CHANGES, CONDITIONS)
OPERATIONS = st.one_of(
    PUT,
    UPDATE,
    st.tuples(st.just("together"), st.lists(UPDATE, min_size=1, max_size=3, unique_by=lambda entry: entry[1])),
    st.tuples(st.just("get"), KEYS),
    st.tuples(st.just("query"), st.sampled_from(("by-status", "by-day")), TEXTS, st.booleans(), st.integers(1, 3)),
)
GIVEN = st.fixed_dictionaries({"s": TEXTS, "t": TEXTS, "x": NUMBERS, "y": NUMBERS, "m": st.just(-1), "n": st.just(5)})


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    """The client of a table of moto's, within this process."""
    with mock_aws():
        client = boto3.client("dynamodb", "eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
        yield client


def _new_table(client: Any) -> str:
    """An empty table as the template makes it."""
    if "sim" in client.list_tables()["TableNames"]:
        client.delete_table(TableName="sim")
    names = sorted({"pk", "sk"} | {name for keys in INDEXES.values() for name in keys if name})
    client.create_table(
        TableName="sim",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=_schema("pk", "sk"),
        GlobalSecondaryIndexes=[
            {"IndexName": index, "KeySchema": _schema(*keys), "Projection": {"ProjectionType": "ALL"}}
            for index, keys in INDEXES.items()
        ],
    )
    return "sim"


def _schema(hash_name: str, range_name: str | None) -> list[dict[str, str]]:
    schema = [{"AttributeName": hash_name, "KeyType": "HASH"}]
    return schema + ([{"AttributeName": range_name, "KeyType": "RANGE"}] if range_name else [])


def _done(table: Table, operation: Any, given: dict[str, Any]) -> Any:
    """What an operation gives, or how it is refused."""
    try:
        return _do(table, operation, given)
    except Conflict as conflict:
        return "conflict", conflict.item


def _used(text: str, given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if f":{name}" in text}


def _do(table: Table, operation: Any, given: dict[str, Any]) -> Any:
    match operation:
        case ("put", (pk, sk), item, text):
            return table.put({"pk": pk, "sk": sk, **item}, condition=text, values=_used(text, given))
        case ("update", (pk, sk), change, text):
            return table.update(pk, sk, change, condition=text, values=_used(text, given))
        case ("together", updates):
            writes = [
                table.updating(*key, change, condition=text, values=_used(text, given))
                for _, key, change, text in updates
            ]
            return table.write_together(*writes)
        case ("get", (pk, sk)):
            return table.get(pk, sk)
        case ("query", index, value, newest_first, limit):
            found, after = table.query(index, {INDEXES[index][0]: value}, newest_first=newest_first, limit=limit)
            return sorted(map(repr, found)) if limit == 3 else len(found), bool(after) if limit == 1 else None


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # shrinking through moto takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(OPERATIONS, min_size=4, max_size=16), GIVEN)
def test_the_table_in_memory_answers_as_moto_does(moto: Any, operations: list[Any], given: dict[str, Any]) -> None:
    """Puts, updates, transactions, reads and queries, under any condition, give the same and are refused the same."""
    theirs, ours = Table(moto, _new_table(moto)), Table(DynamoDb(lambda: 0.0), "sim")
    for operation in operations:
        assert _done(ours, operation, given) == _done(theirs, operation, given), operation


def test_an_expression_that_nobody_taught_is_refused() -> None:
    """The evaluator does not guess: what it does not know fails loudly."""
    for text in ("size(#a) > :b", "#a ? :b", "#a IN (:b)", "#a = :b #c"):
        with pytest.raises(NotUnderstood):
            condition(text)


def test_a_transaction_is_done_once_however_often_it_is_sent() -> None:
    """Botocore gives each transaction a token, so that a repetition after a lost answer changes nothing."""
    table = DynamoDb(lambda: 0.0)
    new = {"Put": {"Item": {"pk": {"S": "p"}, "sk": {"S": "s"}}, "ConditionExpression": "attribute_not_exists(pk)"}}
    table.transact_write_items(TransactItems=[new], ClientRequestToken="one")
    table.transact_write_items(TransactItems=[new], ClientRequestToken="one")
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        table.transact_write_items(TransactItems=[new], ClientRequestToken="two")


def test_an_index_lags_behind_the_table() -> None:
    """A write shows in a consistent read at once, in an index only later."""
    now = [0.0]
    table = DynamoDb(lambda: now[0], lag=5.0)
    item = {"pk": {"S": "p"}, "sk": {"S": "s"}, "requestId": {"S": "r"}}
    table.put_item(Item=item)
    asked: dict[str, Any] = {"IndexName": "by-request", "KeyConditionExpression": "#k = :k"}
    asked |= {"ExpressionAttributeNames": {"#k": "requestId"}, "ExpressionAttributeValues": {":k": {"S": "r"}}}
    assert table.get_item(Key=item, ConsistentRead=True) == {"Item": item}
    assert table.query(**asked)["Items"] == []
    now[0] = 6.0
    assert table.query(**asked)["Items"] == [item]

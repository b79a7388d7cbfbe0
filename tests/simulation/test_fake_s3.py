"""The buckets in memory answer as moto's do: the same random operations, the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from simulation.fakes.s3 import S3

KEYS = st.sampled_from(("a", "a.json", "ä/b"))
WHICH = st.sampled_from(("", "", "old", "latest", "etag", "other etag"))
OPERATIONS = st.one_of(
    st.tuples(
        st.just("put"), KEYS, st.sampled_from((b"", b"one", b"two")), st.sampled_from(("", "new", "etag", "other"))
    ),
    st.tuples(st.sampled_from(("get", "head")), KEYS, WHICH),
    st.tuples(st.just("delete"), KEYS),
    st.tuples(st.just("list"), st.sampled_from(("", "a")), st.integers(1, 3)),
)
_NAMES = count()


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    """A client of moto's S3, within this process."""
    with mock_aws():
        yield boto3.client("s3", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


class _Side:
    """A client, its bucket, and the versions and ETags that it gave, by their number."""

    def __init__(self, client: Any, bucket: str) -> None:
        self.client, self.bucket = client, bucket
        self.versions: dict[str, list[str]] = {}
        self.e_tags: dict[str, str] = {}

    def do(self, operation: Any) -> Any:
        """What an operation gives, without what is a client's own."""
        try:
            return getattr(self, f"_{operation[0]}")(*operation[1:])
        except ClientError as error:
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            return ("refused", status) if status in (404, 405) else ("refused", code, status)

    def _put(self, key: str, body: bytes, when: str) -> Any:
        conditions = {
            "": {},
            "new": {"IfNoneMatch": "*"},
            "etag": {"IfMatch": self.e_tags.get(key, '"none"')},
            "other": {"IfMatch": '"0123456789abcdef0123456789abcdef"'},
        }
        answer = self.client.put_object(
            Bucket=self.bucket, Key=key, Body=body, Metadata={"order": when}, **conditions[when]
        )
        self.versions.setdefault(key, []).append(answer["VersionId"])
        self.e_tags[key] = answer["ETag"]
        return answer["ETag"]

    def _asked(self, key: str, which: str) -> dict[str, Any]:
        versions = self.versions.get(key)
        asked = {"Bucket": self.bucket, "Key": key}
        if which in ("old", "latest") and versions:
            asked["VersionId"] = versions[0 if which == "old" else -1]
        if "etag" in which:
            asked["IfMatch"] = (
                self.e_tags.get(key, '"none"') if which == "etag" else '"0123456789abcdef0123456789abcdef"'
            )
        return asked

    def _get(self, key: str, which: str) -> Any:
        answer = self.client.get_object(**self._asked(key, which))
        return *self._facts(key, answer), answer["Body"].read()

    def _head(self, key: str, which: str) -> Any:
        return self._facts(key, self.client.head_object(**self._asked(key, which)))

    def _facts(self, key: str, answer: dict[str, Any]) -> tuple[Any, ...]:
        number = self.versions[key].index(answer["VersionId"])
        return number, answer["ETag"], answer["ContentLength"], answer["Metadata"]

    def _delete(self, key: str) -> Any:
        """Of a key that was there: for others S3 makes a delete marker too, moto does not."""
        if self.e_tags.pop(key, None) is None:
            return None
        return self.client.delete_object(Bucket=self.bucket, Key=key)["DeleteMarker"]

    def _list(self, prefix: str, most: int) -> Any:
        pages, token = [], {}
        while True:
            page = self.client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=most, **token)
            pages.append([(entry["Key"], entry["ETag"], entry["Size"]) for entry in page.get("Contents", [])])
            if not page["IsTruncated"]:
                return pages
            token = {"ContinuationToken": page["NextContinuationToken"]}


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # shrinking through moto takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(OPERATIONS, min_size=4, max_size=14))
def test_the_buckets_in_memory_answer_as_moto_does(moto: Any, operations: list[Any]) -> None:
    """Puts under conditions, reads of versions, deletions and lists give the same and are refused the same."""
    name = f"sim-{next(_NAMES)}"
    moto.create_bucket(Bucket=name)
    moto.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    ours, theirs = _Side(S3(name), name), _Side(moto, name)
    for operation in operations:
        assert ours.do(operation) == theirs.do(operation), operation

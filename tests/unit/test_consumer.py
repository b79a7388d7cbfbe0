"""The example consumer: an event's id decides whether it is new."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

ROOT = Path(__file__).parents[2]


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The function's module, with a bucket, a table and an upload of its own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("SEEN_TABLE", "seen")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="seen",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="ocr-drop-uploads-111122223333-eu-west-1")
        s3.put_object(Bucket="ocr-drop-uploads-111122223333-eu-west-1", Key="receipt.jpg", Body=b"x")
        found = importlib.util.spec_from_file_location("consumer", ROOT / "functions" / "consumer" / "handler.py")
        assert found is not None
        assert found.loader is not None
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        yield module


@pytest.mark.parametrize("name", ["document-recognized.json", "document-failed.json"])
def test_each_event_is_worked_on_once(consumer: Any, name: str) -> None:
    """The samples as EventBridge delivers them: the first time tags, the second does nothing."""
    event = json.loads((ROOT / "events" / "out" / name).read_text())
    bucket, key = event["detail"]["bucket"], event["detail"]["key"]
    event["detail"]["versionId"] = None
    consumer.s3.create_bucket(Bucket=bucket)
    consumer.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert consumer.handler(event, None) == {"tagged": True}
    tags = consumer.s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags}["ocr-drop:status"] == event["detail"]["status"]
    assert consumer.handler(event, None) == {"tagged": False}

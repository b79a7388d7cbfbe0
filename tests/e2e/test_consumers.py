"""The two example consumers, live on the local stack's events: each upload once, by the event's id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from running import Running, until
from world import picture

PATIENCE = 60.0


@pytest.fixture(scope="module")
def recognized(stack: Running) -> str:
    """The key of an upload that has ended."""
    stack.ended("heard.png", stack.drop("heard.png", picture(77, (300, 200))), PATIENCE)
    return "heard.png"


def _heard(stack: Running, key: str) -> list[dict[str, Any]]:
    (described,) = stack.client("cloudformation").describe_stacks(StackName="ocr-drop-local")["Stacks"]
    (url,) = [each["OutputValue"] for each in described["Outputs"] if each["OutputKey"] == "HeardQueueUrl"]
    sqs, events = stack.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        events += [json.loads(message["Body"]) for message in messages]
    return [event for event in events if event["detail"]["key"] == key]


def test_the_queue_collects_every_announcement(stack: Running, recognized: str) -> None:
    """As EventBridge delivers it: source, detail-type, and a detail with the id to know doubles by."""
    (event, *_) = until(lambda: _heard(stack, recognized), PATIENCE, "an event")
    assert (event["source"], event["detail-type"]) == ("ocr-drop", "Document Recognized")
    assert event["detail"]["id"]
    assert event["detail"]["schema"] == "ocr-drop/event/1"


def test_the_function_tags_the_upload_with_its_result(stack: Running, recognized: str) -> None:
    """What became of an image can be read at the image itself."""
    s3, bucket = stack.client("s3"), stack.told["uploadsBucket"]
    found = until(lambda: s3.get_object_tagging(Bucket=bucket, Key=recognized)["TagSet"], PATIENCE, "a tag")
    assert {tag["Key"]: tag["Value"] for tag in found}["ocr-drop:status"] == "recognized"


def test_an_event_that_comes_twice_is_worked_on_once(stack: Running, recognized: str) -> None:
    """Its id was written down the first time."""
    event = _again(stack, recognized)
    answers = [
        json.loads(
            stack.client("lambda")
            .invoke(FunctionName="ocr-drop-local-consumer", Payload=json.dumps(event))["Payload"]
            .read()
        )
        for _ in range(2)
    ]
    assert answers[1] == {"tagged": False}


def _again(stack: Running, key: str) -> dict[str, Any]:
    detail = {"id": "of its own", "bucket": stack.told["uploadsBucket"], "key": key, "versionId": None}
    return {"detail": {**detail, "status": "recognized", "lines": 0}}

"""One upload, from its event to its announcement, through real HTTP to AWS and the OCR API."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from typing import Any

import pytest

from ocr_drop.batches import answer
from ocr_drop.errors import NeedsOperator, NotAnEvent
from ocr_drop.notices import event_id
from world import Context, World, failure, picture, success

KEYS = ["a.png", "收据/发票 1+2.png", "a b+c%20.png", "😀.png"]


@pytest.mark.parametrize("key", KEYS)
def test_a_dropped_image_becomes_text_a_record_and_an_event(world: World, key: str) -> None:
    """Text, document, raw answer, record and event are there, whatever characters the key has."""
    world.ocr.replies = [raw := success("你好,世界")]
    assert world.handle(world.message(world.drop(key, picture()))) == []

    document = world.document(key)
    assert (document["status"], document["text"]) == ("recognized", "你好,世界")
    assert document["pages"][0]["lines"][0]["polygon"] == [[10.0, 20.0], [110.0, 20.0], [110.0, 40.0], [10.0, 40.0]]
    assert document["source"]["sha256"] == hashlib.sha256(picture()).hexdigest()
    assert world.s3.get_object(Bucket=world.results, Key=f"{key}.txt")["Body"].read().decode() == "你好,世界"
    assert world.s3.get_object(Bucket=world.results, Key=f"{key}.raw.json")["Body"].read() == raw[2]
    record = world.record(key)
    assert (record["status"], record["lines"], record["verifyId"]) == ("recognized", 1, document["ocr"]["verifyId"])
    (event,) = world.heard()
    assert (event["source"], event["detail-type"]) == ("ocr-drop", "Document Recognized")
    assert event["detail"]["key"] == key
    assert event["detail"]["id"] == event_id(record)
    assert "你好" not in json.dumps(event, ensure_ascii=False)


def test_what_goes_out_is_signed_and_carries_the_image(world: World) -> None:
    """One call: the image in Base64, a requestId derived from the content, the app id of the secret."""
    world.handle(world.message(world.drop("a.png", picture())))
    (body,) = world.ocr.bodies
    assert base64.b64decode(body["image"]) == picture()
    assert body["requestId"].startswith(hashlib.sha256(picture()).hexdigest()[:24])
    assert world.ocr.app_ids == ["7438000001"]
    assert world.document("a.png")["ocr"]["requestId"] == body["requestId"]


def test_the_event_of_s3_itself_is_answered_with_counts(world: World) -> None:
    """An event handed over without a queue, as `sam local invoke` does, is worked on at once."""
    event = {"Records": [world.drop("a.png", picture(1)), world.drop("b.png", b"no image")]}
    assert answer(event, Context(), world.services()) == {"recognized": 1, "failed": 1}


def test_the_form_of_eventbridge_is_the_same_upload(world: World) -> None:
    """EventBridge's form of the event leads to the same document, directly or inside a message."""
    thing = world.drop("a b.png", picture())["s3"]["object"]
    names = {"size": "size", "eTag": "etag", "versionId": "version-id", "sequencer": "sequencer"}
    detail = {
        "bucket": {"name": world.uploads},
        "object": {"key": "a b.png", **{name: thing[old] for old, name in names.items()}},
    }
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    assert answer(event, Context(), world.services()) == {"recognized": 1, "failed": 0}
    assert world.handle(world.message(body=json.dumps(event))) == []
    assert world.ocr.calls == 1


def test_an_event_that_has_to_wait_is_raised_without_a_queue(world: World) -> None:
    """Who sends an event directly learns that it has to come again, and why."""
    world.ocr.replies = [failure(403), failure(403)]
    with pytest.raises(NeedsOperator, match="allow-list"):
        answer({"Records": [world.drop("a.png", picture())]}, Context(), world.services())


def test_garbage_handed_over_directly_is_named(world: World) -> None:
    """Something that is no event of S3 is refused as such."""
    with pytest.raises(NotAnEvent):
        answer({"hello": "world"}, Context(), world.services())


def test_test_events_and_folders_pass_in_silence_beside_real_uploads(world: World) -> None:
    """The first message of every new bucket is a test event: it must not take real ones with it."""
    test_event = world.message(body=json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"}))
    folder = world.message(world.drop("folder/", b""))
    real = world.message(world.drop("a.png", picture()))
    assert world.handle(test_event, folder, real) == []
    assert world.document("a.png")["status"] == "recognized"
    assert len(world.heard()) == 1
    assert world.dead_letters() == []


def test_garbage_ends_in_the_dead_letter_queue_under_its_message_id(world: World) -> None:
    """A message that nobody can read is buried with its reason and MessageId, and spares its batch."""
    garbage = world.message(body="not json")
    real = world.message(world.drop("a.png", picture()))
    assert world.handle(garbage, real) == []
    (letter,) = world.dead_letters()
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert letter["Body"] == "not json"
    assert attributes == {"Reason": "not_an_event", "MessageId": garbage["messageId"]}
    assert world.document("a.png")["status"] == "recognized"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"no image at all", "not_an_image"), (picture()[:60], "damaged")],
    ids=["empty", "no image", "cut off"],
)
def test_bad_input_is_answered_with_one_reason_and_no_call(world: World, data: bytes, code: str) -> None:
    """Nothing is paid for what is no image: a failed document, record and event, and the batch goes on."""
    bad, good = world.message(world.drop("bad.jpg", data)), world.message(world.drop("good.png", picture()))
    assert world.handle(bad, good) == []
    document = world.document("bad.jpg")
    assert (document["status"], document["pages"]) == ("failed", [])
    assert document["failure"]["kind"] == "bad_input"
    assert document["failure"]["code"] == code
    assert world.record("bad.jpg")["code"] == code
    assert world.document("good.png")["status"] == "recognized"
    assert sorted(event["detail-type"] for event in world.heard()) == ["Document Failed", "Document Recognized"]
    assert world.ocr.calls == 1


def test_an_object_deleted_in_between_is_failed_as_gone(world: World) -> None:
    """Deleted before processing: failed, kind bad_input, code gone, and no call."""
    record = world.drop("a.png", picture())
    world.s3.delete_object(Bucket=world.uploads, Key="a.png", VersionId=record["s3"]["object"]["versionId"])
    assert world.handle(world.message(record)) == []
    assert world.document("a.png")["failure"]["code"] == "gone"
    assert world.ocr.calls == 0


def test_calls_of_a_batch_overlap_within_the_threads_and_no_more(world: World) -> None:
    """Waiting for the OCR API is shared by a batch: as many calls in flight as there are threads."""
    together = threading.Barrier(3)
    world.ocr.before_answer = lambda: together.wait(20) and None
    messages = [world.message(world.drop(f"{number}.png", picture(number))) for number in range(6)]
    assert world.handle(*messages) == []
    assert world.ocr.most_in_flight == 3


def test_what_runs_past_the_time_is_given_back_at_once(world: World) -> None:
    """With too little time left no call begins: the message is visible again and no upload is charged for it."""
    message = world.message(world.drop("a.png", picture()))
    assert world.handle(message, seconds=15) == [message["messageId"]]
    assert world.ocr.calls == 0
    again: list[Any] = world.sqs.receive_message(QueueUrl=world.queue_url).get("Messages", [])
    assert [found["MessageId"] for found in again] == [message["messageId"]]
    message = {**message, "receiptHandle": again[0]["ReceiptHandle"]}
    assert world.handle(message) == []
    assert world.outcomes() == ["answered"]


def test_the_index_answers_its_questions_by_query(world: World) -> None:
    """Current record, by status, by day, by requestId and by verifyId."""
    world.handle(world.message(world.drop("a.png", picture())), world.message(world.drop("b.png", b"no image")))
    index = world.services().index
    record = world.record("a.png")
    assert [found["key"] for found in index.by_status("recognized")[0]] == ["a.png"]
    assert [found["key"] for found in index.by_status("failed")[0]] == ["b.png"]
    assert sorted(found["key"] for found in index.of_day(record["day"])[0]) == ["a.png", "b.png"]
    assert {found["key"] for found in index.of_request(record["requestId"])} == {"a.png"}
    assert {found["key"] for found in index.of_verification(record["verifyId"])} == {"a.png"}
    assert index.current(world.uploads, "other") is None

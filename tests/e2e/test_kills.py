"""One stack whose processes are killed at the worst moments, which is stopped and started again, and what became of it.

The story is told once, by the fixture: all its crashes share the one wait for the leases of the dead.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from running import Running, until
from world import CORNERS, OcrApiStandIn, picture

LEASE = 95.0
"""Seconds that the dead may hold what they had: as long as their invocations could have lasted, and a little more."""

IN_THE_CALL, UNREAD, KEPT = picture(1), picture(2), picture(3)
LINES = 20_000
"""So many lines make the work after the call long enough to be killed in."""


@dataclass
class Hold:
    """The first call for some bytes: that it came, whether it may be answered, and that it was."""

    came: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)


@dataclass
class Watched(OcrApiStandIn):
    """Counts the calls of each content, and holds the first one of some until it is told."""

    calls_of: Counter[str] = field(default_factory=Counter)
    held: dict[str, Hold] = field(default_factory=dict)

    def hold(self, data: bytes) -> Hold:
        """Hold the first call for these bytes."""
        self.held[_sha(data)] = hold = Hold()
        return hold

    def take(self, body: dict[str, Any], app_id: str) -> Any:
        sha = _sha(base64.b64decode(body["image"]))
        with self.lock:
            self.calls_of[sha] += 1
            hold = self.held.pop(sha, None)
        status, headers, content = super().take(body, app_id)
        if hold:
            hold.came.set()
            hold.release.wait(20)
            hold.answered.set()
        return (status, headers, _long(content)) if sha == _sha(KEPT) else (status, headers, content)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _long(content: bytes) -> bytes:
    answer = json.loads(content)
    line = {"advancedInfo": "1", "detectedText": "甲", "itemPolygon": None, "polygon": CORNERS}
    answer["data"]["textDetections"] = [line] * LINES
    return json.dumps(answer).encode()


def large_picture() -> bytes:
    """One that takes a while to be fitted: time to be killed in, before any call."""
    out = io.BytesIO()
    Image.effect_noise((3000, 2000), 100).save(out, "PNG", compress_level=1)
    return out.getvalue()


@dataclass
class Story:
    """The stack after all of it, and what was thrown at it."""

    stack: Running
    ocr: Watched
    versions: dict[str, str] = field(default_factory=dict)
    first_records: dict[str, dict[str, Any]] = field(default_factory=dict)
    announced: Counter[tuple[str, str]] = field(default_factory=Counter)

    def drop(self, key: str, data: bytes) -> None:
        self.versions[key] = self.stack.drop(key, data)

    def bystanders(self, name: str) -> None:
        """Some uploads that are at work, or done, by the time this returns."""
        keys = [f"{name}/{number}.png" for number in range(6)]
        for key in keys:
            self.drop(key, picture(size=(200 + len(self.versions), 90)))
        until(lambda: all(self.stack.record(key) for key in keys), 10, "the bystanders")

    def ledger_of(self, key: str) -> list[dict[str, Any]]:
        return [row for row in self.stack.ledger() if row["key"] == key]

    def on_receipt(self) -> None:
        """Killed while it looks at an upload for which nothing was sent yet."""
        self.bystanders("received")
        self.drop("received.png", large_picture())
        until(lambda: self.stack.record("received.png"), 10, "the receipt")
        self.stack.kill_environments()
        assert not self.ledger_of("received.png")

    def in_the_call(self) -> None:
        """Killed while the OCR API thinks."""
        hold = self.ocr.hold(IN_THE_CALL)
        self.bystanders("called")
        self.drop("called.png", IN_THE_CALL)
        assert hold.came.wait(10)
        self.stack.kill_environments()
        hold.release.set()

    def before_the_answer_is_read(self) -> None:
        """Killed when the answer was sent and nobody had read it."""
        hold = self.ocr.hold(UNREAD)
        self.drop("unread.png", UNREAD)
        assert hold.came.wait(10)
        for pid in self.stack.environments():
            os.kill(pid, signal.SIGSTOP)
        hold.release.set()
        assert hold.answered.wait(10)
        self.stack.kill_environments()

    def after_the_answer_was_kept(self) -> None:
        """Killed when the answer was kept and the document not yet written."""
        self.drop("kept.png", KEPT)
        asked = {"Bucket": self.stack.told["resultsBucket"], "Prefix": ".ocr-drop/answers/"}

        def kept() -> bool:
            listed = self.stack.s3.list_objects_v2(**asked).get("Contents", [])
            return any(_sha(KEPT) in thing["Key"] for thing in listed)

        until(kept, 20, "the kept answer")
        self.stack.kill_environments()
        assert self.stack.record("kept.png")["status"] == "waiting"

    def stop_and_start(self, again: Callable[[], Running]) -> None:
        """Stopped in order while uploads wait and calls are under way, and started again."""
        self.ocr.before_answer = lambda: time.sleep(2)
        for number in range(14):
            self.drop(f"stopped/{number}.png", picture(number, size=(300, 100)))
        until(lambda: self.ocr.in_flight or None, 10, "the first calls")
        assert self.stack.end(signal.SIGTERM) == 0
        self.ocr.before_answer = lambda: None
        self.stack = again()

    def twice(self) -> None:
        """The events of all uploads that have ended come a second time, as S3 may send them."""
        for key, version in self.versions.items():
            self.first_records[key] = self.stack.ended(key, version, within=LEASE + 40)
        for key, record in self.first_records.items():
            thing = {name: record[name] for name in ("eTag", "versionId", "sequencer")}
            bucket = {"name": self.stack.told["uploadsBucket"]}
            s3 = {"bucket": bucket, "object": {**thing, "key": key, "size": int(record["size"])}}
            event = {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]}
            self.stack.sqs.send_message(QueueUrl=self.stack.told["uploadsQueueUrl"], MessageBody=json.dumps(event))
        until(lambda: not any(self.messages()) or None, 20, "an empty queue")

    def messages(self) -> tuple[int, int]:
        """How many messages the queue holds: visible, and in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        url = self.stack.told["uploadsQueueUrl"]
        found = self.stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])

    def hear(self) -> None:
        """Take what the bus brought to its listener, before and after the stop."""
        url = self.stack.sqs.get_queue_url(QueueName="heard")["QueueUrl"]

        def heard() -> bool | None:
            found = self.stack.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            for message in found:
                detail = json.loads(message["Body"])["detail"]
                self.announced[detail["key"], detail["id"]] += 1
                self.stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return None if found else True

        until(heard, 20, "the last event")


@pytest.fixture(scope="module")
def story(
    tmp_path_factory: pytest.TempPathFactory,
    serving: Callable[[OcrApiStandIn], AbstractContextManager[Watched]],
) -> Iterator[Story]:
    """All of it, once."""
    folder = tmp_path_factory.mktemp("lasting")
    with serving(Watched()) as ocr:

        def start() -> Running:
            return Running("--data", str(folder), "--ocr-url", ocr.url, "--app-id", "7438000001", "--secret", "s3cret")

        told = Story(start(), ocr)
        try:
            told.stack.listen()
            told.on_receipt()
            told.in_the_call()
            told.before_the_answer_is_read()
            told.after_the_answer_was_kept()
            told.stop_and_start(start)
            told.twice()
            told.hear()
            yield told
        finally:
            with suppress(ProcessLookupError):
                told.stack.end()


def test_all_uploads_end(story: Story) -> None:
    """Whatever was killed, each upload has its document, of the very version that was dropped."""
    for key, version in story.versions.items():
        document = story.stack.document(key)
        assert (document["status"], document["source"]["versionId"]) == ("recognized", version)


def test_calls_are_contents_and_unknown_outcomes(story: Story) -> None:
    """What the OCR API counted is one call for each content, and one more for each outcome that the ledger marks."""
    rows = story.stack.ledger()
    answered = {row["pk"] for row in rows if row["outcome"] == "answered"}
    unknown = [row for row in rows if row["outcome"] == "unknown"]
    assert len(answered) == len(story.versions)
    assert story.ocr.calls == len(answered) + len(unknown) == len(rows)
    assert unknown


@pytest.mark.parametrize(
    ("key", "outcomes"),
    [
        ("received.png", ["answered"]),
        ("called.png", ["answered", "unknown"]),
        ("unread.png", ["answered", "unknown"]),
        ("kept.png", ["answered"]),
    ],
)
def test_a_second_call_is_made_only_where_the_first_may_be_lost(story: Story, key: str, outcomes: list[str]) -> None:
    """Killed before the call or after its answer was kept: one call. Killed in between: one more, and it is marked."""
    assert sorted(row["outcome"] for row in story.ledger_of(key)) == outcomes


def test_a_kept_answer_is_used(story: Story) -> None:
    """The document of the upload that was killed after its answer was kept holds all of that answer."""
    assert story.ocr.calls_of[_sha(KEPT)] == 1
    (page,) = story.stack.document("kept.png")["pages"]
    assert len(page["lines"]) == LINES


def test_events_that_come_twice_change_nothing(story: Story) -> None:
    """A second event of each upload leaves its record as it was, and costs no call."""
    for key, record in story.first_records.items():
        assert story.stack.record(key) == record


def test_each_end_is_announced_under_one_id(story: Story) -> None:
    """However often it is announced how an upload ended, it is under one id, and none is left out."""
    assert {key for key, _ in story.announced} == set(story.versions)
    assert len(story.announced) == len(story.versions)


def test_nothing_is_left_behind(story: Story) -> None:
    """No message waits any more, and none was given up."""
    asked = {"QueueUrl": story.stack.told["deadLetterQueueUrl"], "AttributeNames": ["ApproximateNumberOfMessages"]}
    assert story.stack.sqs.get_queue_attributes(**asked)["Attributes"] == {"ApproximateNumberOfMessages": "0"}
    assert story.messages() == (0, 0)

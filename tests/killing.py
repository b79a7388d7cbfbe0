"""A stack whose processes are killed at the worst moments, and which is stopped and started again."""

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
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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
        self.held[sha_of(data)] = hold = Hold()
        return hold

    def take(self, body: dict[str, Any], app_id: str) -> Any:
        sha = sha_of(base64.b64decode(body["image"]))
        with self.lock:
            self.calls_of[sha] += 1
            hold = self.held.pop(sha, None)
        status, headers, content = super().take(body, app_id)
        if hold:
            hold.came.set()
            hold.release.wait(20)
            hold.answered.set()
        return (status, headers, _long(content)) if sha == sha_of(KEPT) else (status, headers, content)


def sha_of(data: bytes) -> str:
    """The SHA-256 of a content."""
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
    failed: AssertionError | None = None
    """Why the crashes could not be played, if so."""

    def drop(self, key: str, data: bytes) -> None:
        """Put an upload, and remember its version."""
        self.versions[key] = self.stack.drop(key, data)

    def bystanders(self, name: str) -> None:
        """Some uploads that are at work, or done, by the time this returns."""
        keys = [f"{name}/{number}.png" for number in range(6)]
        for key in keys:
            self.drop(key, picture(size=(200 + len(self.versions), 90)))
        until(lambda: all(self.stack.record(key) for key in keys), 10, "the bystanders")

    def ledger_of(self, key: str) -> list[dict[str, Any]]:
        """The calls that were made for an upload."""
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
            return any(sha_of(KEPT) in thing["Key"] for thing in listed)

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

    def crash(self, again: Callable[[], Running]) -> None:
        """All that is thrown at it, one after the other; its dead hold what they had for a while."""
        self.stack.listen()
        self.on_receipt()
        self.in_the_call()
        self.before_the_answer_is_read()
        self.after_the_answer_was_kept()
        self.stop_and_start(again)

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

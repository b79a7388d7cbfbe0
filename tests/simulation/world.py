"""The world of one run: AWS, the OCR API, environments, and what a schedule makes of them.

How to read a failing schedule: Hypothesis prints the smallest `Schedule(...)` that it found. Paste it into
`test_found.py` under a name of its own and run it; the failure shows the run as a table, a line for each operation:
seconds since the start, the invocation, the operation, and the fault that struck before or after its effect. Read it
from the first fault on, an environment at a time; the last lines are the world at rest.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote_plus

import pytest

from ocr_drop import batches, images
from ocr_drop.esign import client
from simulation.contents import FILES, fit, on_the_wire
from simulation.fakes.dynamodb import DynamoDb
from simulation.fakes.s3 import S3
from simulation.fakes.small import Events, SecretsManager
from simulation.fakes.sqs import Sqs
from simulation.faults import Faults
from simulation.journal import Journal
from simulation.lambdas import DEAD_LETTERS, IN, OUT, UPLOADS, Environment, OneThread, Seen
from simulation.scheduler import Scheduler
from simulation.schedules import Delete, Drop, Schedule
from simulation.vendor import Vendor, Wire

START = 1_795_507_200.0
"""2026-11-24T08:00:00Z."""

MOST_SECONDS = 3 * 3600
"""What has not ended by then never will."""

WIRE = Wire()


def connect(patch: pytest.MonkeyPatch) -> None:
    """Put the simulation in the places of the network, of the thread pool and of fitting, which it does once."""
    patch.setattr(client, "requests", WIRE)
    patch.setattr(batches, "ThreadPoolExecutor", OneThread)
    patch.setattr(images, "fit", _fit_or_die)


def _fit_or_die(data: bytes, **limits: int) -> Any:
    """As `images.fit`, which some files kill: out of memory, or a crash in a library of C."""
    if data == FILES["poison"]:
        assert WIRE.vendor
        WIRE.vendor.scheduler.die()
    return fit(data, **limits)


class World:
    """A stack as the template makes it, at rest before its first upload."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.scheduler = Scheduler(START)
        clock = lambda: self.scheduler.now  # noqa: E731 - the clock that all share
        self.journal = Journal(clock, OUT)
        self.s3 = S3(IN, OUT, clock=clock, told=self.journal.put)
        self.table = DynamoDb(clock, schedule.lag, self.journal.wrote)
        self.sqs = Sqs(clock)
        self.sqs.create(DEAD_LETTERS)
        self.sqs.create(UPLOADS, dead_letters=DEAD_LETTERS, most_receives=1000, timeout=540.0)
        self.sqs.newest_first = schedule.newest_first
        self.bus = Events(self.journal.announced)
        self.faults = Faults(schedule.faults, self.scheduler, self.sqs)
        self.vendor = Vendor(
            self.scheduler,
            self.faults,
            list(schedule.replies),
            schedule.troubles,
            START,
            on_the_wire(),
            self._is_in_ledger,
        )
        self.seen = Seen()
        self.secret = SecretsManager("")
        self.services: dict[str, Any] = {
            "s3": self.s3,
            "dynamodb": self.table,
            "sqs": self.sqs,
            "secretsmanager": self.secret,
            "events": self.bus,
        }
        skews = schedule.skews or (0.0,)
        self.environments = [
            Environment(f"env{number}", skews[number % len(skews)], self) for number in range(schedule.environments)
        ]
        self.reconciler = Environment("reconcile", 0.0, self)
        self.uploads: list[tuple[Drop, str, str]] = []
        """Each drop that took place, with its sequencer and version."""
        self._deleted = self._coming = 0
        self.left: Counter[tuple[str, str]] = Counter()
        """How often an invocation left the upload of a key with a certain order without a word."""
        self.deaths: Counter[tuple[str, str]] = Counter()
        """How often it did so because its process died."""
        self._prepare()

    def _prepare(self) -> None:
        for drop in self.schedule.drops:
            self.scheduler.at(START + drop.at, lambda drop=drop: self._drop(drop))  # type: ignore[misc]
        for delete in self.schedule.deletes:
            self.scheduler.at(START + delete.at, lambda delete=delete: self._delete(delete))  # type: ignore[misc]
        self.scheduler.at(START + 30, self._each_minute)
        self.scheduler.poll = self._poll

    def run(self) -> World:
        """Let everything happen, until the queue is quiet and nobody works."""
        state = random.getstate()
        random.seed(7)  # jitter is part of the schedule
        WIRE.vendor = self.vendor
        try:
            self.scheduler.run()
        finally:
            random.setstate(state)
        return self

    def _drop(self, drop: Drop) -> None:
        put = self.s3.put_object(Bucket=IN, Key=drop.key, Body=FILES[drop.content], ContentType="image/png")
        sequencer = f"{0x65 + len(self.uploads):018X}"
        self.uploads.append((drop, sequencer, put["VersionId"]))
        thing = {
            "key": quote_plus(drop.key),
            "size": len(FILES[drop.content]),
            "eTag": put["ETag"].strip('"'),
            "versionId": put["VersionId"],
            "sequencer": sequencer,
        }
        s3 = {"bucket": {"name": IN}, "object": thing}
        body = json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]})
        for delay in drop.events:
            self._coming += 1
            self.scheduler.at(self.scheduler.now + delay, lambda: self._arrives(body))

    def _arrives(self, body: str) -> None:
        self._coming -= 1
        self.sqs.send_message(QueueUrl=UPLOADS, MessageBody=body)

    def _each_minute(self) -> None:
        """The reconciler's schedule goes on until there is nothing left to wait for, or until it is hopeless."""
        if not self.reconciler.busy:
            self.secret.text = self.vendor.secret()
            self.reconciler.reconcile()
        if self.scheduler.now < START + MOST_SECONDS and not self.at_rest():
            self.scheduler.at(self.scheduler.now + 60, self._each_minute)

    def at_rest(self) -> bool:
        """Whether all that was dropped has ended, and nothing is under way."""
        due = len(self.uploads) + self._deleted < len(self.schedule.drops) + len(self.schedule.deletes)
        busy = any(environment.busy for environment in self.environments)
        return not (due or busy or self.sqs.messages(UPLOADS) or self._coming or self.unended())

    def unended(self) -> list[str]:
        """The keys whose newest upload has not ended, unless it was deleted before anyone could hear of it."""
        newest = {drop.key: (drop, version) for drop, _, version in self.uploads}
        return [key for key, (drop, version) in newest.items() if not self._has_ended(drop, version)]

    def _has_ended(self, drop: Drop, version: str) -> bool:
        record = self.table.items.get((f"object#{IN}/{drop.key}", "record"))
        if not drop.events and self.s3.buckets[IN][drop.key][-1].data is None:
            return not record or record["status"]["S"] != "waiting"
        if not record or record["status"]["S"] == "waiting":
            return False
        told = record.get("versionId", {}).get("S") == version
        same = record["eTag"]["S"] == _e_tag(drop) and record.get("code") != {"S": "gone"}
        return told or (not drop.events and same)

    def _delete(self, delete: Delete) -> None:
        self._deleted += 1
        if delete.key in self.s3.buckets[IN]:
            self.s3.delete_object(Bucket=IN, Key=delete.key)

    def _poll(self) -> float | None:
        """Hand visible messages to idle environments; gives when the next message is visible, if one could take it."""
        for environment in self.environments:
            if environment.busy:
                continue
            visible = self.sqs.next_visible(UPLOADS)
            if visible is None or visible > self.scheduler.now:
                return visible
            self.secret.text = self.vendor.secret()
            taken = self.sqs.receive_message(QueueUrl=UPLOADS, MaxNumberOfMessages=self.schedule.batch)
            if "Messages" in taken:
                environment.recognize(taken["Messages"])
        return None

    def delete(self, messages: Iterable[dict[str, Any]]) -> None:
        """The event source mapping deletes what an invocation has done."""
        for message in messages:
            self.sqs.delete_message(QueueUrl=UPLOADS, ReceiptHandle=message["ReceiptHandle"])

    def ended(self, environment: Environment, died: bool) -> None:
        """Note which uploads an invocation has left without a word: begun, and neither ended nor waiting."""
        for pk in environment.touched:
            record = self.table.items.get((pk, "record"))
            if record and record["status"]["S"] == "waiting" and record["unfinished"]["N"] != "0":
                self.left[pk, record["order"]["S"]] += 1
                self.deaths[pk, record["order"]["S"]] += died

    def crashes(self, content: str) -> int:
        """How often uploads of a content were begun and left without a word, if one of the processes really died.

        The others could not reach the table: from the outside nobody can tell them apart.
        """
        these = [
            (f"object#{IN}/{drop.key}", order)
            for drop, sequencer, _ in self.uploads
            for order in (f"{sequencer:0<40}", "")
            if drop.content == content
        ]
        return sum(self.left[this] for this in these) if any(self.deaths[this] for this in these) else 0

    def _is_in_ledger(self, request_id: str) -> bool:
        return any(item.get("requestId", {}).get("S") == request_id for item in self.table.items.values())

    def story(self) -> str:
        """The run as a table, to be read when it fails."""
        lines = [
            f"{at - START:9.3f}  {who:12}  {what:35} {f'{fault} {side} its effect' if fault else ''}"
            for at, who, what, side, fault in self.faults.passed
            if fault or side == "before"
        ]
        if len(lines) > 200:
            lines[180:-20] = [f"... {len(lines) - 200} operations more ..."]
        return "\n".join(["", repr(self.schedule), *lines])


def _e_tag(drop: Drop) -> str:
    return hashlib.md5(FILES[drop.content], usedforsecurity=False).hexdigest()

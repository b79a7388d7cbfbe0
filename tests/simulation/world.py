"""The world of one run: AWS, the OCR API, environments, and what a schedule makes of them.

How to read a failing schedule: Hypothesis prints the smallest `Schedule(...)` that it found. Paste it into
`test_found.py` as a test of its own and run it; the failure shows the run as a table, a line for each point:
seconds since the start, the invocation, the operation, whether before or after its effect, and the fault that struck
there. Read it from the first fault on, an environment at a time; the last lines are the world at rest.
"""

from __future__ import annotations

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
from simulation.lambdas import DEAD_LETTERS, IN, OUT, UPLOADS, Environment, OneThread, Seen
from simulation.schedules import Delete, Drop, Schedule
from simulation.scheduler import Scheduler
from simulation.vendor import Vendor, Wire

START = 1_795_507_200.0
"""2026-11-24T08:00:00Z."""

WIRE = Wire()


def connect(patch: pytest.MonkeyPatch) -> None:
    """Put the simulation in the places of the network, of the thread pool and of fitting, which it does once."""
    patch.setattr(client, "requests", WIRE)
    patch.setattr(batches, "ThreadPoolExecutor", OneThread)
    patch.setattr(images, "fit", fit)


class World:
    """A stack as the template makes it, at rest before its first upload."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.scheduler = Scheduler(START)
        clock = lambda: self.scheduler.now  # noqa: E731 - the clock that all share
        self.s3 = S3(IN, OUT, clock=clock)
        self.table = DynamoDb(clock, schedule.lag)
        self.sqs = Sqs(clock)
        self.sqs.create(DEAD_LETTERS)
        self.sqs.create(UPLOADS, dead_letters=DEAD_LETTERS, most_receives=1000, timeout=540.0)
        self.sqs.newest_first = schedule.newest_first
        self.bus = Events()
        self.faults = Faults(schedule.faults, self.scheduler, self.sqs)
        self.vendor = Vendor(
            self.scheduler, self.faults, list(schedule.replies), schedule.troubles, START, on_the_wire()
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
            Environment(number, skews[number % len(skews)], self) for number in range(schedule.environments)
        ]
        self.uploads: list[tuple[Drop, str, str]] = []
        """Each drop that took place, with its sequencer and version."""
        self.deaths: Counter[tuple[str, str]] = Counter()
        """How often a process died at the upload of a key with a certain order."""
        self.dead: set[str] = set()
        """The invocations whose process died."""
        self._prepare()

    def _prepare(self) -> None:
        for drop in self.schedule.drops:
            self.scheduler.at(START + drop.at, lambda drop=drop: self._drop(drop))  # type: ignore[misc]
        for delete in self.schedule.deletes:
            self.scheduler.at(START + delete.at, lambda delete=delete: self._delete(delete))  # type: ignore[misc]
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
            self.scheduler.at(
                self.scheduler.now + delay, lambda: self.sqs.send_message(QueueUrl=UPLOADS, MessageBody=body)
            )

    def _delete(self, delete: Delete) -> None:
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
                environment.invoke(taken["Messages"])
        return None

    def delete(self, messages: Iterable[dict[str, Any]]) -> None:
        """The event source mapping deletes what an invocation has done."""
        for message in messages:
            self.sqs.delete_message(QueueUrl=UPLOADS, ReceiptHandle=message["ReceiptHandle"])

    def died(self, environment: Environment, invocation: str) -> None:
        """Note at which uploads a process died: those whose records it had written, and that have not ended."""
        self.dead.add(invocation)
        for pk in environment.touched:
            record = self.table.items.get((pk, "record"))
            if record and record["status"]["S"] == "waiting":
                self.deaths[pk, record["order"]["S"]] += 1

    def story(self) -> str:
        """The run as a table, to be read when it fails."""
        lines = [
            f"{at - START:9.3f}  {who:8}  {what:28} {side:6} {fault}"
            for at, who, what, side, fault in self.faults.passed[-4000:]
        ]
        return "\n".join(["", repr(self.schedule), *lines])

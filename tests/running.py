"""`ocr-drop local up` as its user starts it, and a user's clients for what it says."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

COMMAND = str(Path(sys.prefix, "bin", "ocr-drop"))
T = TypeVar("T")


def until(found: Callable[[], T | None], within: float, what: str) -> T:
    """What `found` gives as soon as it gives something, or a failed test that says what was waited for."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited {within} s in vain for {what}")


def alive(pids: set[int]) -> set[int]:
    """Those processes that still run; one that waits to be collected has ended."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return {int(pid) for pid, state, *_ in rows if int(pid) in pids and not state.startswith("Z")}


def family(pid: int) -> set[int]:
    """A process and all that it started, and they started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


class Running:
    """A running local stack."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [COMMAND, "local", "up", "--json", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.told: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")
        assert self.told, "local up ended before it was ready"
        self.s3, self.sqs, self.events, self.logs = map(self.client, ("s3", "sqs", "events", "logs"))
        self.table = self._session().resource("dynamodb", **self._place).Table(self.told["indexTable"])

    def client(self, service: str, credentials: tuple[str, str] | None = None) -> Any:
        """A client with the credentials that the stack told its user, or with others."""
        return self._session(credentials).client(service, **self._place)

    def _session(self, credentials: tuple[str, str] | None = None) -> boto3.Session:
        key = credentials or (self.told["accessKeyId"], self.told["secretAccessKey"])
        return boto3.Session(*key, region_name=self.told["region"])

    @property
    def _place(self) -> dict[str, Any]:
        return {"endpoint_url": self.told["endpointUrl"], "config": Config(proxies={})}

    def environments(self) -> set[int]:
        """The functions' processes: children of a child of the stack's."""
        children = family(self.process.pid) - {self.process.pid}
        return {pid for child in children for pid in family(child) - {child}}

    def kill_environments(self) -> None:
        """SIGKILL to all of the functions' processes."""
        killed = self.environments()
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(killed), 5, "the end of the killed environments")

    def drop(self, key: str, data: bytes) -> str:
        """Put an object into the uploads bucket; gives its version."""
        return str(self.s3.put_object(Bucket=self.told["uploadsBucket"], Key=key, Body=data)["VersionId"])

    def ended(self, key: str, version: str, within: float = 45.0) -> dict[str, Any]:
        """The record of an upload once it has ended."""

        def ended() -> dict[str, Any] | None:
            item = self.record(key)
            return item if item.get("versionId") == version and item["status"] != "waiting" else None

        return until(ended, within, f"the end of {key}")

    def record(self, key: str) -> dict[str, Any]:
        """The record of a key as it is now; an empty one if there is none."""
        asked = {"pk": f"object#{self.told['uploadsBucket']}/{key}", "sk": "record"}
        return dict(self.table.get_item(Key=asked, ConsistentRead=True).get("Item", {}))

    def result(self, key: str) -> bytes:
        """An object of the results bucket."""
        return bytes(self.s3.get_object(Bucket=self.told["resultsBucket"], Key=key)["Body"].read())

    def document(self, key: str) -> dict[str, Any]:
        """The document of a key."""
        return dict(json.loads(self.result(f"{key}.json")))

    def ledger(self) -> list[dict[str, Any]]:
        """All calls that were made at the OCR API."""
        return [item for item in self.table.scan()["Items"] if item["sk"].startswith("call#")]

    def listen(self) -> Callable[[str], dict[str, Any]]:
        """From now on: the event that is announced for a key, once it is."""
        url = self.sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Resource": arn}
        policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Action": "sqs:SendMessage"}]}
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        bus, pattern = self.told["eventBus"], json.dumps({"source": ["ocr-drop"]})
        self.events.put_rule(Name="all", EventBusName=bus, EventPattern=pattern)
        self.events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "1", "Arn": arn}])
        heard: list[dict[str, Any]] = []

        def event(key: str) -> dict[str, Any] | None:
            for message in self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                heard.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return next((told for told in heard if told["detail"]["key"] == key), None)

        return lambda key: until(lambda: event(key), 10, f"the event of {key}")

    def answers(self) -> bool:
        """Whether anything listens where the stack's AWS was."""
        place = urlsplit(self.told["endpointUrl"])
        try:
            socket.create_connection((place.hostname or "", place.port or 0), timeout=1).close()
        except OSError:
            return False
        return True

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait; gives the exit code."""
        os.kill(self.process.pid, number)
        code = self.process.wait(timeout=15)
        if self.process.stdout:
            self.process.stdout.close()
        return code

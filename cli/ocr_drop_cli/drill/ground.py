"""The stack that a drill is held on: what an operator, or fate, can do to it, and what can be counted in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from ocr_drop.index import Index
from ocr_drop.table import Table
from ocr_drop_cli.drill.door import Door
from ocr_drop_cli.local import aws
from ocr_drop_cli.local.processes import Processes
from ocr_drop_cli.local.stack import Stack


@dataclass
class Ground:
    """A running stack with a door before its OCR API."""

    stack: Stack
    processes: Processes
    door: Door
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client of a service, made once."""
        if service not in self._clients:
            self._clients[service] = self.stack.aws.client(service)
        return self._clients[service]

    def put(self, key: str, data: bytes) -> str:
        """Put a file into the bucket of uploads; gives its version."""
        put = self.client("s3").put_object(Bucket=self.stack.description.uploads_bucket, Key=key, Body=data)
        return str(put["VersionId"])

    def send(self, body: str) -> None:
        """Put a message into the queue of uploads."""
        self.client("sqs").send_message(QueueUrl=self.stack.description.uploads_queue_url, MessageBody=body)

    def record(self, key: str) -> dict[str, Any]:
        """What the record of a key says now; nothing when there is none."""
        table = Table(self.client("dynamodb"), self.stack.description.index_table)
        found = Index(table, time.time).current(self.stack.description.uploads_bucket, key)
        return dict(found) if found else {}

    def document(self, key: str) -> dict[str, Any]:
        """The document of a key."""
        asked = {"Bucket": self.stack.description.results_bucket, "Key": f"{key}.json"}
        return dict(json.loads(self.client("s3").get_object(**asked)["Body"].read()))

    def ledger(self) -> list[dict[str, Any]]:
        """All rows of the ledger."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=self.stack.description.index_table)
        plain = TypeDeserializer().deserialize
        items = ({name: plain(value) for name, value in item.items()} for page in pages for item in page["Items"])
        return [item for item in items if item["sk"].startswith("call#")]

    def queued(self) -> int:
        """How many messages the queue of uploads holds, those under way included."""
        return self._messages(self.stack.description.uploads_queue_url)

    def calm(self) -> None:
        """Wait until the queue is empty: S3 tried it when the stack was made, and nothing may be killed with that."""
        while self.queued():
            self.processes.check()
            time.sleep(0.05)

    def dead_letters(self) -> int:
        """How many messages lie in the dead-letter queue."""
        return self._messages(self.stack.description.dead_letter_queue_url)

    def _messages(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def secret(self) -> dict[str, str]:
        """The credentials that the secret holds."""
        asked = {"SecretId": self.stack.description.secret_id}
        return dict(json.loads(self.client("secretsmanager").get_secret_value(**asked)["SecretString"]))

    def put_secret(self, credentials: dict[str, str]) -> None:
        """Change the secret, as an operator does."""
        content = json.dumps(credentials)
        self.client("secretsmanager").put_secret_value(SecretId=self.stack.description.secret_id, SecretString=content)

    def kill(self) -> int:
        """SIGKILL to all processes of functions, until they are dead; gives how many there were."""
        parent = self.processes.pid(aws.NAME)
        pids = children_of(parent)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while set(pids) & set(children_of(parent)):  # a dying one would still be handed what is dropped next
            time.sleep(0.01)
        return len(pids)


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    rows = (line.split() for line in listed.splitlines())
    return [int(child) for child, parent, state, *_ in rows if int(parent) == pid and not state.startswith("Z")]

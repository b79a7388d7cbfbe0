"""AWS over HTTP (moto's server), an OCR API that does what it is told, and the handler's own services between them."""

from __future__ import annotations

import io
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

import boto3
from PIL import Image

from ocr_drop.batches import answer
from ocr_drop.reconciler import reconcile
from ocr_drop.services import Services
from ocr_drop.settings import Settings

CORNERS = [{"x": 10, "y": 20}, {"x": 110, "y": 20}, {"x": 110, "y": 40}, {"x": 10, "y": 40}]
REGION = "eu-west-1"


def success(text: str = "甲") -> tuple[int, dict[str, str], bytes]:
    """An answer of the OCR API with one line, and a verifyId of its own."""
    line = {"advancedInfo": "1", "detectedText": text, "itemPolygon": None, "polygon": CORNERS}
    data = {"verifyId": str(uuid.uuid4()), "angle": 0.0, "textDetections": [line]}
    return 200, {}, json.dumps({"code": 0, "message": "成功", "data": data}).encode()


def failure(code: int, message: str = "", status: int = 200, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """A failure in the OCR API's own shape."""
    return status, headers, json.dumps({"code": code, "message": message, "data": None}).encode()


@dataclass
class OcrApiStandIn:
    """Answers what `replies` holds, then successes; an Exception in `replies` drops the connection."""

    url: str = ""
    replies: list[Any] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    app_ids: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    before_answer: Callable[[], None] = lambda: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def calls(self) -> int:
        return len(self.bodies)

    def hold_the_first_call(self) -> tuple[threading.Event, threading.Event]:
        """From now on the first call is answered only when the second event is set; the first tells that it came."""
        came, release = threading.Event(), threading.Event()

        def hold() -> None:
            if not came.is_set():
                came.set()
                release.wait(20)

        self.before_answer = hold
        return came, release

    def take(self, body: dict[str, Any], app_id: str) -> Any:
        with self.lock:
            self.bodies.append(body)
            self.app_ids.append(app_id)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            reply = self.replies.pop(0) if self.replies else success()
        self.before_answer()
        with self.lock:
            self.in_flight -= 1
        return reply


@dataclass
class Clock:
    """A clock that tests move."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        """What sleeping is here."""
        self.now += seconds


@dataclass
class Context:
    """What Lambda hands to a handler."""

    seconds: float = 90.0
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class Clients:
    """A session that makes each client once: making one takes longer than most tests."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self._made: dict[str, Any] = {}

    def client(self, service: str, config: Any = None) -> Any:
        if service not in self._made:
            self._made[service] = self._session.client(service, config=config)
        return self._made[service]


class World:
    """A stack of its own for one test: buckets, queues, table, bus and secret, and the services between them."""

    def __init__(self, ocr: OcrApiStandIn) -> None:
        name = uuid.uuid4().hex[:12]
        self.ocr = ocr
        self.clock = Clock()
        self.session = boto3.Session()
        self.clients = Clients(self.session)
        self.s3, self.sqs, self.table_client, self.secrets, self.events = (
            self.session.client(service) for service in ("s3", "sqs", "dynamodb", "secretsmanager", "events")
        )
        self.uploads, self.results, self.table = f"uploads-{name}", f"results-{name}", f"index-{name}"
        for bucket in (self.uploads, self.results):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.queue_url, self.dead_letters_url, self.heard_url = (
            self.sqs.create_queue(QueueName=f"{kind}-{name}")["QueueUrl"] for kind in ("uploads", "dead", "heard")
        )
        self._create_table()
        self._create_bus(name)
        self.secret_id = self.secrets.create_secret(Name=name, SecretString=_credentials("7438000001", "s3cret"))["ARN"]
        self.settings = Settings(
            uploads_bucket=self.uploads,
            results_bucket=self.results,
            index_table=self.table,
            event_bus=f"bus-{name}",
            uploads_queue_url=self.queue_url,
            dead_letter_queue_url=self.dead_letters_url,
            ocr_secret_id=self.secret_id,
            ocr_endpoint=ocr.url,
            egress_ip="",
            max_image_bytes=750_000,
            call_threads=3,
            memory_bytes=1769 * 1024 * 1024,
        )
        self.sequence = 0x0065_0000_0000_0000

    def _create_table(self) -> None:
        indexes = {
            "by-status": ["status", "at"],
            "by-day": ["day", "at"],
            "by-request": ["requestId"],
            "by-verify": ["verifyId"],
        }
        keys = {"pk", "sk"} | {name for index in indexes.values() for name in index}
        self.table_client.create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in sorted(keys)],
            KeySchema=_schema(["pk", "sk"]),
            GlobalSecondaryIndexes=[
                {"IndexName": name, "KeySchema": _schema(names), "Projection": {"ProjectionType": "ALL"}}
                for name, names in indexes.items()
            ],
        )

    def _create_bus(self, name: str) -> None:
        self.events.create_event_bus(Name=f"bus-{name}")
        self.events.put_rule(
            Name="all", EventBusName=f"bus-{name}", EventPattern=json.dumps({"source": ["ocr-drop"]}), State="ENABLED"
        )
        arn = self.sqs.get_queue_attributes(QueueUrl=self.heard_url, AttributeNames=["QueueArn"])
        target = {"Id": "1", "Arn": arn["Attributes"]["QueueArn"]}
        self.events.put_targets(Rule="all", EventBusName=f"bus-{name}", Targets=[target])

    def services(self, **changes: Any) -> Services:
        """An environment's services, as a cold start makes them."""
        settings = Settings(**{**self.settings.__dict__, **changes})
        return Services.of(settings, self.clients, self.clock, self.clock.pass_by)

    def drop(self, key: str, data: bytes) -> dict[str, Any]:
        """Put an object; gives the record that S3 would send, with a sequencer that grows."""
        put = self.s3.put_object(Bucket=self.uploads, Key=key, Body=data, ContentType="image/png")
        self.sequence += 1
        thing = {
            "key": quote_plus(key),
            "size": len(data),
            "eTag": put["ETag"].strip('"'),
            "versionId": put["VersionId"],
            "sequencer": f"{self.sequence:018X}",
        }
        s3 = {"bucket": {"name": self.uploads}, "object": thing}
        return {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}

    def message(self, *records: dict[str, Any], body: str | None = None, receives: int = 1) -> dict[str, Any]:
        """A message of the uploads queue, really received: its receipt handle counts."""
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body or json.dumps({"Records": list(records)}))
        (received,) = self.sqs.receive_message(QueueUrl=self.queue_url, VisibilityTimeout=540)["Messages"]
        return _as_event({**received, "Attributes": {"ApproximateReceiveCount": str(receives)}})

    def handle(self, *messages: dict[str, Any], services: Services | None = None, seconds: float = 90) -> list[str]:
        """Hand messages to an invocation; gives the ids of those that are to come again."""
        given = answer({"Records": list(messages)}, Context(seconds), services or self.services())
        return [entry["itemIdentifier"] for entry in given["batchItemFailures"]]

    def reconcile(self, services: Services | None = None, seconds: float = 60) -> dict[str, int]:
        """One run of the reconciler."""
        return reconcile(Context(seconds), services or self.services())

    def queued(self) -> list[dict[str, Any]]:
        """All messages that are visible in the uploads queue now, received."""
        messages: list[dict[str, Any]] = []
        while more := self.sqs.receive_message(
            QueueUrl=self.queue_url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=540,
            AttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        ).get("Messages"):
            messages += [_as_event(message) for message in more]
        return messages

    def finish(self, *messages: dict[str, Any]) -> None:
        """Delete messages, as the queue does with those that are not to come again."""
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["receiptHandle"])

    def document(self, key: str) -> dict[str, Any]:
        """The document of a key."""
        return dict(json.loads(self.s3.get_object(Bucket=self.results, Key=f"{key}.json")["Body"].read()))

    def put_credentials(self, app_id: str, secret: str) -> None:
        """Change the secret, as an operator does."""
        self.secrets.put_secret_value(SecretId=self.secret_id, SecretString=_credentials(app_id, secret))

    def again(self, message: dict[str, Any], receives: int = 2) -> dict[str, Any]:
        """The same message as the queue delivers it again."""
        self.sqs.change_message_visibility(
            QueueUrl=self.queue_url, ReceiptHandle=message["receiptHandle"], VisibilityTimeout=0
        )
        (received,) = self.sqs.receive_message(QueueUrl=self.queue_url, VisibilityTimeout=540)["Messages"]
        attributes = {"ApproximateReceiveCount": str(receives)}
        return {**message, "receiptHandle": received["ReceiptHandle"], "attributes": attributes}

    def record(self, key: str) -> dict[str, Any]:
        """The record of a key."""
        found = self.services().index.current(self.uploads, key)
        assert found is not None
        return found

    def ledger(self) -> list[dict[str, Any]]:
        """All rows of the ledger, oldest first."""
        items = self.session.resource("dynamodb").Table(self.table).scan()["Items"]
        return sorted(
            (item for item in items if item["sk"].startswith("call#")), key=lambda row: (row["at"], row["sk"])
        )

    def outcomes(self) -> list[str]:
        """How the calls ended, oldest first."""
        return [row["outcome"] for row in self.ledger()]

    def heard(self) -> list[dict[str, Any]]:
        """The events that arrived on the bus since the last look."""
        heard = []
        while messages := self.sqs.receive_message(QueueUrl=self.heard_url, MaxNumberOfMessages=10).get("Messages"):
            heard += [json.loads(message["Body"]) for message in messages]
        return heard

    def dead_letters(self) -> list[dict[str, Any]]:
        """What lies in the dead-letter queue."""
        found = self.sqs.receive_message(
            QueueUrl=self.dead_letters_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
        )
        return list(found.get("Messages", []))


def _as_event(received: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": received["MessageId"],
        "receiptHandle": received["ReceiptHandle"],
        "body": received["Body"],
        "attributes": received["Attributes"],
        "eventSource": "aws:sqs",
    }


def _schema(names: list[str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)]


def _credentials(app_id: str, secret: str) -> str:
    return json.dumps({"appId": app_id, "secret": secret})


def picture(seed: int = 0, size: tuple[int, int] = (120, 90)) -> bytes:
    """A small PNG; another seed gives another content."""
    out = io.BytesIO()
    Image.new("RGB", size, (seed % 256, 128, 200)).save(out, "PNG")
    return out.getvalue()

"""The edges of one environment, made once: the only module that knows them all."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import boto3

from ocr_drop.access import Access, BySignature, ByToken
from ocr_drop.aws import CONFIG
from ocr_drop.breaker import Breaker
from ocr_drop.claims import Claims
from ocr_drop.esign.client import OcrApi
from ocr_drop.index import Index
from ocr_drop.ledger import Ledger
from ocr_drop.model import Content, Part
from ocr_drop.notices import Notices
from ocr_drop.objects import Objects
from ocr_drop.queue import Queue
from ocr_drop.secrets import Secrets
from ocr_drop.settings import Settings
from ocr_drop.sweeps import Sweeps
from ocr_drop.table import Table
from ocr_drop.telemetry import Telemetry
from ocr_drop.tokens import Tokens
from ocr_drop.versions import Versions


@dataclass(frozen=True)
class Services:
    """What the pipeline works with. `one_at_a_time` is held while a picture is open: memory stays bounded."""

    settings: Settings
    objects: Objects
    claims: Claims
    index: Index
    breaker: Breaker
    sweeps: Sweeps
    access: Access
    ocr: OcrApi
    notices: Notices
    queue: Queue
    ledger: Ledger
    versions: Versions
    telemetry: Telemetry
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def from_environment(cls) -> Services:
        """The services of a function, from its environment variables."""
        return cls.of(Settings.from_environment(os.environ), boto3.Session())

    @classmethod
    def of(
        cls,
        settings: Settings,
        session: boto3.Session,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Services:
        """The services that `settings` name, through the clients of `session`."""
        s3 = session.client("s3", config=CONFIG)
        table = Table(session.client("dynamodb", config=CONFIG), settings.index_table)
        secrets = Secrets(session.client("secretsmanager", config=CONFIG), settings.ocr_secret_id)
        return cls(
            settings=settings,
            objects=Objects(s3, settings.results_bucket, most_bytes=settings.memory_bytes // 8),
            claims=Claims(table, clock),
            index=Index(table, clock),
            breaker=Breaker(table, clock, settings.ocr_endpoint),
            sweeps=Sweeps(table),
            access=_access(settings, secrets, table, clock, sleep),
            ocr=OcrApi(settings.ocr_endpoint),
            notices=Notices(session.client("events", config=CONFIG), settings.event_bus, settings.results_bucket),
            queue=Queue(
                session.client("sqs", config=CONFIG), settings.uploads_queue_url, settings.dead_letter_queue_url
            ),
            ledger=Ledger(table),
            versions=Versions(s3),
            telemetry=Telemetry(),
            clock=clock,
            sleep=sleep,
        )

    def content(self, sha256: str, part: Part) -> Content:
        """A part's content. Who answers shapes the answer: a sandbox's do not serve production."""
        return Content(sha256, part, shape=urlsplit(self.ocr.endpoint).netloc)


def _access(
    settings: Settings, secrets: Secrets, table: Table, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Access:
    if settings.auth_mode == "token":
        tokens = Tokens(table, clock, settings.ocr_endpoint)
        return ByToken(secrets, tokens, settings.ocr_endpoint, clock, sleep)
    return BySignature(secrets, clock)

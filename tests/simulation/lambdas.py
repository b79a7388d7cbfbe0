"""Lambda and its event source mapping: batches of visible messages, environments that stay warm until they die."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from ocr_drop.batches import answer
from ocr_drop.errors import OcrDropError
from ocr_drop.reconciler import reconcile
from ocr_drop.services import Services
from ocr_drop.settings import Settings
from ocr_drop.telemetry import METRICS, TIMES
from simulation.contents import LIMIT, MEMORY
from simulation.faults import Faults
from simulation.scheduler import Scheduler

TIMEOUT = 90.0
RECONCILE_TIMEOUT = 60.0
UPLOADS, DEAD_LETTERS = "https://sqs/uploads", "https://sqs/dead-letters"
IN, OUT, TABLE, BUS = "uploads", "results", "index", "bus"

_TOKENS = count()

SETTINGS = Settings(
    uploads_bucket=IN,
    results_bucket=OUT,
    index_table=TABLE,
    event_bus=BUS,
    uploads_queue_url=UPLOADS,
    dead_letter_queue_url=DEAD_LETTERS,
    ocr_secret_id="secret",
    ocr_endpoint="https://openapi.example",
    egress_ip="",
    max_image_bytes=LIMIT,
    call_threads=1,
    memory_bytes=MEMORY,
)


class OneThread:
    """A thread pool of one thread is its caller: tasks are done in their order."""

    def __init__(self, threads: int) -> None:
        assert threads == 1

    def __enter__(self) -> OneThread:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def map(self, work: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
        return iter([work(*one) for one in zip(*arguments, strict=True)])


@dataclass
class Seen:
    """Stands in for logs and metrics: counts, and defects of ours as they were caught."""

    counts: dict[str, int] = field(default_factory=dict)
    defects: list[BaseException] = field(default_factory=list)

    def count(self, metric: str, times: int = 1) -> None:
        assert metric in METRICS
        self.counts[metric] = self.counts.get(metric, 0) + times

    def timed(self, metric: str) -> AbstractContextManager[None]:
        assert metric in TIMES
        return nullcontext()

    def defect(self, error: BaseException, **_: Any) -> None:
        self.defects.append(error)

    def info(self, message: str, **_: Any) -> None:
        return None

    warning = info

    def flush(self) -> None:
        return None


@dataclass
class Context:
    """What Lambda hands to a handler."""

    aws_request_id: str
    deadline: float
    scheduler: Scheduler

    def get_remaining_time_in_millis(self) -> int:
        return int((self.deadline - self.scheduler.now) * 1000)


class Client:
    """A client of one service in one environment: each operation passes the scheduler's points, `done` hears of it."""

    def __init__(
        self, service: str, fake: Any, faults: Faults, done: Callable[[Any, str, dict[str, Any]], Any]
    ) -> None:
        self._service, self._fake, self._faults, self._done = service, fake, faults, done

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        do, done = getattr(self._fake, operation), self._done

        def operate(**asked: Any) -> Any:
            if operation == "transact_write_items":  # botocore makes a token, so that its repetitions are one write
                asked["ClientRequestToken"] = str(next(_TOKENS))
            return self._faults.operate(self._service, operation, lambda: done(do(**asked), operation, asked))

        self.__dict__[operation] = operate
        return operate


class Environment:
    """One environment of a function: cold until it is used, warm until it dies. Its clock may be wrong by `skew`."""

    def __init__(self, name: str, skew: float, world: Any) -> None:
        self.name = name
        self.skew = skew
        self.busy = False
        self.touched: set[str] = set()
        self._world = world
        self._services: Services | None = None
        self._invocations = 0

    def recognize(self, messages: list[dict[str, Any]]) -> None:
        """Start an invocation with a batch of received messages; those that it has done are deleted."""
        event = {"Records": [_record(message) for message in messages]}

        def work(context: Context) -> None:
            given = answer(event, context, self._warm())
            failed = {entry["itemIdentifier"] for entry in given["batchItemFailures"]}
            self._world.delete(message for message in messages if message["MessageId"] not in failed)

        self._invoke(work, TIMEOUT)

    def reconcile(self) -> None:
        """Start an invocation of the function that runs each minute; a failure of AWS ends it, the next goes on."""

        def work(context: Context) -> None:
            with suppress(OcrDropError):
                reconcile(context, self._warm())

        self._invoke(work, RECONCILE_TIMEOUT)

    def _invoke(self, work: Callable[[Context], None], seconds: float) -> None:
        self.busy = True
        self.touched = set()
        self._invocations += 1
        scheduler = self._world.scheduler
        context = Context(f"{self.name}-{self._invocations}", scheduler.now + seconds, scheduler)

        def ended(died: bool) -> None:
            self.busy = False
            if died:
                self._services = None
            self._world.ended(self, died)

        scheduler.start(context.aws_request_id, lambda: work(context), ended, seconds)

    def _warm(self) -> Services:
        if self._services is None:
            world = self._world
            made = Services.of(SETTINGS, self, lambda: world.scheduler.now + self.skew)  # type: ignore[arg-type]
            self._services = replace(made, telemetry=world.seen, sleep=world.scheduler.pause)
        return self._services

    def client(self, service: str, **_: Any) -> Client:
        """The client of a service, as a boto3 session gives it."""
        return Client(service, self._world.services[service], self._world.faults, self._note)

    def _note(self, given: Any, operation: str, asked: dict[str, Any]) -> Any:
        """Which records this invocation has written to: if it dies, it died at these."""
        writes = [asked] if operation in ("put_item", "update_item") else []
        writes += [next(iter(write.values())) for write in asked.get("TransactItems", [])]
        written = [(write.get("Item") or write["Key"])["pk"]["S"] for write in writes]
        self.touched.update(pk for pk in written if pk.startswith("object#"))
        return given


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "eventSource": "aws:sqs",
    }

"""What one invocation is handed: a batch of queue messages, or an event of S3 itself, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ocr_drop import uploads
from ocr_drop.errors import Buried, NotAnEvent, OcrDropError, Superseded
from ocr_drop.forgetting import forget_removed
from ocr_drop.index import is_in_progress
from ocr_drop.model import Upload
from ocr_drop.pipeline import recognize
from ocr_drop.services import Services
from ocr_drop.table import Item
from ocr_drop.turns import Turn
from ocr_drop.waiting import backoff, wait

Message = Mapping[str, Any]

ENOUGH_TIME = 55.0
"""Seconds that an upload may need from its start: fetch, fit, call and store."""

MOST_DEFECTS = 10
"""Receives after which a message that meets a defect of ours goes to the dead-letter queue."""


def answer(event: Mapping[str, Any], context: Any, services: Services) -> dict[str, Any]:
    """Recognize all uploads of an event.

    For a batch of SQS messages: `{"batchItemFailures": [...]}` names those that are to be tried again.
    For an event of S3 or EventBridge: how many were recognized and failed; raises when one has to wait,
    so that the sender tries again.
    """
    try:
        return _answered(event, context, services)
    except OcrDropError as error:
        failure: Exception = error
    except Exception as error:  # noqa: BLE001 - its text could hold what was recognized, and Lambda logs it
        services.telemetry.defect(error)
        failure = RuntimeError("a defect of ocr-drop itself: the log says where")
    finally:
        services.telemetry.flush()
    failure.__cause__ = failure.__context__ = None  # what it came of can hold the request or the answer
    raise failure


def _answered(event: Mapping[str, Any], context: Any, services: Services) -> dict[str, Any]:
    ends_at = services.clock() + context.get_remaining_time_in_millis() / 1000
    if _from_queue(event):
        return _Batch(list(event["Records"]), context.aws_request_id, ends_at, services).answer()
    return _directly(event, Turn(context.aws_request_id, ends_at, services.clock), services)


def _from_queue(event: Mapping[str, Any]) -> bool:
    records = event.get("Records")
    return isinstance(records, list) and any(
        isinstance(record, Mapping) and record.get("eventSource") == "aws:sqs" for record in records
    )


def _directly(event: Mapping[str, Any], turn: Turn, services: Services) -> dict[str, Any]:
    counts = {"recognized": 0, "failed": 0}
    waiting: list[Exception] = []
    for upload in uploads.read(event):
        try:
            counts[_recognize(upload, services, turn)["status"]] += 1
        except Superseded:
            services.telemetry.count("UploadSuperseded")
        except OcrDropError as error:
            wait(upload, error, 1, services)
            waiting.append(error)
    if waiting:
        raise waiting[0]
    return counts


@dataclass(frozen=True)
class _Batch:
    """The messages of one invocation. Calls overlap in a few threads; uploads that crashed before go alone."""

    messages: list[Message]
    invocation: str
    ends_at: float
    services: Services

    def answer(self) -> dict[str, Any]:
        """Work on all messages and name those that are to come again."""
        self._try(lambda: self.services.queue.hold(self.messages, self.ends_at - self.services.clock() + 5))
        suspects = [message for message in self.messages if self._is_suspect(message)]
        others = sorted((message for message in self.messages if message not in suspects), key=_sent)
        threads = self.services.settings.call_threads
        with ThreadPoolExecutor(threads) as pool:
            again = list(pool.map(self._work, others, [number < threads for number in range(len(others))]))
        again += [self._work(message, not others) for message in suspects]
        failures = [
            message["messageId"]
            for message, comes_again in zip([*others, *suspects], again, strict=True)
            if comes_again
        ]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures]}

    def _is_suspect(self, message: Message) -> bool:
        """Whether a process ended while it worked on an upload of this message."""
        if _receives(message) < 2:
            return False
        try:
            found = [self.services.index.current(upload.bucket, upload.key) for upload in uploads.read(message["body"])]
        except OcrDropError:
            return False
        return any(record and record["status"] == "waiting" and self._was_left(record) for record in found)

    def _was_left(self, record: Mapping[str, Any]) -> bool:
        return record["unfinished"] > 0 and not is_in_progress(record, self.services.clock())

    def _work(self, message: Message, at_any_rate: bool) -> bool:
        """Work on one message; tells whether it has to come again."""
        turn = Turn(f"{self.invocation}/{message['messageId']}", self.ends_at, self.services.clock)
        if not at_any_rate and turn.remaining() < ENOUGH_TIME:
            self._try(lambda: self.services.queue.hide(message, 0))
            return True
        try:
            pause = self._pause_of(message, turn)
        except NotAnEvent as error:
            return not self._bury(message, error.code)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not take the other messages with it
            self.services.telemetry.defect(error, message_id=message["messageId"])
            if _receives(message) >= MOST_DEFECTS:
                return not self._bury_defect(message)
            pause = backoff(_receives(message))
        if pause is None:
            return False
        self._try(lambda: self.services.queue.hide(message, pause))
        return True

    def _pause_of(self, message: Message, turn: Turn) -> float | None:
        """Seconds that the message has to wait, None when all its uploads have ended."""
        pauses = [self._upload(upload, _receives(message), turn) for upload in uploads.read(message["body"])]
        pauses += [self._removed(upload, _receives(message)) for upload in self._to_forget(message)]
        return max((pause for pause in pauses if pause is not None), default=None)

    def _upload(self, upload: Upload, receives: int, turn: Turn) -> float | None:
        telemetry = self.services.telemetry
        facts = {"bucket": upload.bucket, "key": upload.key, "version_id": upload.version_id}
        try:
            record = _recognize(upload, self.services, turn)
        except Superseded:
            telemetry.count("UploadSuperseded")
            telemetry.info("superseded", **facts)
            return None
        except OcrDropError as error:
            return wait(upload, error, receives, self.services)
        telemetry.info(record["status"], code=record.get("code"), request_id=record.get("requestId"), **facts)
        return None

    def _to_forget(self, message: Message) -> list[Upload]:
        return uploads.read_removed(message["body"]) if self.services.settings.forget_on_delete else []

    def _removed(self, upload: Upload, receives: int) -> float | None:
        """Forget what was deleted; while somebody works on it, and where AWS does not let us, later."""
        try:
            forget_removed(upload, self.services)
        except OcrDropError as error:
            self.services.telemetry.warning("not forgotten yet", bucket=upload.bucket, key=upload.key, code=error.code)
            return getattr(error, "after", None) or backoff(receives)
        return None

    def _bury_defect(self, message: Message) -> bool:
        """Keep the message for somebody to look at; its records say so, and nothing tries it again by itself."""
        why = Buried("defect", "a defect of ocr-drop: the message lies in the dead-letter queue, to be sent again")
        for upload in uploads.read(message["body"]):
            with suppress(OcrDropError, Superseded):
                self.services.index.wait(upload, why, None)
        return self._bury(message, "defect")

    def _bury(self, message: Message, reason: str) -> bool:
        self.services.telemetry.warning("message buried", message_id=message["messageId"], reason=reason)
        self.services.telemetry.count("MessageBuried")
        return self._try(lambda: self.services.queue.bury(message, reason))

    def _try(self, change: Callable[[], None]) -> bool:
        """Change a message's state; if that fails, the queue's own timeout brings it back later."""
        try:
            change()
        except OcrDropError as error:
            self.services.telemetry.warning("queue not changed", code=error.code)
            return False
        return True


def _recognize(upload: Upload, services: Services, turn: Turn) -> Item:
    """As the pipeline does; a defect of ours is no crash of the upload's, so its beginning does not count."""
    try:
        return recognize(upload, services, turn)
    except (OcrDropError, Superseded):
        raise
    except Exception:
        with suppress(OcrDropError, Superseded):
            services.index.give_back(upload)
        raise


def _sent(message: Message) -> int:
    """When a message was sent: the oldest goes first, whatever it waited for."""
    return int(message.get("attributes", {}).get("SentTimestamp", 0))


def _receives(message: Message) -> int:
    return int(message.get("attributes", {}).get("ApproximateReceiveCount", 1))

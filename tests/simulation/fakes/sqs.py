"""Queues in memory, at least once: a message comes again when its visibility ends, and now and then anyway."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulation.fakes.refusals import refusal

LONGEST_VISIBILITY = 43_200


@dataclass
class Message:
    """One message of one queue; its receipt is the last receive's."""

    message_id: str
    body: str
    sent_at: float
    visible_at: float
    attributes: dict[str, Any] = field(default_factory=dict)
    receives: int = 0
    receipt: str = ""


@dataclass
class _Queue:
    messages: dict[str, Message] = field(default_factory=dict)
    dead_letters: str = ""
    most_receives: int = 0
    timeout: float = 30.0


class Sqs:
    """The client of a few queues, named by their URLs."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._queues: dict[str, _Queue] = {}
        self._count = 0
        self.newest_first = False
        self.doubles = 0
        """How many of the next receives leave their messages visible: at least once, not exactly once."""

    def create(self, url: str, *, dead_letters: str = "", most_receives: int = 0, timeout: float = 30.0) -> None:
        self._queues[url] = _Queue(dead_letters=dead_letters, most_receives=most_receives, timeout=timeout)

    def messages(self, url: str) -> list[Message]:
        """All messages of a queue, seen or not."""
        return list(self._queues[url].messages.values())

    def next_visible(self, url: str) -> float | None:
        """When the next message of a queue can be received, None for an empty queue."""
        return min((message.visible_at for message in self._queues[url].messages.values()), default=None)

    def send_message(self, *, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0, **asked: Any) -> dict[str, Any]:
        self._count += 1
        now = self._clock()
        message = Message(
            f"m{self._count:04}", MessageBody, now, now + DelaySeconds, asked.get("MessageAttributes", {})
        )
        self._queues[QueueUrl].messages[message.message_id] = message
        return {"MessageId": message.message_id}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        _check_batch("SendMessageBatch", Entries)
        sent = [
            {"Id": entry["Id"], **self.send_message(QueueUrl=QueueUrl, **{k: v for k, v in entry.items() if k != "Id"})}
            for entry in Entries
        ]
        return {"Successful": sent}

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int = 1, **asked: Any) -> dict[str, Any]:
        queue, now = self._queues[QueueUrl], self._clock()
        visible = [message for message in queue.messages.values() if message.visible_at <= now]
        visible.sort(key=lambda message: (message.visible_at, message.message_id), reverse=self.newest_first)
        taken = [message for message in visible if not self._redriven(queue, message)][:MaxNumberOfMessages]
        stays = self.doubles > 0 and bool(taken)
        self.doubles -= stays
        for message in taken:
            message.receives += 1
            self._count += 1
            message.receipt = f"{message.message_id}/{self._count}"
            message.visible_at = now if stays else now + asked.get("VisibilityTimeout", queue.timeout)
        return {"Messages": [_received(message) for message in taken]} if taken else {}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:
        """A receipt of an earlier receive deletes nothing, and says nothing of it."""
        message = self._of("DeleteMessage", QueueUrl, ReceiptHandle)
        if message and message.receipt == ReceiptHandle:
            del self._queues[QueueUrl].messages[message.message_id]
        return {}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> dict[str, Any]:
        message = self._of("ChangeMessageVisibility", QueueUrl, ReceiptHandle)
        if not message or not 0 <= VisibilityTimeout <= LONGEST_VISIBILITY:
            raise refusal("ChangeMessageVisibility", "InvalidParameterValue")
        if message.visible_at <= self._clock():
            raise refusal("ChangeMessageVisibility", "MessageNotInflight")
        if message.receipt == ReceiptHandle:
            message.visible_at = self._clock() + VisibilityTimeout
        return {}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        _check_batch("ChangeMessageVisibilityBatch", Entries)
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in Entries:
            change = {name: value for name, value in entry.items() if name != "Id"}
            try:
                self.change_message_visibility(QueueUrl=QueueUrl, **change)
                answer["Successful"].append({"Id": entry["Id"]})
            except Exception as error:  # noqa: BLE001 - a batch reports its entries' refusals
                answer["Failed"].append({"Id": entry["Id"], "Code": str(error), "SenderFault": True})
        return answer

    def get_queue_attributes(self, *, QueueUrl: str, **_: Any) -> dict[str, Any]:
        messages, now = self._queues[QueueUrl].messages.values(), self._clock()
        visible = sum(message.visible_at <= now for message in messages)
        counts = {
            "ApproximateNumberOfMessages": visible,
            "ApproximateNumberOfMessagesNotVisible": len(messages) - visible,
            "ApproximateNumberOfMessagesDelayed": 0,
        }
        return {"Attributes": {name: str(count) for name, count in counts.items()}}

    def _of(self, operation: str, url: str, receipt: str) -> Message | None:
        message_id, slash, _ = receipt.partition("/")
        if not slash:
            raise refusal(operation, "ReceiptHandleIsInvalid")
        return self._queues[url].messages.get(message_id)

    def _redriven(self, queue: _Queue, message: Message) -> bool:
        if not queue.most_receives or message.receives < queue.most_receives:
            return False
        del queue.messages[message.message_id]
        self._queues[queue.dead_letters].messages[message.message_id] = message
        return True


def _check_batch(operation: str, entries: Sequence[dict[str, Any]]) -> None:
    if not 1 <= len(entries) <= 10 or len({entry["Id"] for entry in entries}) != len(entries):
        raise refusal(operation, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")


def _received(message: Message) -> dict[str, Any]:
    return {
        "MessageId": message.message_id,
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "Attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(int(message.sent_at * 1000)),
        },
        "MessageAttributes": message.attributes,
    }

"""SQS: how long a message stays out of sight, and where one goes that nobody can read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ocr_drop import aws
from ocr_drop.errors import TryLater

LONGEST_HIDING = 12 * 3600 - 120
"""Seconds: SQS hides a message for at most 12 hours after it was received."""

_VISIBLE, _HIDDEN = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"


class Queue:
    """The uploads queue and its dead-letter queue. A message is a record of an SQS event."""

    def __init__(self, client: Any, uploads_url: str, dead_letters_url: str) -> None:
        self._client = client
        self._uploads_url = uploads_url
        self._dead_letters_url = dead_letters_url

    def hold(self, messages: Sequence[Mapping[str, Any]], seconds: float) -> None:
        """Hide a batch of at most 10 messages only as long as this invocation can last.

        The queue's own timeout is six times the function's, as Lambda asks; after a crash that is a long wait.
        """
        entries = [
            {"Id": str(number), "ReceiptHandle": message["receiptHandle"], "VisibilityTimeout": _whole(seconds)}
            for number, message in enumerate(messages)
        ]
        with aws.errors("hold the messages"):
            for start in range(0, len(entries), 10):
                self._client.change_message_visibility_batch(
                    QueueUrl=self._uploads_url, Entries=entries[start : start + 10]
                )

    def hide(self, message: Mapping[str, Any], seconds: float) -> None:
        """Hide a message for so many seconds from now, 0 to show it at once."""
        with aws.errors("put the message back"):
            self._client.change_message_visibility(
                QueueUrl=self._uploads_url, ReceiptHandle=message["receiptHandle"], VisibilityTimeout=_whole(seconds)
            )

    def send(self, bodies: Sequence[str]) -> None:
        """Put messages into the uploads queue, at most 10 of at most 100 KB each."""
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        with aws.errors("queue the uploads"):
            answer = self._client.send_message_batch(QueueUrl=self._uploads_url, Entries=entries)
        if answer.get("Failed"):
            raise TryLater("not_queued", f"SQS did not take {len(answer['Failed'])} of {len(entries)} messages")

    def visible(self) -> int:
        """About how many messages wait to be received."""
        return self._about(self._uploads_url, _VISIBLE)[_VISIBLE]

    def depths(self) -> dict[str, int]:
        """About how many messages wait to be received (`visible`), and are worked on or put off (`hidden`)."""
        found = self._about(self._uploads_url, _VISIBLE, _HIDDEN)
        return {"visible": found[_VISIBLE], "hidden": found[_HIDDEN]}

    def dead_letters(self) -> int:
        """About how many messages lie in the dead-letter queue."""
        return self._about(self._dead_letters_url, _VISIBLE)[_VISIBLE]

    def _about(self, url: str, *names: str) -> dict[str, int]:
        with aws.errors("look at the queue"):
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))
        return {name: int(answer["Attributes"][name]) for name in names}

    def redrive(self) -> int:
        """Send what lies in the dead-letter queue now back to the uploads queue; gives how many messages that was.

        Sent first, deleted then: a crash in between sends one twice, but loses none. What comes back while it runs
        is left to the next time.
        """
        most, count = self.dead_letters(), 0
        while count < most:
            with aws.errors("receive the dead letters"):
                received = self._client.receive_message(
                    QueueUrl=self._dead_letters_url, MaxNumberOfMessages=min(10, most - count), VisibilityTimeout=60
                ).get("Messages", [])
            if not received:
                break
            for message in received:  # one at a time: ten may be larger together than a batch may be
                self.send([message["Body"]])
                with aws.errors("delete the dead letter"):
                    self._client.delete_message(QueueUrl=self._dead_letters_url, ReceiptHandle=message["ReceiptHandle"])
                count += 1
        return count

    def bury(self, message: Mapping[str, Any], reason: str) -> None:
        """Put a copy of a message into the dead-letter queue, with the reason and its first MessageId."""
        attributes = {"Reason": reason, "MessageId": message["messageId"]}
        with aws.errors("bury the message"):
            self._client.send_message(
                QueueUrl=self._dead_letters_url,
                MessageBody=message["body"],
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )


def _whole(seconds: float) -> int:
    return max(0, min(math.ceil(seconds), LONGEST_HIDING))

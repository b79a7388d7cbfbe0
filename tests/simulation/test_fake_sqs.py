"""The queues in memory do what a queue of SQS does."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulation.fakes.sqs import Sqs


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Sqs:
    """Two queues: `q`, whose messages become dead letters in `dead` after two receives."""
    sqs = Sqs(clock)
    sqs.create("dead")
    sqs.create("q", dead_letters="dead", most_receives=2, timeout=30.0)
    return sqs


def _receive(queue: Sqs, most: int = 10) -> list[Any]:
    return queue.receive_message(QueueUrl="q", MaxNumberOfMessages=most).get("Messages", [])


def test_a_message_comes_again_when_its_visibility_ends(queue: Sqs, clock: Clock) -> None:
    """Received, it is hidden; not deleted, it comes again, and is counted."""
    queue.send_message(QueueUrl="q", MessageBody="one")
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in _receive(queue)] == ["1"]
    assert _receive(queue) == []
    clock.now = 31
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in _receive(queue)] == ["2"]


def test_a_message_that_was_deleted_does_not_come_again(queue: Sqs, clock: Clock) -> None:
    """Only the last receive's receipt deletes: an older one is taken in silence and does nothing."""
    queue.send_message(QueueUrl="q", MessageBody="one")
    (first,) = _receive(queue)
    clock.now = 31
    (second,) = _receive(queue)
    queue.delete_message(QueueUrl="q", ReceiptHandle=first["ReceiptHandle"])
    assert len(queue.messages("q")) == 1
    queue.delete_message(QueueUrl="q", ReceiptHandle=second["ReceiptHandle"])
    assert queue.messages("q") == []


def test_a_message_received_too_often_becomes_a_dead_letter(queue: Sqs, clock: Clock) -> None:
    """The receive after the last one allowed moves it instead."""
    queue.send_message(QueueUrl="q", MessageBody="one")
    for moment in (0, 31, 62):
        clock.now = moment
        _receive(queue)
    assert queue.messages("q") == []
    assert [message.body for message in queue.messages("dead")] == ["one"]


def test_a_changed_visibility_counts_from_now(queue: Sqs, clock: Clock) -> None:
    """A message is hidden for so many seconds from now; one that is visible cannot be hidden any more."""
    queue.send_message(QueueUrl="q", MessageBody="one")
    (message,) = _receive(queue)
    entry = {"Id": "0", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 5}
    assert queue.change_message_visibility_batch(QueueUrl="q", Entries=[entry])["Failed"] == []
    assert queue.next_visible("q") == 5
    clock.now = 6
    with pytest.raises(ClientError, match="MessageNotInflight"):
        queue.change_message_visibility(QueueUrl="q", ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=5)


def test_a_double_delivery_leaves_the_message_visible(queue: Sqs) -> None:
    """At least once: two receivers may get the same message at the same time."""
    queue.send_message(QueueUrl="q", MessageBody="one")
    queue.doubles = 1
    assert len(_receive(queue)) == 1
    assert len(_receive(queue)) == 1
    assert _receive(queue) == []

"""`ocr-drop listen`: the events of a stack as they come, through a queue and a rule that last as long as it does."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from ocr_drop.notices import SOURCE
from ocr_drop_cli import stacks
from ocr_drop_cli.local.signals import end_on_signals
from ocr_drop_cli.stacks import Stack

_RIGHT = "events:PutRule, PutTargets, RemoveTargets and DeleteRule, and sqs:CreateQueue and DeleteQueue"


@click.command()
@click.option("--count", type=click.IntRange(min=1), help="End after so many events.")
@click.option(
    "--timeout", type=click.FloatRange(min=0), help="End after so many seconds; exit code 1 if --count was not reached."
)
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print each event as one line of JSON.")
def listen(*, count: int | None, timeout: float | None, as_json: bool, **where: Any) -> None:
    """Print the events of the stack as they come, each once, until Ctrl-C.

    It makes a queue and a rule on the stack's bus, named <stack>-listen-…, and removes them at its end.
    """
    stack = stacks.opened(**where)
    end_on_signals()
    heard = 0
    ends_at = None if timeout is None else time.monotonic() + timeout
    with suppress(KeyboardInterrupt), stacks.refusals(_RIGHT), _queue(stack) as url:
        click.echo("listening, until Ctrl-C", err=True)
        for event in _events(stack.client("sqs"), url, ends_at):
            print(json.dumps(event, ensure_ascii=False) if as_json else _line(event["detail"]), flush=True)
            heard += 1
            if heard == count:
                break
    click.get_current_context().exit(1 if timeout is not None and count is not None and heard < count else 0)


@contextmanager
def _queue(stack: Stack) -> Iterator[str]:
    """The URL of a queue that the stack's events go to; rule and queue are removed at the end, come what may."""
    sqs, events = stack.client("sqs"), stack.client("events")
    name = f"{stack.name[:50]}-listen-{uuid.uuid4().hex[:8]}"
    bus = stack.services.settings.event_bus
    try:
        rule = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": [SOURCE]}))["RuleArn"]
        url = sqs.create_queue(QueueName=name, Attributes={"MessageRetentionPeriod": "3600"})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _let_in(rule, arn)})
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "listen", "Arn": arn}])
        yield str(url)
    finally:
        _remove(sqs, events, name, bus)


def _remove(sqs: Any, events: Any, name: str, bus: str) -> None:
    """Remove what there is of them, whatever was made."""
    gone = suppress(ClientError, BotoCoreError)
    with gone:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=["listen"])
    with gone:
        events.delete_rule(Name=name, EventBusName=bus)
    with gone:
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])


def _let_in(rule: str, queue: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _events(sqs: Any, url: str, ends_at: float | None) -> Iterator[dict[str, Any]]:
    """Each event once, by the id of its detail, until `ends_at` (of the monotonic clock)."""
    seen: set[str] = set()
    while ends_at is None or time.monotonic() < ends_at:
        wait = 5 if ends_at is None else max(1, min(5, int(ends_at - time.monotonic())))
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            event = json.loads(message["Body"])
            if event["detail"]["id"] not in seen:
                seen.add(event["detail"]["id"])
                yield event


def _line(detail: dict[str, Any]) -> str:
    if detail["status"] == "failed":
        return f"{detail['recognizedAt']}  failed      {detail['key']}  {detail['code']}: {detail['message']}"
    return f"{detail['recognizedAt']}  recognized  {detail['key']}  {detail['lines']} lines"

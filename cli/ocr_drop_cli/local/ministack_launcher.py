"""Starts the local AWS in its own environment, with what this project's template needs mended in it.

Run by path with that environment's interpreter, which has nothing of ours: `python ministack_launcher.py FD`, where
FD is a listening socket. Written for ministack 1.5.33; each mend says what AWS does. SIGTERM ends it in order: what it
holds is saved then, if its environment names a place.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app
from ministack.core import iam_actions, iam_evaluator, persistence
from ministack.services import dynamodb, eventbridge, secretsmanager
from ministack.services.cloudformation import provisioners
from ministack_keeping import Keeping, come_to_rest
from ministack_metrics import count_what_is_logged, watch_the_queues

Handler = Callable[..., Any]


def mended(kind: str, action: str = "create") -> Callable[[Handler], Handler]:
    """Put a function around the handler of a resource type; it is given the handler as its first argument."""

    def put(mend: Handler) -> Handler:
        handlers = provisioners._RESOURCE_HANDLERS[kind]
        was = handlers[action]
        handlers[action] = lambda *arguments: mend(was, *arguments)
        return mend

    return put


@mended("AWS::Lambda::EventSourceMapping")
def _numbers_of_a_mapping(create: Handler, logical_id: str, properties: dict[str, Any], *rest: Any) -> Any:
    """A parameter of type Number is a number; as the text that it arrives as it stops the poller."""
    _as_numbers(properties, "BatchSize", "MaximumBatchingWindowInSeconds")
    _as_numbers(properties.get("ScalingConfig", {}), "MaximumConcurrency")
    return create(logical_id, properties, *rest)


@mended("AWS::Lambda::EventSourceMapping", "update")
def _numbers_of_an_updated_mapping(update: Handler, reference: str, old: Any, new: dict[str, Any], *rest: Any) -> Any:
    """The same when it is updated."""
    return _numbers_of_a_mapping(lambda *_: update(reference, old, new, *rest), reference, new)


@mended("AWS::Lambda::Function")
def _types_of_a_function(create: Handler, logical_id: str, properties: dict[str, Any], *rest: Any) -> Any:
    """The same for a function's memory and timeout; and what its environment holds is text."""
    _as_numbers(properties, "MemorySize", "Timeout")
    variables = properties.get("Environment", {}).get("Variables", {})
    variables.update({name: str(value) for name, value in variables.items()})
    return create(logical_id, properties, *rest)


@mended("AWS::Lambda::Function", "update")
def _types_of_an_updated_function(update: Handler, reference: str, old: Any, new: dict[str, Any], *rest: Any) -> Any:
    """The same when it is updated."""
    return _types_of_a_function(lambda *_: update(reference, old, new, *rest), reference, new)


def _as_numbers(properties: dict[str, Any], *names: str) -> None:
    properties.update({name: int(properties[name]) for name in names if name in properties})


@mended("AWS::SecretsManager::Secret")
def _reference_of_a_secret(create: Handler, *arguments: Any) -> Any:
    """`Ref` of a secret is its ARN, not its name."""
    _name, attributes = create(*arguments)
    return attributes["Arn"], attributes


@mended("AWS::SecretsManager::Secret", "delete")
def _deleted_by_reference(delete: Handler, reference: str, *rest: Any) -> Any:
    """So the ARN is what a deletion is given."""
    names = (name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == reference)
    return delete(next(names, reference), *rest)


@mended("AWS::DynamoDB::Table")
def _time_to_live(create: Handler, logical_id: str, properties: dict[str, Any], *rest: Any) -> Any:
    """A table has the time to live that its template gives it."""
    name, attributes = create(logical_id, properties, *rest)
    wanted = properties.get("TimeToLiveSpecification")
    if wanted:
        enabled = str(wanted["Enabled"]).lower() == "true"
        specification = {"AttributeName": wanted["AttributeName"], "Enabled": enabled}
        dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": specification})
    return name, attributes


def _count_as_tls() -> None:
    """AWS is reached over TLS and the template's policies demand it; here the way is within one machine."""
    resolve = iam_evaluator._resolve_condition_key
    iam_evaluator._resolve_condition_key = lambda key, context: (
        "true" if key.lower() == "aws:securetransport" else resolve(key, context)
    )


def _batches_are_single_actions() -> None:
    """IAM knows no action for a batch of SQS: the right to change one message is the right to change ten."""
    extract = iam_actions.extract_iam_action

    def extracted(service: str, *arguments: Any) -> str | None:
        action: str | None = extract(service, *arguments)
        return action.removesuffix("Batch") if action and service == "sqs" else action

    iam_actions.extract_iam_action = extracted


def _events_have_a_source() -> None:
    """`events:source` of a policy's condition is the Source of the events that are put."""
    context_of = iam_actions.request_tag_context

    def context(service: str, action: str, body: bytes, *rest: Any) -> dict[str, Any]:
        found: dict[str, Any] = context_of(service, action, body, *rest)
        if action == "events:PutEvents":
            sources = {entry.get("Source", "") for entry in json.loads(body).get("Entries", [])}
            found["events:source"] = sources.pop() if len(sources) == 1 else sorted(sources)
        return found

    iam_actions.request_tag_context = context


def _schedules_are_kept() -> None:
    """A rate of a minute is a minute; looked at each ten seconds, it is up to seventy."""
    eventbridge._SCHEDULER_TICK_INTERVAL = 1


def main(descriptor: int) -> None:
    """Serve until told to end, on a socket that listens already."""
    _count_as_tls()
    _batches_are_single_actions()
    _events_have_a_source()
    _schedules_are_kept()
    count_what_is_logged()
    # Ctrl-C is for the one who started us, and who ends us as well
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(_serve(config))


async def _serve(config: Config) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    keeping = Keeping(app)
    watching = asyncio.create_task(watch_the_queues())
    saving = asyncio.create_task(keeping.save_what_changes()) if persistence.PERSIST_STATE else None

    async def end() -> None:
        await told.wait()
        await come_to_rest()

    await serve(keeping, config, shutdown_trigger=end)
    watching.cancel()
    if saving:
        saving.cancel()


if __name__ == "__main__":
    main(int(sys.argv[1]))

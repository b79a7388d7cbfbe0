"""Files that end the process that works on them: real processes, run by the runtime's own client, that really die."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hostile.parts import chunk, ihdr, png, zeros
from lambda_runtime import Environment, Function, FunctionError
from ocr_drop.pipeline import MOST_CRASHES
from world import REGION, World, picture

pytest.importorskip("awslambdaric", reason="the runtime's own client exists for Linux only")

HERE = Path(__file__).parent
RECOGNIZE = Path(__file__).parents[2] / "functions" / "recognize" / "handler.py"
LEASE = 100
MEMORY = 512
POISON = picture(99) + b"this file ends the process that works on it"
WAYS = ("killed", "crashed", "out of memory")

Start = Callable[[World, int], Environment]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts environments of the function after so many deaths, a lease later each time, and ends them."""
    started: list[Environment] = []

    def starting(world: World, deaths: int) -> Environment:
        told = {"CLOCK_AHEAD": str(deaths * LEASE), "HOW": WAYS[deaths % len(WAYS)], "RECOGNIZE": str(RECOGNIZE)}
        function = Function(
            task=HERE,
            layers=[],
            handler="poisoned.handler",
            python=sys.executable,
            environment={**_variables(world), **told},
            memory=MEMORY,
        )
        started.append(Environment(function))
        return started[-1]

    yield starting
    for environment in started:
        environment.close()


def _variables(world: World) -> dict[str, str]:
    """The function's own settings, and where AWS is: as the test's process has it."""
    names = (
        "uploads_bucket", "results_bucket", "index_table", "event_bus", "uploads_queue_url", "dead_letter_queue_url",
        "ocr_secret_id", "ocr_endpoint",
    )  # fmt: skip
    there = {name.upper(): str(getattr(world.settings, name)) for name in names}
    aws = {name: os.environ[name] for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    return {**there, **aws, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "CALL_THREADS": "1"}


def _delivered(world: World, environment: Environment, messages: dict[str, dict[str, Any]]) -> bool:
    """Hand all messages to an invocation; those that are done are left out, and it tells whether the process died."""
    try:
        answer = environment.invoke({"Records": list(messages.values())})
    except FunctionError as error:
        if "Runtime.ExitError" not in str(error):
            raise
        return True
    again = {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}
    for key in [key for key, message in messages.items() if message["messageId"] not in again]:
        del messages[key]
    return False


def _until_all_have_ended(world: World, start: Start, messages: dict[str, dict[str, Any]]) -> int:
    """Deliver as the queue does, a lease later each time, until nothing is left; gives how many processes died."""
    deaths, environment = 0, start(world, 0)
    for receive in range(2, 12):
        if _delivered(world, environment, messages):
            deaths += 1
            environment = start(world, deaths)
        if not messages:
            return deaths
        messages.update({key: world.again(message, receive) for key, message in messages.items()})
    raise AssertionError(f"{sorted(messages)} never ended")


def test_a_file_that_ends_its_process_ends_as_failed_and_takes_nothing_with_it(world: World, start: Start) -> None:
    """Three processes die, each in another way, and no more; its batch is recognized, the reason is told everywhere."""
    keys = ("before.png", "poison.png", "after.png")
    files = {key: POISON if key == "poison.png" else picture(len(key)) for key in keys}
    messages = {key: world.message(world.drop(key, files[key])) for key in keys}
    assert _until_all_have_ended(world, start, messages) == MOST_CRASHES
    assert {world.document(key)["status"] for key in ("before.png", "after.png")} == {"recognized"}
    failure = world.document("poison.png")["failure"]
    assert (failure["kind"], failure["code"]) == ("bad_input", "crashes")
    assert failure["message"] == "working on this file ended the process 3 times: it is given up"
    record = world.record("poison.png")
    assert (record["status"], record["code"], record["message"]) == ("failed", "crashes", failure["message"])
    (event,) = [event for event in world.heard() if event["detail-type"] == "Document Failed"]
    assert (event["detail"]["key"], event["detail"]["code"]) == ("poison.png", "crashes")
    assert world.ocr.calls == 2
    assert world.dead_letters() == []


def test_what_once_ended_a_process_goes_alone(world: World, start: Start) -> None:
    """From its second time on, the poison is the last of its batch: whatever came with it has ended before."""
    messages = {"poison.png": world.message(world.drop("poison.png", POISON))}
    assert _delivered(world, start(world, 0), messages)
    messages["poison.png"] = world.again(messages["poison.png"])
    batch = {**messages, **{f"{n}.png": world.message(world.drop(f"{n}.png", picture(n))) for n in range(3)}}
    assert _delivered(world, start(world, 1), batch)
    assert {world.document(f"{n}.png")["status"] for n in range(3)} == {"recognized"}
    assert world.record("poison.png")["unfinished"] == 2


def test_a_bomb_as_large_as_is_opened_does_not_end_the_real_function(world: World, start: Start) -> None:
    """With all that the function has loaded besides, the worst picture stays inside the least memory it may have."""
    side = 6100
    rows = chunk(b"IDAT", zeros(side * (side + 1)))
    worst = png(ihdr(side, side, colour=3), chunk(b"PLTE", bytes(range(6))), chunk(b"tRNS", b"\1\2"), rows)
    messages = {"worst.png": world.message(world.drop("worst.png", worst))}
    environment = start(world, 0)
    assert not _delivered(world, environment, messages)
    assert world.document("worst.png")["status"] == "recognized"
    assert environment.process.poll() is None

"""The stand-in of Lambda is as strict as Lambda: frozen in between, killed over its time or its memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lambda_runtime import Environment, Function, FunctionError

pytest.importorskip("awslambdaric", reason="the runtime's own client exists for Linux only")

HANDLERS = """
import os, time

calls = 0

def count(event, context):
    global calls
    calls += 1
    return {"calls": calls, "pid": os.getpid(), "left": context.get_remaining_time_in_millis()}

def fail(event, context):
    raise ValueError("so it is")

def hang(event, context):
    while True:
        time.sleep(60)

def grow(event, context):
    kept = []
    while True:
        kept.append(b"x" * 2**20)

def die(event, context):
    os._exit(3)
"""

Start = Callable[..., Environment]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts environments of one of the handlers above, and ends them."""
    (tmp_path / "toy.py").write_text(HANDLERS)
    started: list[Environment] = []

    def starting(handler: str, *, timeout: float = 20, memory: int = 256) -> Environment:
        function = Function(
            task=tmp_path,
            layers=[],
            handler=f"toy.{handler}",
            python=sys.executable,
            environment={},
            timeout=timeout,
            memory=memory,
        )
        started.append(Environment(function))
        return started[-1]

    yield starting
    for environment in started:
        environment.close()


def _state(environment: Environment) -> str:
    return Path(f"/proc/{environment.process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def _becomes_frozen(environment: Environment) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if _state(environment) == "T":
            return True
        time.sleep(0.01)
    return False


def test_one_process_serves_one_invocation_after_the_other(start: Start) -> None:
    """What a module remembers is there again: an environment is one process, and knows its deadline."""
    environment = start("count")
    first, second = environment.invoke({}), environment.invoke({})
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"]
    assert 0 < second["left"] <= 20_000


def test_nothing_runs_between_invocations(start: Start) -> None:
    """An environment that waits for work is frozen, connections and threads of it as well."""
    environment = start("count")
    environment.invoke({})
    assert _becomes_frozen(environment)


@pytest.mark.parametrize(
    ("handler", "said"), [("fail", "so it is"), ("die", "Runtime.ExitError"), ("grow", "Runtime.ExitError")]
)
def test_whatever_ends_a_run_is_an_error_of_that_run(start: Start, handler: str, said: str) -> None:
    """An exception, an exit and too much memory are told to whoever invoked."""
    with pytest.raises(FunctionError, match=said):
        start(handler, memory=128).invoke({})


def test_time_that_is_up_kills_the_process(start: Start) -> None:
    """Nothing outlives the function's timeout."""
    environment = start("hang", timeout=0.5)
    with pytest.raises(FunctionError, match="timed out"):
        environment.invoke({})
    assert environment.process.wait(5) == -9

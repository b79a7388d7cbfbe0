"""AWS over HTTP, and a stack in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from ocr_drop.telemetry import SERVICE, Telemetry
from ocr_drop_cli import stacks
from ocr_drop_cli.main import run
from world import REGION, OcrApiStandIn, World


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """The address of an AWS of our own."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def credentials(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is created with boto3 talks to that AWS and to no other."""
    for name, value in {
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def world(ocr: OcrApiStandIn) -> World:
    """A fresh stack whose OCR API the test decides."""
    return World(ocr)


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """All that was written to the log, to standard output and to standard error so far."""
    Telemetry()  # the first one makes the handler that all share
    stream = io.StringIO()
    for handler in logging.getLogger(SERVICE).handlers:
        handler.stream = stream  # type: ignore[attr-defined]  # the one before may be closed: it was a test's
    printed = []

    def all_of_it() -> str:
        captured = capsys.readouterr()
        printed.append(captured.out + captured.err)
        return stream.getvalue() + "".join(printed)

    return all_of_it


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world as the stack that commands find, with a ceiling of 4 calls."""
    monkeypatch.setattr(stacks, "opened", lambda **_: stacks.Stack("world", world.services(), 4, world.clients))
    return world


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """What a command prints as JSON on its last line; lines before it are the functions' metrics."""

    def run_and_read(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert run([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return run_and_read

"""AWS over HTTP, and a stack in it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from moto.server import ThreadedMotoServer

from ocr_drop.telemetry import SERVICE, Telemetry
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

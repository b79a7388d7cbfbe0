"""One local stack for all tests here, as `ocr-drop local up` makes it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from running import Running


@pytest.fixture(scope="session")
def stack() -> Iterator[Running]:
    """A running stack with the real endpoint."""
    running = Running()
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)
    running.process.wait(timeout=15)

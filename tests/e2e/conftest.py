"""One local stack for most tests here, as `ocr-drop local up` makes it; and one that is killed."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from killing import Story, Watched
from running import Running

_LOOKS_AT_THE_KILLED = "test_kills.py"


@pytest.fixture(scope="session")
def stack() -> Iterator[Running]:
    """A running stack with the real endpoint."""
    running = Running()
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)
    running.process.wait(timeout=15)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The killed stack is looked at last: its dead hold their leases while the other tests run."""
    items.sort(key=_looks_at_the_killed)


def _looks_at_the_killed(item: pytest.Item) -> bool:
    return item.path.name == _LOOKS_AT_THE_KILLED


@pytest.fixture(scope="session", autouse=True)
def killed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    serving: Callable[[Watched], AbstractContextManager[Watched]],
) -> Iterator[Story | None]:
    """A stack that was killed, stopped and started again; none where no test asks for it."""
    if not any(map(_looks_at_the_killed, request.session.items)):
        yield None
        return
    folder = tmp_path_factory.mktemp("lasting")
    with serving(Watched()) as ocr:

        def start() -> Running:
            return Running("--data", str(folder), "--ocr-url", ocr.url, "--app-id", "7438000001", "--secret", "s3cret")

        told = Story(start(), ocr)
        try:
            told.crash(start)
        except AssertionError as error:
            told.failed = error
        yield told
        if told.stack.process.poll() is None:
            told.stack.end()

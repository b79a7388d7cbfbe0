"""The simulation in place of the network for every test in this folder, and what was run at the end of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulation.runs import COUNTED
from simulation.world import connect


@pytest.fixture(scope="module", autouse=True)
def connected() -> Iterator[None]:
    """The code under test reaches the simulated OCR API, and no other."""
    with pytest.MonkeyPatch.context() as patch:
        connect(patch)
        yield


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how much was run: schedules, faults, mutants."""
    if COUNTED:
        counts = ", ".join(f"{count:,} {name}" for name, count in sorted(COUNTED.items()))
        terminalreporter.write_line(f"simulation: {counts}")

"""The simulation for a long run: `python -m simulation.soak SECONDS`.

First every fault at every point of every story, then schedules that are others each time. The first that fails
ends it, and is printed as small as it can be made.
"""

from __future__ import annotations

import random
import sys
import time

import pytest
from hypothesis import HealthCheck, given, seed, settings

from simulation.runs import COUNTED, run
from simulation.schedules import Schedule
from simulation.stories import STORIES, disturbed
from simulation.strategies import SCHEDULES
from simulation.world import connect

ROUND = 2000
"""Schedules between two looks at the clock."""


def main() -> None:
    """Run schedules for so many seconds at the least; prints how many there were, or the smallest that failed."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    until = time.monotonic() + seconds
    with pytest.MonkeyPatch.context() as patch:
        connect(patch)
        for story in STORIES.values():
            for schedule in disturbed(story, everywhere=True):
                run(schedule)
        _say()
        while time.monotonic() < until:
            _round(random.SystemRandom().getrandbits(32))
            _say()


def _say() -> None:
    print(", ".join(f"{count:,} {name}" for name, count in sorted(COUNTED.items())), flush=True)  # noqa: T201


def _round(number: int) -> None:
    @seed(number)
    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(SCHEDULES)
    def hold(schedule: Schedule) -> None:
        run(schedule)

    hold()


if __name__ == "__main__":
    main()

"""One schedule after the other: run, check, and count what was run."""

from __future__ import annotations

from collections import Counter

from simulation.checks import check
from simulation.schedules import Schedule
from simulation.world import World

COUNTED: Counter[str] = Counter()
"""Schedules, points, faults and calls of all runs in this process."""


def run(schedule: Schedule) -> World:
    """The world at rest after a schedule, held to all that is promised."""
    world = World(schedule)
    COUNTED["schedules"] += 1
    try:
        world.run()
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{world.story()}") from None
    check(world)
    COUNTED["points"] += world.scheduler.points
    COUNTED["faults"] += world.faults.struck.total()
    COUNTED["uploads"] += len(world.uploads)
    COUNTED["calls"] += len(world.vendor.calls)
    return world

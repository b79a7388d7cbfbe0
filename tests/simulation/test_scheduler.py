"""The scheduler lets one task run at a time, and a schedule decides which."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulation.scheduler import MOST_POINTS, NeverAtRest, Scheduler
from simulation.schedules import Drop, Fault, Schedule
from simulation.world import World


def _task(scheduler: Scheduler, said: list[str], name: str, *, pauses: int = 2, seconds: float = 90.0) -> list[bool]:
    """A task that says its name, waits a second, and so on; gives whether it died, once it has ended."""
    ended: list[bool] = []

    def work() -> None:
        for _ in range(pauses):
            said.append(name)
            scheduler.pause(1)

    scheduler.start(name, work, ended.append, seconds)
    return ended


def test_tasks_take_turns_while_others_wait() -> None:
    """A task that waits gives way; the clock jumps only when all wait."""
    scheduler, said = Scheduler(0.0), []
    ends = [_task(scheduler, said, name) for name in ("one", "two")]
    scheduler.run()
    assert said == ["one", "two", "one", "two"]
    assert (scheduler.now, ends) == (2.0, [[False], [False]])


def test_a_task_is_killed_when_its_time_is_over() -> None:
    """Lambda ends an environment at its timeout: it does nothing more, and is known to have died."""
    scheduler, said = Scheduler(0.0), []
    ended = _task(scheduler, said, "one", pauses=9, seconds=2.5)
    scheduler.run()
    assert (said, ended, scheduler.now) == (["one"] * 3, [True], 2.5)


def test_what_happens_at_a_moment_happens_between_tasks() -> None:
    """Moments come in their order, whenever the clock reaches them."""
    scheduler, said = Scheduler(0.0), []
    _task(scheduler, said, "one")
    for moment in (1.5, 0.5):
        scheduler.at(moment, lambda moment=moment: said.append(str(moment)))  # type: ignore[misc]
    scheduler.run()
    assert said == ["one", "0.5", "one", "1.5"]


def test_a_task_that_never_rests_is_told_of() -> None:
    """A run that will not end is ended, with all its tasks."""
    scheduler = Scheduler(0.0)
    ended = _task(scheduler, [], "one", pauses=MOST_POINTS * 2, seconds=1e9)
    with pytest.raises(NeverAtRest):
        scheduler.run()
    assert ended == [True]


def test_what_breaks_the_world_is_raised_to_who_runs_it() -> None:
    """A mistake in the simulation itself is no fault of the code under test."""
    scheduler = Scheduler(0.0)
    _task(scheduler, [], "one")
    scheduler.at(0.5, _broken("a mistake of ours"))
    with pytest.raises(ZeroDivisionError):
        scheduler.run()


def _broken(_: str) -> Callable[[], None]:
    def action() -> None:
        raise ZeroDivisionError

    return action


def test_the_same_schedule_is_the_same_run() -> None:
    """Nothing but the schedule decides a run: two runs pass the same points at the same moments."""
    drops = (Drop(0, "a", "A", (0, 1)), Drop(0, "b", "B"), Drop(1, "a", "B"))
    faults = (Fault(9, "switch"), Fault(14, "die_in_call"), Fault(20, "stall", 2), Fault(5, "repeat"))
    schedule = Schedule(drops, faults=faults, environments=3, batch=1, skews=(0.0, 3.0))
    first, second = World(schedule).run(), World(schedule).run()
    assert first.faults.passed == second.faults.passed
    assert first.faults.struck.total() == len(faults)


def test_a_dead_environment_has_no_effect_any_more() -> None:
    """After its death an invocation passes no further point."""
    world = World(Schedule((Drop(0, "a", "A"),), faults=(Fault(6, "die"),))).run()
    number = next(number for number, passed in enumerate(world.faults.passed) if passed[4] == "die")
    who = world.faults.passed[number][1]
    assert all(passed[1] != who for passed in world.faults.passed[number + 1 :])

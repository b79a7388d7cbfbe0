"""Small stories, each to be disturbed at every one of its points, and one long story for each trouble."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulation.found import FOUND
from simulation.schedules import TROUBLES, Delete, Drop, Fault, Schedule, Trouble
from simulation.world import World

ONE = Schedule((Drop(0, "a", "A"),))
STORIES = {
    "one": ONE,
    "twice": Schedule((Drop(0, "a", "A", (0, 1)), Drop(0, "b", "A", (1,))), batch=1),
    "overwritten": Schedule((Drop(0, "a", "A"), Drop(1, "a", "B")), batch=1),
    "deleted": Schedule((Drop(0, "a", "A", (0, 3)),), (Delete(1, "a"),), batch=1),
    "junk": Schedule((Drop(0, "a", "junk"), Drop(0, "b", "B"))),
    "unknown": Schedule((Drop(0, "a", "A"),), replies=("dropped", "server_error")),
    "refused": Schedule((Drop(0, "a", "A"), Drop(3, "b", "A")), replies=("unrecognizable",)),
    "not allowed": Schedule((Drop(0, "a", "A"),), troubles=(Trouble("ip", 0, 100),)),
    "unheard of": Schedule((Drop(0, "a", "A", ()),)),
    "poison": Schedule((Drop(0, "a", "poison"), Drop(0, "b", "B"))),
}
"""Stories by what is told."""

SINGLE = (
    *(("die", 0), ("repeat", 0), ("switch", 0), ("stall", 0), ("stall", 3), ("double", 0)),
    *(("fail", which) for which in range(3)),
    *(("outage", which) for which in (0, 1, 5)),
)
"""The faults that are tried at every point, with their flavours."""


def points(schedule: Schedule) -> int:
    """How many points a story passes when nothing goes wrong."""
    return World(schedule).run().scheduler.points


def disturbed(
    schedule: Schedule, faults: tuple[tuple[str, int], ...] = SINGLE, *, everywhere: bool = False
) -> Iterator[Schedule]:
    """A story with each single fault at each of its points; of long stories not at all of them, unless `everywhere`."""
    passed = points(schedule)
    step = 1 if everywhere else 1 + 2 * (passed // 100)  # odd: points before and after effects alternate
    for point in range(0, passed, step):
        for what, which in faults:
            yield replace(schedule, faults=(Fault(point, what, which),))


def troubled(what: str) -> Schedule:
    """A trouble of some minutes while a dozen uploads come in."""
    drops = tuple(Drop(3 * number, f"k{number}", "ABC"[number % 3]) for number in range(12))
    return Schedule(drops, troubles=(Trouble(what, 0, 400),), batch=2)


def quick() -> Iterator[Schedule]:
    """A few hundred schedules that touch every promise: what a mutant meets first."""
    yield from STORIES.values()
    yield from FOUND.values()
    yield from map(troubled, TROUBLES)
    yield replace(ONE, replies=("server_error",) * 8)
    for name in ("one", "deleted", "overwritten"):
        yield from disturbed(STORIES[name], (("die", 0), ("fail", 0), ("stall", 1)))
    yield from disturbed(STORIES["not allowed"], (("stall", 0),), everywhere=True)

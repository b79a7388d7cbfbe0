"""Whatever happens, the promises hold: one fault at every single point, and many at once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from simulation.runs import run
from simulation.schedules import Delete, Drop, Fault, Schedule, Trouble
from simulation.strategies import SCHEDULES
from simulation.vendor import REPLIES
from simulation.world import World

ONE = Schedule((Drop(0, "a", "A"),))
TWICE = Schedule((Drop(0, "a", "A", (0, 1)), Drop(0, "b", "A", (1,))), batch=1)
OVERWRITTEN = Schedule((Drop(0, "a", "A"), Drop(1, "a", "B")), batch=1)
DELETED = Schedule((Drop(0, "a", "A"),), (Delete(1, "a"),))
JUNK = Schedule((Drop(0, "a", "junk"), Drop(0, "b", "B")))
UNKNOWN = Schedule((Drop(0, "a", "A"),), replies=("dropped", "server_error"))
REFUSED = Schedule((Drop(0, "a", "A"), Drop(3, "b", "A")), replies=("unrecognizable",))
SHAPES = {
    "one": ONE,
    "twice": TWICE,
    "overwritten": OVERWRITTEN,
    "deleted": DELETED,
    "junk": JUNK,
    "unknown": UNKNOWN,
    "refused": REFUSED,
}
SINGLE = [("die", 0), ("repeat", 0), ("switch", 0), ("stall", 0), ("stall", 3), ("double", 0)]
SINGLE += [("fail", which) for which in range(4)] + [("outage", 0), ("outage", 5), ("outage", 1)]


def _points(schedule: Schedule) -> int:
    return World(schedule).run().scheduler.points


def _with(schedule: Schedule, *faults: Fault) -> Schedule:
    return Schedule(**{**schedule.__dict__, "faults": faults})


@pytest.mark.parametrize("shape", SHAPES)
def test_a_fault_at_any_single_point_breaks_no_promise(shape: str) -> None:
    """Every kind of fault, before and after every operation of seven small stories."""
    for point in range(_points(SHAPES[shape])):
        for what, which in SINGLE:
            run(_with(SHAPES[shape], Fault(point, what, which)))


def test_a_process_may_die_at_any_two_points() -> None:
    """An upload whose process dies twice, wherever it does, is recognized all the same and paid for once."""
    for first in range(_points(ONE)):
        for second in range(0, 30, 3):
            world = run(_with(ONE, Fault(first, "die"), Fault(second, "die")))
            assert world.bus.heard[-1][0] == "Document Recognized"


@pytest.mark.parametrize("reply", REPLIES)
def test_whatever_the_ocr_api_replies_no_promise_is_broken(reply: str) -> None:
    """The vendor's whole table of failures and every way for a connection to end, once and five times over."""
    for times in (1, 5):
        run(Schedule((Drop(0, "a", "A"), Drop(5, "b", "A"), Drop(0, "c", "B")), replies=(reply,) * times, batch=1))


@pytest.mark.parametrize(
    "what", ["credentials", "secret", "junk_secret", "ip", "ip_in_body", "balance", "down", "flood"]
)
def test_a_trouble_that_is_mended_leaves_nothing_behind(what: str) -> None:
    """While it lasts uploads wait; mended, all of them are recognized, and each content was paid for once."""
    drops = tuple(Drop(3 * number, f"k{number}", "ABC"[number % 3]) for number in range(8))
    world = run(Schedule(drops, troubles=(Trouble(what, 0, 400),), batch=2))
    assert {kind for kind, _ in world.bus.heard} <= {"Document Recognized"} | (
        {"Document Failed"} if what == "down" else set()
    )


@settings(
    max_examples=1500,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(SCHEDULES)
def test_whatever_happens_the_promises_hold(schedule: Schedule) -> None:
    """Uploads, doubles, deletions, troubles and faults at once: all end, paid for once, the newest wins."""
    run(schedule)

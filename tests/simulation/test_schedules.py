"""Whatever happens, the promises hold: one fault at every single point, and many at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from simulation.runs import run
from simulation.schedules import TROUBLES, Drop, Fault, Schedule
from simulation.stories import ONE, STORIES, disturbed, points, troubled
from simulation.strategies import SCHEDULES
from simulation.vendor import REPLIES


@pytest.mark.parametrize("story", STORIES)
def test_a_fault_at_any_single_point_breaks_no_promise(story: str) -> None:
    """Every kind of fault, before and after every operation of ten small stories."""
    for schedule in disturbed(STORIES[story]):
        run(schedule)


def test_a_process_may_die_at_any_two_points() -> None:
    """An upload whose process dies twice, wherever it does, is recognized all the same and paid for once."""
    for first in range(points(ONE)):
        for second in range(0, 30, 3):
            world = run(replace(ONE, faults=(Fault(first, "die"), Fault(second, "die"))))
            assert world.bus.heard[-1][0] == "Document Recognized"


@pytest.mark.parametrize("reply", REPLIES)
def test_whatever_the_ocr_api_replies_no_promise_is_broken(reply: str) -> None:
    """The vendor's whole table of failures and every way for a connection to end, once and five times over."""
    for times in (1, 5):
        run(Schedule((Drop(0, "a", "A"), Drop(5, "b", "A"), Drop(0, "c", "B")), replies=(reply,) * times, batch=1))


@pytest.mark.parametrize("what", TROUBLES)
def test_a_trouble_that_is_mended_leaves_nothing_behind(what: str) -> None:
    """While it lasts uploads wait; mended, all go on by themselves, and each content is paid for once."""
    world = run(troubled(what))
    if what != "down":  # there five outcomes in a row are unknown: the contents are given up
        assert {kind for kind, _ in world.bus.heard} == {"Document Recognized"}


@settings(
    max_examples=900,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(SCHEDULES)
def test_whatever_happens_the_promises_hold(schedule: Schedule) -> None:
    """Uploads, doubles, deletions, troubles and faults at once: all end, paid for once, the newest wins."""
    run(schedule)

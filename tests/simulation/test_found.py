"""What was found once does not happen again."""

from __future__ import annotations

import pytest

from simulation.found import DELETED, FOUND, A
from simulation.runs import run
from simulation.schedules import Drop, Schedule


def test_the_same_bytes_put_again_after_a_deletion_are_found_without_an_event() -> None:
    """A record that ended as gone does not stand for an object that is there again."""
    world = run(Schedule((A, Drop(1, "a", "A"), Drop(40, "a", "A", ())), (DELETED,), batch=1))
    assert [detail["status"] for _, detail in world.bus.heard][-1] == "recognized"


@pytest.mark.parametrize("what", FOUND)
def test_it_does_not_happen_again(what: str) -> None:
    """A schedule that broke a promise once breaks none any more."""
    run(FOUND[what])

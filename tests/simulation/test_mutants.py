"""The simulation can fail: take any promise out of the code, and it notices."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from simulation.mutants import MUTANTS
from simulation.runs import COUNTED, run
from simulation.schedules import Schedule
from simulation.stories import quick
from simulation.strategies import SCHEDULES

MOST_SCHEDULES = 2000


@settings(
    max_examples=MOST_SCHEDULES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(SCHEDULES)
def _any_schedule_holds(schedule: Schedule) -> None:
    run(schedule)


def test_without_a_mutant_nothing_is_caught() -> None:
    """What a mutant meets first holds for the code as it is: whatever is caught is the mutant."""
    for schedule in quick():
        run(schedule)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_simulation_catches(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant breaks a promise within a bounded number of schedules."""
    for edit in MUTANTS[name]:
        edit.apply(monkeypatch)
    with pytest.raises(AssertionError):  # noqa: PT012 - whichever schedule it is that catches it
        for schedule in quick():
            run(schedule)
        _any_schedule_holds()
    COUNTED["mutants caught"] += 1

"""The simulation can fail: take any promise out of the code, and it notices."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from simulation.mutants import MUTANTS, Mutant
from simulation.runs import COUNTED, run
from simulation.schedules import Schedule
from simulation.strategies import SCHEDULES

MOST_SCHEDULES = 3000


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_simulation_catches(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant breaks a promise within a bounded number of schedules."""
    mutant.apply(monkeypatch)

    @settings(
        max_examples=MOST_SCHEDULES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(SCHEDULES)
    def hold(schedule: Schedule) -> None:
        run(schedule)

    with pytest.raises(AssertionError):
        hold()
    COUNTED["mutants caught"] += 1

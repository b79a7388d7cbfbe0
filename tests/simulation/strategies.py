"""How Hypothesis makes schedules: few things at a time, so that many runs are short and a failing one shrinks well."""

from __future__ import annotations

from hypothesis import strategies as st

from simulation.contents import FILES
from simulation.schedules import KINDS_OF_FAULTS, TROUBLES, Delete, Drop, Fault, Schedule, Trouble
from simulation.vendor import REPLIES

_MOMENTS = st.sampled_from((0, 0, 1, 2, 40, 95))
_KEYS = st.sampled_from(("a", "b", "c"))
_EVENTS = st.sampled_from(((0,), (0, 0), (0, 1), (3,), (0, 100), (100,), (0, 0, 1), ()))

DROPS = st.builds(Drop, _MOMENTS, _KEYS, st.sampled_from(("A", "B", "A", *FILES)), _EVENTS)
DELETES = st.builds(Delete, st.sampled_from((1, 2, 40)), _KEYS)
TROUBLED = st.builds(Trouble, st.sampled_from(TROUBLES), st.just(0), st.sampled_from((5, 100, 1000)))
FAULTS = st.builds(Fault, st.integers(0, 45), st.sampled_from(KINDS_OF_FAULTS), st.integers(0, 11))

SCHEDULES = st.builds(
    Schedule,
    drops=st.lists(DROPS, min_size=1, max_size=4).map(tuple),
    deletes=st.lists(DELETES, max_size=1).map(tuple),
    troubles=st.lists(TROUBLED, max_size=1).map(tuple),
    replies=st.lists(st.sampled_from(tuple(REPLIES)), max_size=5).map(tuple),
    faults=st.lists(FAULTS, max_size=9).map(tuple),
    environments=st.sampled_from((2, 1, 3)),
    batch=st.sampled_from((1, 10, 2)),
    newest_first=st.booleans(),
    skews=st.sampled_from(((0.0,), (0.0, 3.0), (3.0, -3.0))),
    lag=st.sampled_from((0, 5)),
)
"""Runs of every kind."""

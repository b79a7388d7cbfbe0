"""How far each app has gone: its calls a second, the paid calls that it has left, and which ones were served."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ocr_endpoint.apps import Bounds
from ocr_endpoint.calls import Rejected, busy, no_access, refusal
from ocr_endpoint.replays import Mark, Replays

_HAIR = 1e-3
"""Part of a call that is given: Unix seconds carry no more digits than seven behind the point."""


class Usage(Protocol):
    """What holds apps to their bounds: one process for itself, or a table for all of them."""

    def pace(self, app_id: str, bounds: Bounds) -> None:
        """Count one call; raises Rejected (429, and when to come again) for one above the rate."""

    def charge(self, app_id: str, bounds: Bounds, mark: Mark | None) -> None:
        """Take one call from the balance, and keep its mark.

        Raises Rejected when none is left (30503107) or the mark is kept already (401 INVALID_TIMESTAMP), and then has
        used up nothing.
        """


@dataclass
class OwnUsage:
    """What apps have used since this process started; `clock` gives Unix seconds. One thread asks."""

    clock: Callable[[], float] = time.time
    _paid: Counter[str] = field(default_factory=Counter, init=False, repr=False)
    _idle_at: dict[str, float] = field(default_factory=dict, init=False, repr=False)
    _served: Replays = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Marks end by the same clock."""
        self._served = Replays(self.clock)

    def pace(self, app_id: str, bounds: Bounds) -> None:
        """Count one call; raises Rejected for one above the rate."""
        if bounds.rate is not None:
            self._idle_at[app_id] = paced(self._idle_at.get(app_id, 0.0), self.clock(), bounds.rate)

    def charge(self, app_id: str, bounds: Bounds, mark: Mark | None) -> None:
        """Take one call from the balance, and keep its mark; raises Rejected."""
        if mark and mark in self._served:
            raise seen_before()
        if bounds.quota is not None and self._paid[app_id] >= bounds.quota:
            raise used_up()
        self._paid[app_id] += 1
        if mark:
            self._served.keep(mark)


def paced(idle_at: float, now: float, rate: float) -> float:
    """When an app's calls will have been worked off at its rate, this one too: the generic cell rate algorithm.

    `idle_at` is that moment without it. A second's calls may come at once; raises Rejected for the next one.
    """
    room, ahead = max(1.0, rate), (idle_at - now) * rate
    if ahead > room - 1 + _HAIR:
        raise busy(math.ceil((ahead - room + 1) / rate))
    return max(idle_at, now) + 1 / rate


def seen_before() -> Rejected:
    """The no to a call that was served with that timestamp."""
    return no_access("INVALID_TIMESTAMP")


def used_up() -> Rejected:
    """The no to a call that nobody would pay for."""
    return refusal(30503107, "很抱歉,订单余额不足")

"""How far each app has gone: its calls a second, and the paid calls that it has left. One thread asks."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ocr_endpoint.apps import Bounds
from ocr_endpoint.calls import busy, refusal


@dataclass
class _Pace:
    """A bucket that holds a second's calls, and is filled by and by."""

    left: float
    at: float


@dataclass
class Usage:
    """What apps have used since this process started; `clock` gives seconds that never go back."""

    clock: Callable[[], float] = time.monotonic
    _paid: Counter[str] = field(default_factory=Counter, init=False, repr=False)
    _paces: dict[str, _Pace] = field(default_factory=dict, init=False, repr=False)

    def pace(self, app_id: str, bounds: Bounds) -> None:
        """Count one call; raises Rejected (429, and when to come again) for one above the rate."""
        if bounds.rate is None:
            return
        room, now = max(1.0, bounds.rate), self.clock()
        pace = self._paces.setdefault(app_id, _Pace(room, now))
        pace.left = min(room, pace.left + (now - pace.at) * bounds.rate)
        pace.at = now
        if pace.left < 1:
            raise busy(math.ceil((1 - pace.left) / bounds.rate))
        pace.left -= 1

    def pay(self, app_id: str, bounds: Bounds) -> None:
        """Take one call from the balance; raises Rejected (30503107) when none is left."""
        if bounds.quota is not None and self._paid[app_id] >= bounds.quota:
            raise refusal(30503107, "很抱歉,订单余额不足")
        self._paid[app_id] += 1

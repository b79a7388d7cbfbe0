"""Calls that were served, so that a recorded one is not served once more."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Mark:
    """What makes a signed call this one: neither the timestamp nor the app id is part of what is signed."""

    until: float
    """When the timestamp is stale and the call could not pass anyhow, in Unix seconds."""

    app_id: str
    timestamp: int
    signature: str


@dataclass
class Replays:
    """The marks that a process keeps, each until its end; `clock` in Unix seconds."""

    clock: Callable[[], float]
    _marks: set[Mark] = field(default_factory=set, init=False, repr=False)
    _ends: list[Mark] = field(default_factory=list, init=False, repr=False)

    def __contains__(self, mark: Mark) -> bool:
        """Whether this mark is kept."""
        now = self.clock()
        while self._ends and self._ends[0].until < now:
            self._marks.discard(heapq.heappop(self._ends))
        return mark in self._marks

    def keep(self, mark: Mark) -> None:
        """Keep a mark until its end."""
        self._marks.add(mark)
        heapq.heappush(self._ends, mark)

"""Signatures that were used, so that a recorded call is not served once more."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Replays:
    """Marks of calls, kept until their timestamps are stale and they could not pass anyhow; `clock` in Unix seconds."""

    clock: Callable[[], float]
    _marks: set[tuple[str, ...]] = field(default_factory=set, init=False, repr=False)
    _ends: list[tuple[float, tuple[str, ...]]] = field(default_factory=list, init=False, repr=False)

    def __contains__(self, mark: tuple[str, ...]) -> bool:
        """Whether this mark is kept."""
        now = self.clock()
        while self._ends and self._ends[0][0] < now:
            self._marks.discard(heapq.heappop(self._ends)[1])
        return mark in self._marks

    def keep(self, mark: tuple[str, ...], until: float) -> None:
        """Keep a mark until that moment."""
        self._marks.add(mark)
        heapq.heappush(self._ends, (until, mark))

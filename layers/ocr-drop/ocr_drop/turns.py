"""One invocation's time: who works, and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """The work of `owner` until `ends_at` (seconds since 1970), when its invocation must have ended."""

    owner: str
    ends_at: float
    clock: Callable[[], float]

    def remaining(self) -> float:
        """Seconds that are left."""
        return self.ends_at - self.clock()

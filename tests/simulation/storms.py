"""The storms that the tests look at, each played once, and their figures: `python -m simulation.storms` prints them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest

from simulation.schedules import Schedule
from simulation.weather import Storm, play, spread, storm
from simulation.world import connect

FIVE_MINUTES, TEN_MINUTES = 300.0, 600.0

SECONDS_A_CALL = 1.1
"""What one upload takes of an environment in the simulation: a call of one second, and what is around it."""


@cache
def throttled() -> Storm:
    """500 uploads within a minute; nine calls of ten are refused with 429 for five minutes."""
    return play(Schedule(spread(500, 60), environments=10), storm("throttled", 0.9, FIVE_MINUTES))


@cache
def failing() -> Storm:
    """250 uploads within a minute; nine calls of ten end with 503 for five minutes."""
    return play(Schedule(spread(250, 60), environments=5), storm("server_error", 0.9, FIVE_MINUTES))


@cache
def broken() -> Storm:
    """60 uploads within a minute; every call ends with 503 for ten minutes."""
    return play(Schedule(spread(60, 60), environments=10), storm("server_error", 1.0, TEN_MINUTES))


@cache
def unreachable() -> Storm:
    """200 uploads within a minute; for ten minutes no connection comes about."""
    return play(Schedule(spread(200, 60), environments=10), storm("unreachable", 1.0, TEN_MINUTES))


@cache
def stream(newest_first: bool) -> Storm:
    """200 uploads within a minute, then one a second for nine; nine calls of ten are refused for five minutes.

    Four environments are too few for them all at once, so who is received first matters.
    """
    drops = (*spread(200, 60), *spread(540, 540, since=60))
    schedule = Schedule(drops, environments=4, newest_first=newest_first)
    return play(schedule, storm("throttled", 0.9, FIVE_MINUTES))


@dataclass(frozen=True)
class Figures:
    """A storm in figures: tries for an upload, and the seconds after its end in which those that waited ended."""

    uploads: int
    recognized: int
    calls: int
    mean_tries: float
    most_tries: int
    most_receives: int
    most_in_flight: int
    waiting: int
    seconds_after: float

    @classmethod
    def of(cls, played: Storm, until: float) -> Figures:
        """The figures of a storm that lasted `until` so many seconds after the start."""
        tries, ends = played.tries(), played.ends()
        came = {drop.key for drop in played.schedule.drops if drop.at < until}
        rest = [ends[key][0] - until for key in came if ends[key][0] > until]
        return cls(
            uploads=len(played.uploads),
            recognized=sum(status == "recognized" for _, status in ends.values()),
            calls=len(played.vendor.calls),
            mean_tries=round(tries.total() / len(tries), 2),
            most_tries=max(tries.values()),
            most_receives=max(played.receives.values()),
            most_in_flight=played.vendor.most_in_flight,
            waiting=len(rest),
            seconds_after=round(max(rest, default=0), 1),
        )

    def queue_time(self, environments: int) -> float:
        """Seconds that so many environments need for all that waited when the storm ended."""
        return self.waiting * SECONDS_A_CALL / environments


def main() -> None:
    """Play every storm and print its figures."""
    with pytest.MonkeyPatch.context() as patch:
        connect(patch)
        for play_one in (throttled, failing):
            _say(play_one.__doc__, Figures.of(play_one(), FIVE_MINUTES))
        for play_one in (broken, unreachable):
            _say(play_one.__doc__, Figures.of(play_one(), TEN_MINUTES))
        for newest_first in (False, True):
            _say(f"{stream.__doc__} Newest first: {newest_first}.", Figures.of(stream(newest_first), FIVE_MINUTES))


def _say(what: str | None, figures: Figures) -> None:
    told = " ".join((what or "").split())
    print(f"{told}\n    {figures}\n", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

"""Hundreds of uploads in bad weather: all end soon after it, calls are bounded, and nobody is starved.

`PYTHONPATH=tests python -m simulation.storms` prints the figures that these bounds stand around.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import cycle

import pytest

from ocr_drop.claims import MOST_UNKNOWN
from ocr_drop.waiting import LONGEST_WAIT, MANY_RECEIVES
from simulation import storms
from simulation.checks import records
from simulation.lambdas import DEAD_LETTERS
from simulation.mutants import Edit
from simulation.schedules import Drop, Schedule
from simulation.storms import FIVE_MINUTES, TEN_MINUTES, Figures
from simulation.weather import After, Storm, play, spread, storm
from simulation.world import START

MOST_TRIES = {FIVE_MINUTES: 9, TEN_MINUTES: 13}
"""How often an upload can be tried in so long a storm and once after it, if it always waits as shortly as it may."""

LONGEST_REST = 20 * 2 ** (MOST_UNKNOWN - 2) * 1.2
"""Seconds before the last call that a content is allowed."""

FAIR = 1.5
"""How much older than the oldest of the others an upload of the storm's first minute may be when it ends."""


def test_a_storm_of_429_leaves_every_upload_recognized() -> None:
    """500 uploads, nine of ten calls refused for five minutes: all are recognized, and no message is a dead letter."""
    played = storms.throttled()
    assert Counter(status for _, status in played.ends().values()) == {"recognized": 500}
    assert played.outcomes()["answered"] == 500
    assert played.outcomes()["unknown"] == 0
    assert played.sqs.messages(DEAD_LETTERS) == []


def test_a_storm_of_429_costs_few_calls() -> None:
    """No upload is called for more than nine times nor received more often; the mean is under six."""
    figures = Figures.of(storms.throttled(), FIVE_MINUTES)
    assert figures.most_tries <= MOST_TRIES[FIVE_MINUTES] < MANY_RECEIVES
    assert figures.most_receives <= figures.most_tries
    assert figures.mean_tries < 6


def test_calls_in_flight_reach_the_ceiling_and_stay_under_it() -> None:
    """With ten environments of one thread there are ten calls at a time, in the storm and when all come back."""
    assert storms.throttled().vendor.most_in_flight == 10
    assert storms.stream(False).vendor.most_in_flight == 4


def test_all_have_ended_two_minutes_after_a_storm_of_429() -> None:
    """Whoever waited longest is tried within the longest wait; the rest is the time that the queue itself needs."""
    figures = Figures.of(storms.throttled(), FIVE_MINUTES)
    assert figures.waiting > 200
    assert figures.seconds_after < LONGEST_WAIT + figures.queue_time(10)


def test_five_minutes_of_503_cost_no_upload_its_end() -> None:
    """250 uploads, nine of ten calls with an unknown outcome: they rest so long that five calls outlast the storm."""
    played = storms.failing()
    figures = Figures.of(played, FIVE_MINUTES)
    assert figures.recognized == 250
    assert figures.most_tries <= MOST_UNKNOWN
    assert figures.seconds_after < LONGEST_REST + figures.queue_time(5)
    assert played.outcomes() == {"answered": 250, "unknown": figures.calls - 250}
    assert played.seen.counts["CallOutcomeUnknown"] == figures.calls - 250


def test_who_reaches_the_bound_of_unknown_outcomes_ends_as_failed_and_says_so() -> None:
    """Ten minutes of nothing but 503: five calls each, then a failed document and its event, and no dead letter."""
    played = storms.broken()
    assert set(played.tries().values()) == {MOST_UNKNOWN}
    assert played.outcomes() == {"unknown": 60 * MOST_UNKNOWN}
    assert Counter((record["kind"], record["code"]) for record in records(played).values()) == {
        ("try_later", "server_error"): 60
    }
    assert all(f"the outcome of {MOST_UNKNOWN} calls" in record["message"] for record in records(played).values())
    assert Counter(kind for kind, _ in played.bus.heard) == {"Document Failed": 60}
    assert played.sqs.messages(DEAD_LETTERS) == []


def test_an_api_that_cannot_be_reached_costs_nothing() -> None:
    """Ten minutes without a connection: no call is counted, tries are bounded, and all are recognized soon after."""
    played = storms.unreachable()
    figures = Figures.of(played, TEN_MINUTES)
    assert (figures.recognized, figures.calls) == (200, 200)
    assert played.outcomes() == {"answered": 200, "not_sent": played.tries().total() - 200}
    assert all(call.at - START >= TEN_MINUTES for call in played.vendor.calls)
    assert "CallOutcomeUnknown" not in played.seen.counts
    assert figures.most_receives <= figures.most_tries <= MOST_TRIES[TEN_MINUTES]
    assert figures.seconds_after < LONGEST_WAIT + figures.queue_time(10)


@pytest.mark.parametrize("newest_first", [False, True])
def test_old_uploads_are_not_starved_by_new_ones(newest_first: bool) -> None:
    """While one upload a second goes on coming, those of the first minute end within the longest wait and the queue.

    They hold to it even where SQS hands out the newest messages first; what is more, none of them gets half as old
    again as the oldest of the others.
    """
    played = storms.stream(newest_first)
    figures = Figures.of(played, FIVE_MINUTES)
    assert figures.recognized == 740
    ends = {drop: played.ends()[drop.key][0] for drop in played.schedule.drops}
    old = {drop: end for drop, end in ends.items() if drop.at < 60}
    assert max(old.values()) < FIVE_MINUTES + LONGEST_WAIT + figures.queue_time(4)
    oldest, oldest_of_others = (
        max(end - drop.at for drop, end in ends.items() if (drop in old) is first) for first in (True, False)
    )
    assert oldest < FAIR * oldest_of_others


def _one_batch_of_ten() -> Storm:
    """While the only environment is busy, ten uploads come in, and SQS hands them out newest first."""
    schedule = Schedule(spread(11, 11), environments=1, newest_first=True)
    return play(schedule, lambda now: "slow" if now < 1 else "ok")


def test_in_a_batch_the_oldest_message_is_worked_first() -> None:
    """Whatever the order in which they were received, messages are worked in the order in which they were sent."""
    played = _one_batch_of_ten()
    assert [call.content for call in played.vendor.calls] == [drop.content for drop in played.schedule.drops]


def _asking(form: str) -> After:
    """Refusals that ask for waits of several lengths, some of them longer than any wait of our own."""
    waits = cycle((0, 5, 30, 77, 130, 300))

    def after(now: float) -> tuple[str, float]:
        seconds = next(waits)
        if form == "seconds":
            return str(seconds), now + seconds
        moment = int(now) + seconds
        return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True), moment

    return after


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("reply", ["throttled", "server_error"])
def test_no_upload_is_called_again_before_the_moment_that_its_refusal_named(reply: str, form: str) -> None:
    """Retry-After is honoured in both its forms, with 429 and with 503, however long or short it is."""
    played = play(Schedule(spread(60, 60), environments=4), storm(reply, 0.7, FIVE_MINUTES), _asking(form))
    assert sum(len(told) for told in played.vendor.told.values()) > 50
    assert played.vendor.early() == []


@pytest.mark.parametrize("other", ["event", "key"])
def test_a_second_message_honours_the_moment_as_well(other: str) -> None:
    """Not even a second event of an upload, or the same bytes under another key, is called for before the moment."""
    drops = spread(20, 20)
    twice = tuple(Drop(drop.at, drop.key, drop.content, (0, 10)) for drop in drops)
    again = tuple(Drop(drop.at + 10, f"{drop.key}-again", drop.content) for drop in drops)
    schedule = Schedule(twice if other == "event" else drops + again, environments=4)
    assert play(schedule, storm("throttled", 0.9, FIVE_MINUTES), _asking("seconds")).vendor.early() == []


def _honours() -> bool:
    return not play(Schedule(spread(10, 5)), storm("throttled", 0.7, 100), _asking("seconds")).vendor.early()


def _ends_in_time() -> bool:
    figures = Figures.of(play(Schedule(spread(10, 5)), storm("throttled", 1.0, 300)), 300)
    return figures.seconds_after < LONGEST_WAIT + figures.queue_time(2) and figures.most_tries <= 9


def _keeps_the_order() -> bool:
    played = _one_batch_of_ten()
    return [call.content for call in played.vendor.calls] == [drop.content for drop in played.schedule.drops]


MUTANTS = {
    "retry_after_is_not_read": (Edit("esign.answers:retry_after", "if not value:", "if True:"), _honours),
    "waits_have_no_longest": (Edit("waiting:backoff", "min(LONGEST_WAIT, ", "max(0.0, "), _ends_in_time),
    "waits_do_not_grow": (Edit("waiting:backoff", "2.0 **", "1.0 **"), _ends_in_time),
    "the_youngest_of_a_batch_is_worked_first": (
        Edit("batches:_Batch.answer", "key=_sent", "key=lambda message: -_sent(message)"),
        _keeps_the_order,
    ),
}
"""Code without one of these promises, and the sentence that notices."""


@pytest.mark.parametrize("mutant", MUTANTS)
def test_code_without_the_promise_is_noticed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these sentences holds of the code, and does not hold of the code without what it says."""
    edit, holds = MUTANTS[mutant]
    assert holds()
    edit.apply(monkeypatch)
    assert not holds()

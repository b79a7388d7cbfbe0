"""What holds of the calls of every run: each is in the ledger, and each content is paid for once."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

from ocr_drop.claims import MOST_UNKNOWN
from simulation.vendor import Call
from simulation.world import World

LEAST_REST = 10.0
"""Seconds between a call whose outcome is unknown and the next of its content, at the least, clocks being wrong."""

OPERATOR = ("credentials", "ip", "ip_in_body", "balance")


def ledger(world: World) -> list[dict[str, Any]]:
    """All rows of the ledger, in Python's values."""
    rows = [item for (_, sk), item in world.table.items.items() if sk.startswith("call#")]
    return [{name: next(iter(value.values())) for name, value in item.items()} for item in rows]


def _by_content(world: World) -> dict[str, list[Call]]:
    contents: dict[str, list[Call]] = defaultdict(list)
    for call in world.vendor.calls:
        contents[call.content].append(call)
    return contents


def _rows(world: World) -> dict[str, dict[str, Any]]:
    return {row.get("requestId", row["sk"]): row for row in ledger(world)}


def _each_call_is_a_row(world: World) -> None:
    """The ledger has exactly one row for each call that was received, and none was received twice."""
    received = [call.request_id for call in world.vendor.calls]
    assert len(set(received)) == len(received), "a call was sent twice"
    rows = _rows(world)
    assert len(rows) == len(ledger(world)), "a call has two rows"
    assert set(received) <= set(rows), "a call is missing in the ledger"
    for call in world.vendor.calls:
        row = rows[call.request_id]
        assert row["outcome"] != "not_sent", "a call that was received is said not to be sent"
        if row["outcome"] == "answered":
            assert call.nature == "answer", f"{call} is said to be answered"


def _each_row_was_written_before_its_call(world: World) -> None:
    """Whatever happens in a call, it stands in the ledger already."""
    for call in world.vendor.calls:
        assert call.in_ledger, f"{call} went out before it stood in the ledger"


def _each_content_is_paid_for_once(world: World) -> None:
    """A call is followed by another of its content only if it surely cost nothing, or is marked as unknown."""
    rows = _rows(world)
    for content, calls in _by_content(world).items():
        for call in calls[:-1]:
            row = rows[call.request_id]
            marked = row["outcome"] == "unknown" or row.get("code") == "owner_died"
            free = call.nature == "free" and call.reached
            assert marked or free, f"{content}: paid for again after {call}, whose row is {row}"
        unknown = sum(rows[call.request_id]["outcome"] == "unknown" for call in calls)
        assert unknown <= MOST_UNKNOWN, f"{content}: {unknown} calls ended unknown"


def _what_was_kept_is_not_paid_for_again(world: World) -> None:
    """Once an answer is kept, nobody calls for its content any more."""
    kept = {entry.key: entry.at for entry in reversed(world.journal.of("kept"))}
    for content, calls in _by_content(world).items():
        for call, following in pairwise(calls):
            answered = call.nature in ("answer", "final") and kept.get(call.request_id, following.at) < following.at
            assert not answered, f"{content}: {following} although the answer of {call} was kept"


def _unknown_outcomes_rest(world: World) -> None:
    """After a failure that leaves open what was billed, the next call of the content waits."""
    for content, calls in _by_content(world).items():
        for call, following in pairwise(calls):
            if call.nature == "unknown" and call.reached:
                assert following.at - call.at >= LEAST_REST, f"{content}: called again at once after {call}"


def _refused_calls_are_few(world: World) -> None:
    """While an operator has to mend something, only probes are refused, however many uploads wait."""
    refused = sum(call.reply in OPERATOR for call in world.vendor.calls)
    scripted = sum(reply in OPERATOR for reply in world.schedule.replies)
    seconds = sum(one.seconds for one in world.schedule.troubles)
    most = 2 * (world.schedule.environments + scripted + 5 + seconds // 60)
    assert refused <= most, f"{refused} calls were refused in {seconds} s"


def _calls_in_flight_stay_under_the_ceiling(world: World) -> None:
    """One thread an environment, one call a thread."""
    assert world.vendor.most_in_flight <= world.schedule.environments


CHECKS_OF_CALLS = (
    _each_call_is_a_row,
    _each_row_was_written_before_its_call,
    _each_content_is_paid_for_once,
    _what_was_kept_is_not_paid_for_again,
    _unknown_outcomes_rest,
    _refused_calls_are_few,
    _calls_in_flight_stay_under_the_ceiling,
)

"""Faults: at which point what goes wrong, and how AWS's errors look then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from simulation.fakes.refusals import refusal
from simulation.fakes.sqs import Sqs
from simulation.scheduler import Scheduler
from simulation.schedules import Fault

Side = Literal["before", "after"]

COST = 0.004
"""Seconds that an operation on AWS takes."""

STALLS = (2, 30, 70, 100)
OUTAGES = (5, 60, 200)
IN_CALLS = {"die_in_call": "die", "stall_in_call": "stall"}
SERVICES = ("dynamodb", "s3", "sqs", "events", "secretsmanager")

_REFUSALS = {
    "dynamodb": ("ProvisionedThroughputExceededException", "InternalServerError", "TransactionConflictException"),
    "s3": ("SlowDown", "InternalError", "AccessDenied"),
    "sqs": ("ServiceUnavailable", "InternalFailure", "AccessDenied"),
    "events": ("ThrottlingException", "InternalFailure", "AccessDeniedException"),
    "secretsmanager": ("ThrottlingException", "InternalServiceError", "AccessDeniedException"),
}


class Faults:
    """The faults of one run, and what is passed on the way: `passed` is the run's story, to be read when it fails."""

    def __init__(self, faults: tuple[Fault, ...], scheduler: Scheduler, queue: Sqs) -> None:
        self._left = list(reversed(faults))
        self._gap = self._left[-1].gap if self._left else -1
        self._scheduler = scheduler
        self._queue = queue
        self._in_calls: list[Fault] = []
        self._out: dict[str, float] = {}
        self.passed: list[tuple[float, str, str, str, str]] = []
        self.struck: Counter[str] = Counter()

    def operate(self, service: str, operation: str, effect: Callable[[], Any]) -> Any:
        """An operation of an AWS service: a point, the effect, a point; either may strike."""
        first = self.point(f"{service}.{operation}", "before")
        if first and first.what == "fail":
            raise self._not_done(service, operation, first.which)
        if self._out.get(service, 0) > self._scheduler.now:
            raise self._not_done(service, operation, 1)
        answer: Any = None
        refused = None
        try:
            answer = effect()
        except ClientError as error:
            refused = error
        self._scheduler.now += COST
        second = self.point(f"{service}.{operation}", "after")
        if "repeat" in {fault.what for fault in (first, second) if fault}:
            return effect()
        if second and second.what == "fail":
            raise _maybe_done(operation, second.which)
        if refused:
            raise refused
        return answer

    def point(self, what: str, side: Side) -> Fault | None:
        """Pass a point; gives the fault that strikes there, if it is the caller's to play."""
        scheduler = self._scheduler
        assert scheduler.current
        scheduler.check_alive(scheduler.current)
        fault = self._due()
        if what == "vendor.post" and side == "after" and self._in_calls and not fault:
            fault = self._in_calls.pop(0)
        self.passed.append((scheduler.now, scheduler.current.name, what, side, fault.what if fault else ""))
        if fault and not self._plays(fault):
            self._world_plays(fault)
            fault = None
        scheduler.give_way()
        return fault

    def _due(self) -> Fault | None:
        if not self._left or self._gap > 0:
            self._gap -= 1
            return None
        fault = self._left.pop()
        self._gap = self._left[-1].gap if self._left else -1
        self.struck[fault.what] += 1
        return fault

    def _plays(self, fault: Fault) -> bool:
        return fault.what in ("fail", "repeat")

    def _world_plays(self, fault: Fault) -> None:
        scheduler = self._scheduler
        assert scheduler.current
        if fault.what == "die":
            scheduler.die()
        if fault.what == "switch":
            scheduler.behind_the_others()
        elif fault.what in IN_CALLS:
            self._in_calls.append(replace(fault, what=IN_CALLS[fault.what]))
        elif fault.what == "stall":
            scheduler.current.ready_at = scheduler.now + STALLS[fault.which % len(STALLS)]
        elif fault.what == "double":
            self._queue.doubles += 1
        elif fault.what == "outage":
            service = SERVICES[fault.which % len(SERVICES)]
            self._out[service] = scheduler.now + OUTAGES[fault.which // len(SERVICES) % len(OUTAGES)]

    def _not_done(self, service: str, operation: str, which: int) -> Exception:
        """An error of an operation that had no effect."""
        flavours = _REFUSALS[service]
        if which % (len(flavours) + 1) == len(flavours):
            return EndpointConnectionError(endpoint_url=service)
        code = flavours[which % (len(flavours) + 1)]
        if code == "TransactionConflictException" and operation == "transact_write_items":
            reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
            return refusal(operation, "TransactionCanceledException", CancellationReasons=reasons)
        if service == "s3" and operation == "put_object" and code == "SlowDown" and which >= len(flavours):
            code = "ConditionalRequestConflict"
        return refusal(operation, code)


def _maybe_done(operation: str, which: int) -> Exception:
    """An error after which nobody knows whether the operation took place: here it did."""
    if which % 3 == 0:
        return ReadTimeoutError(endpoint_url="aws")
    return ConnectionClosedError(endpoint_url="aws") if which % 3 == 1 else refusal(operation, "InternalError")

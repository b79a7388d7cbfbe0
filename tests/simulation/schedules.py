"""What a run is decided by: uploads, troubles, the OCR API's replies, and faults at single points.

A schedule is a value whose repr is the code that makes it, so a failing one is pasted into a test as it is printed.
"""

from __future__ import annotations

from dataclasses import dataclass

KINDS_OF_FAULTS = ("switch", "die", "fail", "die_in_call", "repeat", "stall", "stall_in_call", "double", "outage")
"""switch: others go on first. die: the process ends. fail: the operation fails, before or after its effect.
repeat: the answer got lost, and the SDK does it again. stall: the process is frozen for a while.
..._in_call: it happens within the next call of the OCR API. double: the next messages are received twice.
outage: a service of AWS fails for a while."""

TROUBLES = ("credentials", "secret", "junk_secret", "ip", "ip_in_body", "balance", "down", "flood")
"""What may be wrong with the OCR API, or with what it is called with, for a while."""


@dataclass(frozen=True)
class Drop:
    """A file put under a key `at` seconds after the start; each of its `events` arrives so many seconds later."""

    at: int
    key: str
    content: str
    events: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Delete:
    """A key deleted `at` seconds after the start."""

    at: int
    key: str


@dataclass(frozen=True)
class Trouble:
    """One of `TROUBLES`, from `at` on, for so many seconds."""

    what: str
    at: int
    seconds: int


@dataclass(frozen=True)
class Fault:
    """One of `KINDS_OF_FAULTS` at the point that comes `gap` points after the fault before; `which` is its flavour."""

    gap: int
    what: str
    which: int = 0


@dataclass(frozen=True)
class Schedule:
    """One run. `replies` are the OCR API's to its first calls, by name; after them it recognizes everything."""

    drops: tuple[Drop, ...]
    deletes: tuple[Delete, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    replies: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    environments: int = 2
    batch: int = 10
    newest_first: bool = False
    skews: tuple[float, ...] = (0.0,)
    lag: int = 0

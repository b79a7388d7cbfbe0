"""Schedules that were found to break a promise, each kept under the name of what it shows."""

from __future__ import annotations

from simulation.schedules import Delete, Drop, Fault, Schedule, Trouble

A = Drop(0, "a", "A")
DELETED = Delete(1, "a")

FOUND: dict[str, Schedule] = {
    "a process dies between two result objects, and the key is deleted": Schedule(
        (A,), (DELETED,), faults=(Fault(23, "die"),), batch=1
    ),
    "a result is stored but not recorded, and the key is deleted": Schedule(
        (A,), (DELETED,), faults=(Fault(21, "outage"),), batch=1
    ),
    "a success is recorded but not announced, and the key is deleted": Schedule(
        (A,), (DELETED,), faults=(Fault(0, "outage", 3),), batch=1
    ),
    "a late duplicate finds the key deleted": Schedule((Drop(0, "a", "A", (0, 5)),), (Delete(3, "a"),), batch=1),
    "the beginning of work could not be written": Schedule(
        (Drop(0, "c", "A", (100,)), Drop(40, "c", "A")), faults=(Fault(20, "fail"),), batch=1
    ),
    "the answer to the record's end was lost": Schedule((Drop(0, "a", "junk"),), faults=(Fault(19, "fail"),), batch=1),
    "an outage comes between the deaths of two processes": Schedule(
        (A,), replies=("too_slow",), faults=(Fault(29, "outage"), Fault(15, "die"), Fault(7, "die")), batch=1
    ),
    "the answer to the call's row was lost": Schedule((A,), faults=(Fault(15, "fail"),), batch=1),
    "a file that ends its process is delivered twice": Schedule(
        (Drop(1, "b", "poison", (0, 0)),), environments=1, batch=2
    ),
    "a file that ends its process has good ones in its batch": Schedule(
        (Drop(0, "b", "poison", (0, 0)), Drop(0, "a", "A"), Drop(0, "c", "B"))
    ),
    "a file that ends its process lies under two keys": Schedule(
        (Drop(0, "b", "poison", (0, 100)), Drop(95, "a", "poison", (0, 100))), batch=1
    ),
    "an older upload's event comes after a newer one's, which waits": Schedule(
        (Drop(0, "a", "A", (40,)), Drop(1, "a", "B")), troubles=(Trouble("ip", 0, 100),), batch=1
    ),
    "an upload is told of six times at once": Schedule((Drop(0, "a", "A", (0,) * 6),), environments=6, batch=1),
    "a probe is refused and parked again before its release is noted": Schedule(
        (A,), troubles=(Trouble("ip", 0, 100),), faults=(Fault(31, "stall"),)
    ),
    "the event of an overwrite never comes": Schedule((A, Drop(40, "a", "B", ())), batch=1),
    "a sweep finds an upload while older ones of its key wait": Schedule(
        (Drop(0, "a", "poison"), Drop(0, "a", "poison"), Drop(0, "a", "A"))
    ),
}

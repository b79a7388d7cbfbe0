"""What holds after every run, whatever happened in it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

from ocr_drop import notices
from ocr_drop.claims import MOST_UNKNOWN
from ocr_drop.index import Index
from ocr_drop.pipeline import MOST_CRASHES
from ocr_drop.table import Table
from simulation.checks_of_calls import CHECKS_OF_CALLS, ledger
from simulation.contents import is_picture
from simulation.lambdas import DEAD_LETTERS, IN, OUT, UPLOADS
from simulation.schedules import Drop
from simulation.vendor import FAILURE_CODES
from simulation.world import START, World

ENOUGH = 1500.0
"""Seconds after the last trouble in which every upload has ended: what waits is woken, not found half an hour later."""


def check(world: World) -> None:
    """Hold a world at rest to all that is promised; the failure tells the run's story."""
    try:
        for holds in (*CHECKS, *CHECKS_OF_CALLS):
            holds(world)
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{world.story()}") from None


def records(world: World) -> dict[str, dict[str, Any]]:
    """The record of each key, in Python's values."""
    found = [item for (_, sk), item in world.table.items.items() if sk == "record"]
    return {item["key"]["S"]: {name: next(iter(value.values())) for name, value in item.items()} for item in found}


def newest(world: World) -> dict[str, tuple[Drop, str]]:
    """The last upload of each key, with its version, unless it was deleted before anyone could hear of it."""
    latest = {drop.key: (drop, version) for drop, _, version in world.uploads}
    there = {key for key, versions in world.s3.buckets[IN].items() if versions[-1].data is not None}
    return {key: (drop, version) for key, (drop, version) in latest.items() if drop.events or key in there}


def _no_defects(world: World) -> None:
    """Nothing that happens to the world is a defect of ours."""
    for defect in world.seen.defects:
        raise AssertionError(f"a defect: {defect!r}") from defect


def _queue_is_quiet(world: World) -> None:
    """No message is left, and none became a dead letter: all uploads were told of by good events."""
    assert world.sqs.messages(UPLOADS) == []
    assert world.sqs.messages(DEAD_LETTERS) == [], "a good upload became a dead letter"


def _newest_upload_of_each_key_has_ended(world: World) -> None:
    """The record of each key stands for its newest upload, which is recognized or failed for a reason that holds."""
    found = records(world)
    for key in world.unended():
        raise AssertionError(f"{key}: its newest upload has not ended: {found.get(key, 'no record')}")
    for key, (drop, version) in newest(world).items():
        record = found[key]
        assert record["versionId"] == version or not drop.events, f"{key}: the record stands for an older upload"
        if record["status"] == "recognized":
            assert is_picture(drop.content)
        else:
            assert record["code"] in _reasons(world, drop), f"{key}: failed without reason: {record}"


def _reasons(world: World, drop: Drop) -> set[str]:
    """The codes that an upload may have failed with, given what happened."""
    reasons = {"junk": {"not_an_image", "unreadable"}, "empty": {"empty"}, "poison": {"crashes"}}.get(
        drop.content, set()
    )
    if world.s3.buckets[IN][drop.key][-1].data is None:
        reasons = reasons | {"gone"}
    if world.crashes(drop.content) >= MOST_CRASHES:
        reasons = reasons | {"crashes"}
    calls = [call for call in world.vendor.calls if call.content == drop.content]
    reasons = reasons | {FAILURE_CODES[call.reply] for call in calls if call.nature == "final"}
    unknown = [row for row in ledger(world) if row["outcome"] == "unknown"]
    if len(unknown) >= MOST_UNKNOWN:
        reasons = reasons | {"outcomes_unknown", "server_error", "not_json", "operation_failed", "no_answer"}
    return reasons


def _ended_soon(world: World) -> None:
    """What waits is woken: no upload that was told of had to be found again half an hour later."""
    long = 330 * world.schedule.replies.count("throttled_long")
    troubled = max((one.at + one.seconds for one in world.schedule.troubles), default=0)
    arrived = max((drop.at + delay for drop in world.schedule.drops for delay in drop.events), default=0)
    told = {drop.key for drop in world.schedule.drops if drop.events}
    ends = [entry.at - START for entry in world.journal.of("record") if entry.status != "waiting" and entry.key in told]
    if all(drop.events for drop in world.schedule.drops):
        assert max(ends, default=0) < ENOUGH + long + troubled + arrived, f"the last end came after {max(ends)} s"


def _results_are_of_the_newest_upload(world: World) -> None:
    """Record and result object of a key tell the same of the same upload."""
    found = records(world)
    for key, (drop, version) in newest(world).items():
        versions = world.s3.buckets[OUT].get(f"{key}.json")
        assert versions, f"{key}: no result"
        document = json.loads(versions[-1].data or b"")
        told = document["source"]["versionId"]
        assert told == version or not drop.events, f"{key}: the result is an older upload's"
        assert document["status"] == found[key]["status"], f"{key}: record and result differ"
        if document["status"] == "recognized":
            _text_and_raw_answer_fit(world, key, drop.content, found[key]["verifyId"])


def _text_and_raw_answer_fit(world: World, key: str, content: str, verify_id: str) -> None:
    document, text, raw = (
        (world.s3.buckets[OUT][f"{key}{ending}"][-1].data or b"").decode() for ending in (".json", ".txt", ".raw.json")
    )
    assert json.loads(document)["text"] == content
    assert text == content, f"{key}: the text is another upload's"
    assert json.loads(raw)["data"]["verifyId"] == verify_id, f"{key}: the raw answer is another call's"


def _ends_are_final(world: World) -> None:
    """Over the whole run, no older upload followed a newer one, and nothing else followed a success."""
    written: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for entry in world.journal.entries:
        if entry.what in ("record", "result"):
            written[entry.what, entry.key].append((entry.order, entry.status))
    for place, entries in written.items():
        for (order, status), (next_order, next_status) in pairwise(entries):
            assert order <= next_order or not next_order, f"{place}: an older upload replaced a newer one"
            late = order == next_order and status == "recognized" and next_status != "recognized"
            assert not late, f"{place}: {next_status} replaced a success"


def _stored_then_recorded_then_announced(world: World) -> None:
    """Whoever reads a record that ended finds its result; whoever hears an event finds both.

    An upload that a sweep found has no order: it may end for a later delivery of the same bytes.
    """
    versions = {version: f"{sequencer:0<40}" for _, sequencer, version in world.uploads}
    stored, ended = set(), set()
    for entry in world.journal.entries:
        this = (entry.key, entry.order, entry.status)
        if entry.what == "result":
            stored.add(this)
        elif entry.what == "record" and entry.status != "waiting":
            unordered = (entry.key, "", entry.status)
            assert this in stored or unordered in stored, f"{this} stood in the record before it was stored"
            ended.add(this)
        elif entry.what == "event":
            swept = any(one.order == "" for one in world.journal.of("result") if one.key == entry.key)
            told = (entry.key, versions[entry.order], entry.status)
            assert told in ended or (swept and ended), f"{this} announced too early"


def _every_end_was_announced(world: World) -> None:
    """Each end is announced at least once, always with the same id, and only what a record says."""
    ids: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for kind, detail in world.bus.heard:
        assert kind == ("Document Recognized" if detail["status"] == "recognized" else "Document Failed")
        ids[detail["key"], detail["versionId"], detail["status"]].add(detail["id"])
    assert all(len(one) == 1 for one in ids.values()), f"an end has several ids: {dict(ids)}"
    found = records(world)
    for key in newest(world):
        record = found[key]
        announced = ids.get((key, record["versionId"], record["status"]), set())
        assert announced == {notices.event_id(record)}, f"{key}: its end was never announced"


def _tallies_are_exact(world: World) -> None:
    """As many uploads are counted with each status as there are records with it."""
    there = Counter(record["status"] for record in records(world).values())
    told = Index(Table(world.table, "index"), lambda: START).counts()
    assert told == {status: there[status] for status in told}, f"counted {told}, there are {dict(there)}"


CHECKS = (
    _tallies_are_exact,
    _no_defects,
    _queue_is_quiet,
    _newest_upload_of_each_key_has_ended,
    _results_are_of_the_newest_upload,
    _ends_are_final,
    _stored_then_recorded_then_announced,
    _every_end_was_announced,
    _ended_soon,
)

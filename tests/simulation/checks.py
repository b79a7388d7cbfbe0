"""What holds after every run, whatever happened in it."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from ocr_drop.claims import MOST_UNKNOWN
from ocr_drop.pipeline import MOST_CRASHES
from simulation.contents import is_picture
from simulation.lambdas import DEAD_LETTERS, IN, OUT, UPLOADS
from simulation.schedules import Drop
from simulation.vendor import FAILURE_CODES
from simulation.world import World


def check(world: World) -> None:
    """Hold a world at rest to all that is promised; the failure tells the run's story."""
    try:
        for holds in (
            _no_defects,
            _queue_is_quiet,
            _newest_upload_of_each_key_has_ended,
            _results_are_of_the_newest_upload,
            _ends_are_final,
            _every_end_was_announced,
            _each_call_is_a_row,
            _each_content_is_paid_for_once,
        ):
            holds(world)
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{world.story()}") from None


def plain(item: Any) -> dict[str, Any]:
    """An item of the table in Python's values."""
    return {name: next(iter(value.values())) for name, value in item.items()}


def records(world: World) -> dict[str, dict[str, Any]]:
    """The record of each key."""
    found = (plain(item) for (_, sk), item in world.table.items.items() if sk == "record")
    return {record["key"]: record for record in found if record["bucket"] == IN}


def ledger(world: World) -> list[dict[str, Any]]:
    """All rows of the ledger."""
    return [plain(item) for (_, sk), item in world.table.items.items() if sk.startswith("call#")]


def newest(world: World) -> dict[str, tuple[Drop, str, str]]:
    """The last upload of each key, with its sequencer and version."""
    return {drop.key: (drop, sequencer, version) for drop, sequencer, version in world.uploads}


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
    for key, (drop, sequencer, version) in newest(world).items():
        record = found.get(key)
        assert record, f"{key}: its message vanished without a record"
        assert record["sequencer"] == sequencer, f"{key}: the record stands for an older upload"
        assert record["versionId"] == version
        assert record["status"] in ("recognized", "failed"), f"{key}: {record} waits for nothing"
        if record["status"] == "recognized":
            assert is_picture(drop.content)
        else:
            assert record["code"] in _reasons(world, drop, record), f"{key}: failed without reason: {record}"


def _reasons(world: World, drop: Drop, record: dict[str, Any]) -> set[str]:
    """The codes that an upload may have failed with, given what happened."""
    reasons = set()
    if not is_picture(drop.content):
        reasons |= {"empty"} if drop.content == "empty" else {"not_an_image", "unreadable"}
    if world.s3.buckets[IN][drop.key][-1].data is None:
        reasons.add("gone")
    if world.deaths[f"object#{IN}/{drop.key}", record["order"]] >= MOST_CRASHES:
        reasons.add("crashes")
    calls = [call for call in world.vendor.calls if call.content == drop.content]
    reasons |= {FAILURE_CODES[call.reply] for call in calls if call.nature == "final"}
    unknown = [row for row in ledger(world) if row["outcome"] == "unknown"]
    if len(unknown) >= MOST_UNKNOWN:
        reasons |= {"outcomes_unknown", "server_error", "not_json", "operation_failed", "no_answer"}
    return reasons


def _results_are_of_the_newest_upload(world: World) -> None:
    """Record and result object of a key tell the same of the same upload."""
    found = records(world)
    for key, (drop, _, version) in newest(world).items():
        versions = world.s3.buckets[OUT].get(f"{key}.json")
        assert versions, f"{key}: no result"
        document = json.loads(versions[-1].data or b"")
        assert document["source"]["versionId"] == version, f"{key}: the result is an older upload's"
        assert document["status"] == found[key]["status"], f"{key}: record and result differ"
        if document["status"] == "recognized":
            assert document["text"] == drop.content
            text = world.s3.buckets[OUT][f"{key}.txt"][-1]
            assert text.data == drop.content.encode(), f"{key}: the text is another upload's"
            raw = json.loads(world.s3.buckets[OUT][f"{key}.raw.json"][-1].data or b"")
            assert raw["data"]["verifyId"] == found[key]["verifyId"], f"{key}: the raw answer is another call's"


def _ends_are_final(world: World) -> None:
    """Over the whole run, no older upload followed a newer one, and no failure or waiting followed a success."""
    written: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (pk, sk), item in world.table.history:
        if sk == "record" and item:
            written[pk].append((item["order"]["S"], item["status"]["S"]))
    for key, versions in world.s3.buckets[OUT].items():
        if key.endswith(".json") and not key.endswith(".raw.json") and not key.startswith("."):
            written[key] += [(version.metadata["order"], version.metadata["status"]) for version in versions]
    for place, entries in written.items():
        for (order, status), (next_order, next_status) in zip(entries, entries[1:], strict=False):
            assert order <= next_order, f"{place}: an older upload replaced a newer one"
            late = order == next_order and status == "recognized" and next_status != "recognized"
            assert not late, f"{place}: {next_status} replaced a success"


def _every_end_was_announced(world: World) -> None:
    """Each end is announced at least once, always with the same id, and only what a record says."""
    ids: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for kind, detail in world.bus.heard:
        assert kind == ("Document Recognized" if detail["status"] == "recognized" else "Document Failed")
        ids[detail["key"], detail["versionId"], detail["status"]].add(detail["id"])
    assert all(len(one) == 1 for one in ids.values()), f"an end has several ids: {dict(ids)}"
    found = records(world)
    for key, (_, _, version) in newest(world).items():
        record = found[key]
        announced = ids.get((key, version, record["status"]), set())
        assert announced == {record["eventId"]}, f"{key}: its end was never announced"


def _each_call_is_a_row(world: World) -> None:
    """The ledger has exactly one row for each call that was received, and none was received twice."""
    rows = [row["requestId"] for row in ledger(world)]
    assert len(set(rows)) == len(rows)
    received = [call.request_id for call in world.vendor.calls]
    assert len(set(received)) == len(received), "a call was sent twice"
    assert set(received) <= set(rows), "a call is missing in the ledger"
    by_id = {row["requestId"]: row for row in ledger(world)}
    for call in world.vendor.calls:
        row = by_id[call.request_id]
        assert row["outcome"] != "not_sent", "a call that was received is said not to be sent"
        if row["outcome"] == "answered":
            assert call.nature == "answer", f"{call} is said to be answered"


def _each_content_is_paid_for_once(world: World) -> None:
    """A call is followed by another of its content only if it surely cost nothing, or is marked as unknown."""
    by_id = {row["requestId"]: row for row in ledger(world)}
    contents: dict[str, list[Any]] = defaultdict(list)
    for call in world.vendor.calls:
        contents[call.content].append(call)
    for content, calls in contents.items():
        for call in calls[:-1]:
            row = by_id[call.request_id]
            marked = row["outcome"] == "unknown" or row.get("code") == "owner_died"
            free = call.nature == "free" and call.reached
            assert marked or free, f"{content}: paid for again after {call}, whose row is {row}"
        unknown = sum(by_id[call.request_id]["outcome"] == "unknown" for call in calls)
        assert unknown <= MOST_UNKNOWN, f"{content}: {unknown} calls ended unknown"
    assert world.vendor.most_in_flight <= world.schedule.environments

"""The newest upload of a key wins, whatever order its events come in."""

from __future__ import annotations

import threading
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_drop.errors import Unreadable
from world import World, picture, success


def test_an_older_event_that_comes_late_changes_nothing_and_costs_nothing(world: World) -> None:
    """The newer bytes were recognized already: the older upload is passed over without a call."""
    old, new = world.drop("a.png", picture(1)), world.drop("a.png", picture(2))
    world.ocr.replies = [success("new")]
    assert world.handle(world.message(new)) == []
    assert world.handle(world.message(old)) == []
    assert world.ocr.calls == 1
    assert world.document("a.png")["text"] == "new"
    assert len(world.heard()) == 1


def test_new_bytes_under_an_old_key_get_their_own_text(world: World) -> None:
    """Overwriting a key with other bytes replaces document, text and record."""
    world.ocr.replies = [success("old"), success("new")]
    world.handle(world.message(world.drop("a.png", picture(1))))
    world.handle(world.message(world.drop("a.png", picture(2))))
    assert world.document("a.png")["text"] == "new"
    assert world.s3.get_object(Bucket=world.results, Key="a.png.txt")["Body"].read() == b"new"
    assert world.record("a.png")["status"] == "recognized"


def test_a_slow_older_upload_never_overwrites_the_newer_ones_result(world: World) -> None:
    """The older one is in its call while the newer one goes through: what is stored stays the newer one's."""
    slow, release = world.ocr.hold_the_first_call()
    world.ocr.replies = [success("old"), success("new")]
    old = world.message(world.drop("a.png", picture(1)))
    first = threading.Thread(target=world.handle, args=(old,))
    first.start()
    assert slow.wait(20)
    assert world.handle(world.message(world.drop("a.png", picture(2)))) == []
    release.set()
    first.join(20)
    assert world.document("a.png")["text"] == "new"
    assert [event["detail"]["key"] for event in world.heard()] == ["a.png"]
    assert world.outcomes() == ["answered", "answered"]


def test_a_late_failure_never_overwrites_a_success(world: World) -> None:
    """The same upload fails in a second delivery after it succeeded: document, record and events stay."""
    message = world.message(world.drop("a.png", picture()))
    world.handle(message)
    services = world.services()

    def gone(_: object) -> None:
        raise Unreadable("damaged", "damaged")

    services.objects.fetch = gone  # type: ignore[method-assign, assignment]
    assert world.handle(world.again(message), services=services) == []
    assert world.document("a.png")["status"] == "recognized"
    assert world.record("a.png")["status"] == "recognized"
    assert len({(event["detail-type"], event["detail"]["id"]) for event in world.heard()}) == 1


def test_a_newer_upload_that_fails_replaces_an_older_success(world: World) -> None:
    """The newest upload wins even when it is bad: no text of the old bytes stays behind."""
    world.handle(world.message(world.drop("a.png", picture())))
    world.handle(world.message(world.drop("a.png", b"no image")))
    assert world.document("a.png")["status"] == "failed"
    assert world.s3.get_object(Bucket=world.results, Key="a.png.txt")["Body"].read() == b""
    assert world.record("a.png")["status"] == "failed"


def test_overwritten_without_versions_is_noticed(world: World) -> None:
    """Where only the newest bytes can be fetched, the older event leaves the work to the newer one."""
    old, new = world.drop("a.png", picture(1)), world.drop("a.png", picture(2))
    for record in (old, new):
        record["s3"]["object"].pop("versionId")
    assert world.handle(world.message(old)) == []
    assert world.ocr.calls == 0
    assert world.handle(world.message(new)) == []
    assert world.document("a.png")["source"]["eTag"] == new["s3"]["object"]["eTag"]


def test_without_a_sequencer_the_same_bytes_are_the_same_upload(world: World) -> None:
    """Some senders leave the sequencer out: an event for what is there already is a second delivery of it."""
    record = world.drop("a.png", picture())
    world.handle(world.message(record))
    record["s3"]["object"].pop("sequencer")
    assert world.handle(world.message(record)) == []
    assert world.ocr.calls == 1
    assert len({event["detail"]["id"] for event in world.heard()}) == 1
    world.handle(world.message(world.drop("a.png", picture(2))))
    assert world.ocr.calls == 2


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)))
def test_any_order_of_events_ends_with_the_newest(world: World, order: list[int]) -> None:
    """Four uploads of one key, their events in any order: the document is the last upload's."""
    key = f"{'-'.join(map(str, order))}.png"
    records = [world.drop(key, picture(number)) for number in range(4)]
    services = replace(world.services())
    for number in order:
        world.handle(world.message(records[number]), services=services)
    assert world.document(key)["source"]["versionId"] == records[3]["s3"]["object"]["versionId"]
    assert world.record(key)["versionId"] == records[3]["s3"]["object"]["versionId"]


def test_an_older_upload_that_the_sweep_found_never_overwrites_a_newer_result(world: World) -> None:
    """Its call returns late, when the newer one is stored: without a sequencer, the bucket tells which one counts."""
    slow, release = world.ocr.hold_the_first_call()
    world.ocr.replies = [success("old"), success("new")]
    world.drop("a.png", picture(1))
    world.clock.now += 200
    world.reconcile()
    older = threading.Thread(target=world.handle, args=world.queued())
    older.start()
    assert slow.wait(20)
    assert world.handle(world.message(world.drop("a.png", picture(2)))) == []
    release.set()
    older.join(20)
    assert world.document("a.png")["text"] == "new"
    assert world.document("a.png")["source"]["eTag"] == world.record("a.png")["eTag"]


def test_a_late_event_of_an_overwritten_upload_does_not_touch_what_the_sweep_found(world: World) -> None:
    """Not even when the key was deleted meanwhile: the newer one's success stands."""
    late = world.message(world.drop("a.png", picture(1)))
    world.drop("a.png", picture(2))
    world.clock.now += 200
    world.reconcile()
    assert world.handle(*world.queued()) == []
    world.s3.delete_object(Bucket=world.uploads, Key="a.png")
    assert world.handle(late) == []
    assert world.record("a.png")["status"] == "recognized"
    assert world.document("a.png")["status"] == "recognized"

"""Uploads that never reached the queue, or fell out of it, are found by comparing bucket and index."""

from __future__ import annotations

import pytest

from ocr_drop.errors import TryLater
from ocr_drop.reconciler import LEAST_REST
from ocr_drop.releasing import CROWD, FEW, LOST_AFTER
from ocr_drop.sweeping import ON_ITS_WAY
from ocr_drop.uploads import read
from ocr_drop.waiting import MANY_RECEIVES
from world import World, failure, picture


@pytest.fixture
def settled(world: World) -> World:
    """A world whose clock is far enough ahead that what is put now is no longer on its way."""
    world.clock.now += ON_ITS_WAY + 5
    return world


def _work(world: World) -> None:
    messages = world.queued()
    assert world.handle(*messages) == []
    world.finish(*messages)


def test_an_upload_whose_event_never_came_is_found(settled: World) -> None:
    """It is queued with a record that says so, recognized, and announced with its version."""
    settled.drop("lost.png", picture())
    assert settled.reconcile()["missing"] == 1
    assert settled.record("lost.png")["code"] == "event_missing"
    _work(settled)
    assert settled.record("lost.png")["status"] == "recognized"
    (event,) = settled.heard()
    assert event["detail"]["versionId"] == settled.record("lost.png")["versionId"]


def test_an_event_that_comes_late_after_all_is_no_second_call_and_no_second_id(settled: World) -> None:
    """The reconciler and S3 tell of one upload: one call, one event id."""
    late = settled.message(settled.drop("late.png", picture()))
    settled.reconcile()
    _work(settled)
    settled.handle(late)
    assert settled.ocr.calls == 1
    ids = {event["detail"]["id"] for event in settled.heard()}
    assert len(ids) == 1


def test_an_overwrite_whose_event_never_came_is_found(settled: World) -> None:
    """The record stands for other bytes than the bucket holds."""
    settled.handle(settled.message(settled.drop("a.png", picture(1))))
    settled.drop("a.png", picture(2))
    assert settled.reconcile()["missing"] == 1
    _work(settled)
    assert settled.document("a.png")["source"]["eTag"] == settled.record("a.png")["eTag"]
    assert settled.ocr.calls == 2


def test_what_has_ended_waits_or_is_no_upload_is_left_alone(settled: World) -> None:
    """Recognized, failed, waiting: the index knows them; a folder of the console is nothing."""
    settled.ocr.replies = [failure(429, status=429)]
    settled.handle(settled.message(settled.drop("waiting.png", picture(1))))
    settled.handle(settled.message(settled.drop("recognized.png", picture(2))))
    settled.handle(settled.message(settled.drop("failed.png", b"no image")))
    settled.drop("folder/", b"")
    assert settled.reconcile() == {"released": 0, "seen": 4, "missing": 0}


def test_what_was_put_just_now_is_on_its_way(world: World) -> None:
    """An event takes seconds: it is not overtaken."""
    world.drop("new.png", picture())
    assert world.reconcile()["missing"] == 0


def test_each_missing_upload_is_queued_once(settled: World) -> None:
    """Its record remembers it, however often the bucket is compared before it is recognized."""
    settled.drop("lost.png", picture())
    settled.reconcile()
    settled.clock.now += LEAST_REST + 1
    assert settled.reconcile()["missing"] == 0
    assert len(settled.queued()) == 1


def test_an_upload_deleted_before_it_is_queued_is_no_upload(settled: World) -> None:
    """The listing is a little older than the bucket."""
    settled.drop("gone.png", picture())
    services = settled.services()
    listed = services.objects.listed

    def then_deleted(bucket: str, after: str | None, prefix: str):
        page = listed(bucket, after, prefix)
        settled.s3.delete_object(Bucket=bucket, Key="gone.png")
        return page

    services.objects.listed = then_deleted  # type: ignore[method-assign]
    assert settled.reconcile(services)["missing"] == 0


def test_a_run_goes_on_where_the_last_one_stopped(settled: World, monkeypatch) -> None:
    """Each run is bounded, and between them all objects are seen once a sweep."""
    monkeypatch.setattr("ocr_drop.reconciler.PAGES", 1)
    for number in range(7):
        settled.drop(f"{number}.png", picture(number))
    services = settled.services()
    listed = services.objects.listed
    services.objects.listed = lambda *where: listed(*where)[:3]  # type: ignore[method-assign]
    found = []
    for _ in range(4):
        found.append(settled.reconcile(services)["missing"])
        settled.finish(*settled.queued())
    assert found == [3, 3, 1, 0]


def test_a_run_that_died_is_taken_up_again(settled: World) -> None:
    """Killed between two objects: those queued stay queued, the others are found by the next run."""

    class Killed(BaseException):
        """The process is gone."""

    for number in range(4):
        settled.drop(f"{number}.png", picture(number))
    services = settled.services()
    send, sent = services.queue.send, []

    def dying(bodies):
        if len(sent) == 2:
            raise Killed
        sent.extend(bodies)
        send(bodies)

    services.queue.send = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        settled.reconcile(services)
    settled.reconcile()
    settled.clock.now += LOST_AFTER + 1
    settled.reconcile()
    assert {upload.key for message in settled.queued() for upload in read(message["body"])} == {
        f"{number}.png" for number in range(4)
    }


def test_after_a_sweep_the_bucket_is_left_in_peace_for_a_while(settled: World) -> None:
    """An idle stack lists its bucket every five minutes, not every minute."""
    settled.drop("a.png", picture())
    assert settled.reconcile()["seen"] == 1
    settled.clock.now += LEAST_REST - 1
    assert settled.reconcile()["seen"] == 0
    settled.clock.now += 2
    assert settled.reconcile()["seen"] == 1


def test_behind_a_long_queue_nothing_is_missing_yet(settled: World) -> None:
    """What has no record because its turn has not come is not queued twice."""
    settled.drop("a.png", picture())
    services = settled.services()
    services.queue.visible = lambda: FEW + 1  # type: ignore[method-assign]
    assert settled.reconcile(services)["seen"] == 0


def test_what_stands_in_a_long_queue_is_not_lost(settled: World) -> None:
    """However long it waits there, it is queued once: its message is still to come."""
    settled.drop("a.png", picture())
    services = settled.services()
    settled.reconcile(services)
    services.queue.visible = lambda: FEW + 1  # type: ignore[method-assign]
    for _ in range(3):
        settled.clock.now += LOST_AFTER + 60
        assert settled.reconcile(services)["released"] == 0


def test_nothing_is_released_into_a_crowd(world: World) -> None:
    """What would only stand in line stays parked."""
    world.ocr.replies = [failure(403)]
    message = world.message(world.drop("a.png", picture()))
    world.handle(message)
    world.finish(message)
    world.clock.now += 60
    services = world.services()
    services.queue.visible = lambda: CROWD + 1  # type: ignore[method-assign]
    assert world.reconcile(services)["released"] == 0
    assert world.reconcile()["released"] == 1


def test_an_object_that_may_not_be_looked_at_does_not_stop_the_sweep(settled: World) -> None:
    """It is queued as it was listed, and its record will say why it cannot be read; those behind it are found."""
    for key in ("a.png", "b.png", "c.png"):
        settled.drop(key, picture())
    services = settled.services()
    current = services.objects.current

    def refusing(upload):
        if upload.key == "b.png":
            raise TryLater("aws_unavailable", "AWS could not fetch the upload (400)")
        return current(upload)

    services.objects.current = refusing  # type: ignore[method-assign]
    assert settled.reconcile(services)["missing"] == 3


def test_a_message_that_fell_out_of_the_queue_is_replaced(world: World) -> None:
    """Purged, expired or deleted by hand: the record's next try is long past, so it is queued again."""
    world.ocr.replies = [failure(429, status=429)]
    message = world.message(world.drop("a.png", picture()))
    world.handle(message)
    world.finish(message)
    world.clock.now += LOST_AFTER / 2
    assert world.reconcile()["released"] == 0
    world.clock.now += LOST_AFTER
    assert world.reconcile()["released"] == 1
    _work(world)
    assert world.record("a.png")["status"] == "recognized"


def test_an_outage_longer_than_the_queue_counts_receives_is_waited_out_in_the_record(world: World) -> None:
    """After very many receives the message is let go and the record remembers the upload."""
    world.ocr.replies = [failure(429, status=429)]
    message = world.message(world.drop("a.png", picture()), receives=MANY_RECEIVES)
    assert world.handle(message) == []
    world.finish(message)
    world.clock.now += 120
    assert world.reconcile()["released"] == 1
    _work(world)
    assert world.record("a.png")["status"] == "recognized"


def test_a_buried_defect_is_not_sent_again_by_itself(world: World) -> None:
    """Its message lies in the dead-letter queue and its record says so: whoever mends the defect redrives it."""
    services = world.services()

    def broken(*_: object) -> None:
        raise KeyError("x")

    services.objects.fetch = broken  # type: ignore[method-assign, assignment]
    world.handle(world.message(world.drop("a.png", picture()), receives=10), services=services)
    assert world.record("a.png")["code"] == "defect"
    world.clock.now += 10 * LOST_AFTER
    assert world.reconcile()["released"] == 0

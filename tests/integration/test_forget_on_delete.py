"""ForgetOnDelete: whoever deletes an upload deletes all that is held of it."""

from __future__ import annotations

from typing import Any

import pytest

from ocr_drop.services import Services
from world import World, picture


def removed(record: dict[str, Any]) -> dict[str, Any]:
    """What S3 tells when an object of a versioned bucket is deleted."""
    thing = {key: value for key, value in record["s3"]["object"].items() if key in ("key", "sequencer")}
    s3 = {**record["s3"], "object": {**thing, "sequencer": "00FF" + thing["sequencer"]}}
    return {**record, "eventName": "ObjectRemoved:DeleteMarkerCreated", "s3": s3}


@pytest.fixture
def forgetting(world: World) -> Services:
    """An environment of a stack that forgets."""
    return world.services(forget_on_delete=True)


def versions(world: World, bucket: str) -> list[str]:
    """The keys of all versions and delete markers."""
    found = world.s3.list_object_versions(Bucket=bucket)
    return [entry["Key"] for entry in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]]


def items(world: World) -> list[dict[str, Any]]:
    """All that the table holds but tallies."""
    found = world.session.resource("dynamodb").Table(world.table).scan()["Items"]
    return [item for item in found if "tally" not in item["pk"]]


def test_deleting_an_upload_deletes_all_of_it(world: World, forgetting: Services) -> None:
    """Source, results, kept answer, record and claim are gone, in all versions; the call stays on the bill."""
    record = world.drop("a.png", picture(1))
    world.handle(world.message(record))
    world.s3.delete_object(Bucket=world.uploads, Key="a.png")
    assert world.handle(world.message(removed(record)), services=forgetting) == []
    assert versions(world, world.uploads) == versions(world, world.results) == []
    assert [item["sk"] for item in items(world)] == ["call"]


def test_it_is_not_set_unless_one_wants_it(world: World) -> None:
    """As the stack is made, a deleted upload keeps its result."""
    record = world.drop("a.png", picture(1))
    world.handle(world.message(record))
    world.s3.delete_object(Bucket=world.uploads, Key="a.png")
    assert world.handle(world.message(removed(record))) == []
    assert world.document("a.png")["status"] == "recognized"


def test_a_key_that_holds_something_again_is_left_alone(world: World, forgetting: Services) -> None:
    """The event of a deletion that comes late does not delete the next upload."""
    record = world.drop("a.png", picture(1))
    world.handle(world.message(record))
    world.s3.delete_object(Bucket=world.uploads, Key="a.png")
    world.handle(world.message(world.drop("a.png", picture(2))))
    assert world.handle(world.message(removed(record)), services=forgetting) == []
    assert world.document("a.png")["status"] == "recognized"


def test_what_another_key_shares_stays(world: World, forgetting: Services) -> None:
    """The same bytes under another key: its answer is not taken away, nor paid for again."""
    record = world.drop("a.png", picture(1))
    world.handle(world.message(record))
    world.handle(world.message(world.drop("b.png", picture(1))))
    world.s3.delete_object(Bucket=world.uploads, Key="a.png")
    assert world.handle(world.message(removed(record)), services=forgetting) == []
    assert world.document("b.png")["status"] == "recognized"
    world.handle(world.message(world.drop("c.png", picture(1))))
    assert world.ocr.calls == 1


def test_a_deletion_comes_again_while_somebody_works_on_it(world: World, forgetting: Services) -> None:
    """And a deletion that is told twice, or of what nobody knows, is no trouble."""
    record = world.drop("a.png", picture(1))
    came, release = world.ocr.hold_the_first_call()
    import threading

    working = threading.Thread(target=world.handle, args=(world.message(record),))
    working.start()
    assert came.wait(20)
    world.s3.delete_object(Bucket=world.uploads, Key="a.png")
    message = world.message(removed(record))
    assert world.handle(message, services=forgetting) == [message["messageId"]]
    release.set()
    working.join(20)
    for _ in range(2):
        assert world.handle(world.again(message), services=forgetting) == []
    assert versions(world, world.results) == []

"""What only an operator can mend stops all calls: one switch, probed until it is mended, and no receive burnt."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from ocr_drop.breaker import FIRST_PROBE, LONGEST_PAUSE
from world import World, failure, picture, success

REFUSALS = {
    "wrong credentials": (
        401,
        {},
        json.dumps({"success": False, "code": 401, "message": "INVALID_SIGNATURE"}).encode(),
    ),
    "app disabled": (401, {}, json.dumps({"success": False, "code": 401, "message": "无效的应用"}).encode()),
    "address not allowed": failure(403, "IP白名单不匹配"),
    "balance used up": failure(30503107, "很抱歉,订单余额不足"),
}


def _drop(world: World, count: int, first: int = 0) -> list[dict]:
    return [world.message(world.drop(f"{number}.png", picture(number))) for number in range(first, first + count)]


def _work(world: World, *messages: dict) -> None:
    """Each message in an environment of its own; none is to come again."""
    for message in messages:
        assert world.handle(message) == []
        world.finish(message)


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_the_first_refusal_stops_the_calls_of_every_environment(world: World, refusal) -> None:
    """Six uploads in six environments: one refused call, and all of them say why they wait."""
    world.ocr.replies = [refusal] * 6
    _work(world, *_drop(world, 6))
    assert world.ocr.calls == 1
    records = [world.record(f"{number}.png") for number in range(6)]
    assert {record["status"] for record in records} == {"waiting"}
    assert len({(record["code"], record["message"]) for record in records}) == 1


def test_no_receive_is_burnt_while_an_operator_is_waited_for(world: World) -> None:
    """Minute by minute: nothing is left in the queue but what is let out to probe, and one call a minute is made."""
    world.ocr.replies = [failure(403)] * 100
    _work(world, *_drop(world, 4))
    calls = world.ocr.calls
    for _ in range(12):
        world.clock.now += 60
        world.reconcile()
        probes = world.queued()
        _work(world, *probes)
    assert world.ocr.calls - calls <= 12
    assert world.dead_letters() == []
    assert {world.record(f"{number}.png")["status"] for number in range(4)} == {"waiting"}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_all_go_on_by_themselves_within_two_minutes_of_its_being_mended(world: World, refusal) -> None:
    """However long it took: one probe is let out, and when it is served, all others follow, oldest first."""
    world.ocr.replies = [refusal] * 1000
    _work(world, *_drop(world, 8))
    for _ in range(4):
        world.clock.now += 60
        world.reconcile()
        _work(world, *world.queued())
    world.ocr.replies = []
    mended = world.clock.now
    services = world.services()

    def sleep(seconds: float) -> None:
        world.clock.now += seconds
        _work(world, *world.queued())

    while any(world.record(f"{number}.png")["status"] == "waiting" for number in range(8)):
        world.clock.now = max(world.clock.now, mended) + 60
        world.reconcile(replace(services, sleep=sleep))
        _work(world, *world.queued())
    assert world.clock.now - mended <= 120
    assert world.outcomes().count("answered") == 8


def test_probes_come_soon_at_first_and_seldom_at_last(world: World) -> None:
    """5 s after the refusal, then 10, 20, 40 and 45 s after each other; between them nothing is called."""
    world.ocr.replies = [failure(403)] * 100
    start, probed = world.clock.now, []
    number = 0
    while len(probed) < 7:
        before = world.ocr.calls
        _work(world, *_drop(world, 1, number))
        if world.ocr.calls > before:
            probed.append(world.clock.now - start)
        number, world.clock.now = number + 1, world.clock.now + 5
    pauses = [later - earlier for earlier, later in pairwise(probed)]
    assert pauses == [FIRST_PROBE, 10, 20, 40, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_probe_whose_owner_dies_is_followed_by_another(world: World) -> None:
    """Nobody holds the switch: the next probe goes out when its time has come."""
    world.ocr.replies = [failure(403), OSError("the connection is lost"), success()]
    _work(world, *_drop(world, 1))
    world.clock.now += 5
    (second,) = _drop(world, 1, 1)
    assert world.handle(second) == [second["messageId"]]
    world.clock.now += 10
    _work(world, *_drop(world, 1, 2))
    assert world.record("2.png")["status"] == "recognized"


def test_what_is_known_is_answered_while_calls_are_refused(world: World) -> None:
    """The same bytes under another key need no call, so they do not wait for one."""
    _work(world, world.message(world.drop("first.png", picture())))
    world.ocr.replies = [failure(30503107)]
    _work(world, *_drop(world, 1, 1))
    _work(world, world.message(world.drop("again.png", picture())))
    assert world.record("again.png")["status"] == "recognized"


def test_what_cannot_be_read_is_failed_while_calls_are_refused(world: World) -> None:
    """Bad input waits for nobody."""
    world.ocr.replies = [failure(30503107)]
    _work(world, *_drop(world, 1))
    _work(world, world.message(world.drop("bad.png", b"no image")))
    assert world.record("bad.png")["status"] == "failed"


def test_an_image_that_is_refused_shows_that_we_are_served(world: World) -> None:
    """The OCR API looked at it: the switch closes."""
    world.ocr.replies = [failure(403), failure(30503127), success()]
    _work(world, *_drop(world, 1))
    world.clock.now += 6
    _work(world, *_drop(world, 2, 1))
    assert [world.record(f"{number}.png")["status"] for number in range(3)] == ["waiting", "failed", "recognized"]


def test_another_reason_takes_the_place_of_the_first(world: World) -> None:
    """Credentials were mended, the balance was not: who waits from now on says so."""
    world.ocr.replies = [failure(401, status=401), failure(30503107)]
    _work(world, *_drop(world, 1))
    world.clock.now += 6
    _work(world, *_drop(world, 2, 1))
    assert [world.record(f"{number}.png")["code"] for number in range(3)] == ["credentials", "balance", "balance"]


@pytest.mark.parametrize(("egress_ip", "said"), [("203.0.113.7", "203.0.113.7"), ("", "FixedEgress")])
def test_a_refused_address_is_named(world: World, logged, egress_ip: str, said: str) -> None:
    """Record and log say which address to allow, or how to get one that stays the same."""
    world.ocr.replies = [failure(403, "IP白名单不匹配")]
    message = world.message(world.drop("a.png", picture()))
    world.handle(message, services=world.services(egress_ip=egress_ip))
    assert said in world.record("a.png")["message"]
    assert said in logged()


def test_a_table_that_fails_does_not_hide_the_refusal(world: World) -> None:
    """The switch is a courtesy: without it the upload waits all the same, and says for what."""
    services = world.services()

    def broken(*_: object) -> None:
        from ocr_drop.errors import TryLater

        raise TryLater("aws_unavailable", "x")

    services.breaker.open = broken  # type: ignore[method-assign, assignment]
    world.ocr.replies = [failure(403)]
    world.handle(world.message(world.drop("a.png", picture())), services=services)
    assert world.record("a.png")["code"] == "ip_not_allowed"


def test_uploads_that_were_deleted_meanwhile_do_not_hold_up_the_others(world: World) -> None:
    """A probe that has nothing to call for is followed by the next at once, not a minute later."""
    world.ocr.replies = [failure(30503107)]
    _work(world, *_drop(world, 15))
    for number in range(14):
        world.s3.delete_object(Bucket=world.uploads, Key=f"{number}.png")
    world.clock.now += 60
    services = world.services()

    def sleep(seconds: float) -> None:
        world.clock.now += seconds
        _work(world, *world.queued())

    world.reconcile(replace(services, sleep=sleep))
    _work(world, *world.queued())
    assert world.record("14.png")["status"] == "recognized"

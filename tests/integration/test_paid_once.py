"""One content, one paid call: whatever is delivered twice, crashes, or is answered late."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from ocr_drop.claims import MOST_UNKNOWN
from ocr_drop.errors import TryLater
from ocr_drop.objects import Objects
from ocr_drop.services import Services
from world import World, failure, picture, success


class Crash(BaseException):
    """The process ends here: nothing catches it, nothing is cleaned up."""


def crashing(services: Services, edge: str, step: str, *, after: bool) -> Services:
    """Services of an environment that dies before or after one step of one edge."""
    there = getattr(services, edge)
    real = getattr(there, step)

    def dying(*arguments: Any, **named: Any) -> Any:
        if after:
            real(*arguments, **named)
        raise Crash

    there = _copy(there)
    setattr(there, step, dying)
    return replace(services, **{edge: there})


def _copy(edge: Any) -> Any:
    copied = object.__new__(type(edge))
    copied.__dict__.update(edge.__dict__)
    return copied


def test_the_same_message_twice_is_one_call_and_one_event_id(world: World) -> None:
    """S3 and SQS both deliver at least once: the second delivery finds the answer, its event has the same id."""
    message = world.message(world.drop("a.png", picture()))
    assert world.handle(message) == []
    assert world.handle({**message, "attributes": {"ApproximateReceiveCount": "2"}}) == []
    assert world.ocr.calls == 1
    assert len({event["detail"]["id"] for event in world.heard()}) == 1


def test_same_bytes_under_another_key_are_not_paid_for_again(world: World) -> None:
    """The second upload reuses the first answer: one call at the OCR API, two documents of the same call."""
    world.handle(world.message(world.drop("a.png", picture())))
    world.handle(world.message(world.drop("b.png", picture())))
    assert world.ocr.calls == 1
    first, second = world.document("a.png"), world.document("b.png")
    assert first["pages"] == second["pages"]
    assert first["ocr"] == second["ocr"]
    assert world.outcomes() == ["answered"]


def test_same_bytes_at_the_same_time_are_one_call(world: World) -> None:
    """While one upload calls, another with the same bytes waits for its answer."""
    messages = [world.message(world.drop(f"{number}.png", picture())) for number in range(3)]
    waiting = world.handle(*messages)
    assert world.ocr.calls == 1
    world.clock.now += 5
    assert world.handle(*[world.again(message) for message in messages if message["messageId"] in waiting]) == []
    assert world.ocr.calls == 1
    assert {world.document(f"{number}.png")["text"] for number in range(3)} == {"甲"}


@pytest.mark.parametrize(
    ("edge", "step", "after"),
    [
        ("index", "begin", True),
        ("objects", "fetch", True),
        ("claims", "claim", True),
        ("claims", "calling", False),
        ("objects", "keep", True),
        ("claims", "answered", False),
        ("claims", "answered", True),
        ("objects", "store", False),
        ("objects", "store", True),
        ("index", "end", False),
        ("index", "end", True),
        ("notices", "announce", True),
    ],
)
def test_a_crash_outside_the_call_never_costs_a_second_one(world: World, edge: str, step: str, after: bool) -> None:
    """Before the call nothing was paid; once the answer is kept, nothing is paid again."""
    message = world.message(world.drop("a.png", picture()))
    with pytest.raises(Crash):
        world.handle(message, services=crashing(world.services(), edge, step, after=after))
    world.clock.now += 100
    assert world.handle(world.again(message)) == []
    assert world.ocr.calls == 1
    assert world.document("a.png")["status"] == "recognized"
    assert len({event["detail"]["id"] for event in world.heard()}) == 1
    assert world.outcomes()[-1] == "answered"


@pytest.mark.parametrize(("edge", "step", "after"), [("claims", "calling", True), ("objects", "keep", False)])
def test_a_crash_in_the_call_is_marked_and_one_more_call_is_allowed(
    world: World, edge: str, step: str, after: bool
) -> None:
    """Nobody knows what came of a call whose owner died: it stands in the ledger as unknown, and is counted."""
    message = world.message(world.drop("a.png", picture()))
    with pytest.raises(Crash):
        world.handle(message, services=crashing(world.services(), edge, step, after=after))
    world.clock.now += 100
    assert world.handle(world.again(message)) == []
    assert world.outcomes() == ["unknown", "answered"]
    assert len({row["requestId"] for row in world.ledger()}) == 2


def test_a_call_whose_owner_may_still_live_is_waited_for(world: World) -> None:
    """Before the lease is over nobody else calls, however often the message comes."""
    message = world.message(world.drop("a.png", picture()))
    with pytest.raises(Crash):
        world.handle(message, services=crashing(world.services(), "claims", "calling", after=True))
    world.clock.now += 60
    again = world.again(message)
    assert world.handle(again) == [message["messageId"]]
    assert world.record("a.png")["status"] == "waiting"
    assert world.ocr.calls == 0


def test_an_answer_that_comes_after_the_lease_is_an_answer(world: World) -> None:
    """Two owners each call once, marked; whichever answer is kept first stays, and nobody calls again."""
    slow, release = world.ocr.hold_the_first_call()
    world.ocr.replies = [success("first"), success("second")]
    message = world.message(world.drop("a.png", picture()))
    first = threading.Thread(target=world.handle, args=(message,))
    first.start()
    assert slow.wait(20)
    world.clock.now += 200
    assert world.handle(world.message(world.drop("b.png", picture()))) == []
    release.set()
    first.join(20)
    assert world.outcomes() == ["answered", "answered"]
    world.handle(world.message(world.drop("c.png", picture())))
    assert world.ocr.calls == 2
    assert world.document("c.png")["text"] == "second"


def test_a_refused_content_fails_for_every_key_without_another_call(world: World) -> None:
    """The OCR API's no is final for a content: other keys with the same bytes learn it for nothing."""
    world.ocr.replies = [failure(30503127, "OCR识别失败")]
    world.handle(world.message(world.drop("a.png", picture())))
    world.handle(world.message(world.drop("b.png", picture())))
    assert world.ocr.calls == 1
    assert world.document("b.png")["failure"]["code"] == "unrecognizable"
    assert world.outcomes() == ["refused"]


def test_an_undescribed_code_is_kept_and_never_called_again(world: World) -> None:
    """What nobody has described was paid for: its answer is there verbatim, the document says the code."""
    world.ocr.replies = [reply := failure(12345, "新错误")]
    world.handle(world.message(world.drop("a.png", picture())))
    assert world.document("a.png")["failure"]["kind"] == "operator"
    assert world.s3.get_object(Bucket=world.results, Key="a.png.raw.json")["Body"].read() == reply[2]
    world.handle(world.message(world.drop("b.png", picture())))
    assert world.ocr.calls == 1


@pytest.mark.parametrize("reply", [OSError("dropped"), failure(0, status=503), (200, {}, b"<html>")])
def test_an_unknown_outcome_rests_and_then_calls_once_more(world: World, reply: Any) -> None:
    """A dropped connection, a 5xx, an answer that is none: marked at once, one more call after a rest."""
    world.ocr.replies = [reply]
    message = world.message(world.drop("a.png", picture()))
    assert world.handle(message) == [message["messageId"]]
    assert (world.ocr.calls, world.outcomes()) == (1, ["unknown"])
    other = world.message(world.drop("b.png", picture()))
    assert world.handle(other) == [other["messageId"]]
    assert world.record("b.png")["code"] == "resting"
    world.clock.now += 30
    assert world.handle(world.again(message)) == []
    assert world.outcomes() == ["unknown", "answered"]


def test_a_slow_answer_is_one_post(world: World) -> None:
    """A read timeout is not retried by any layer: the server sees one POST, its outcome is unknown."""
    release = threading.Event()
    world.ocr.before_answer = lambda: release.wait(20) and None
    message = world.message(world.drop("a.png", picture()))
    services = world.services()
    real = services.ocr.send
    services.ocr.send = lambda *a, **named: real(*a, **{**named, "timeout": 0.2})  # type: ignore[method-assign]
    assert world.handle(message, services=services) == [message["messageId"]]
    release.set()
    assert (world.ocr.calls, world.outcomes()) == (1, ["unknown"])


def test_after_five_unknown_outcomes_the_content_is_given_up(world: World) -> None:
    """Calls with an unknown outcome are bounded, each with a requestId of its own; then the upload fails."""
    world.ocr.replies = [failure(0, status=500)] * 10
    message = world.message(world.drop("a.png", picture()))
    for receive in range(1, 8):
        if world.handle(message) == []:
            break
        world.clock.now += 1000
        message = world.again(message, receive + 1)
    assert world.ocr.calls == MOST_UNKNOWN
    assert world.outcomes() == ["unknown"] * MOST_UNKNOWN
    assert len({body["requestId"] for body in world.ocr.bodies}) == MOST_UNKNOWN
    assert world.document("a.png")["failure"]["kind"] == "try_later"


def test_a_call_that_never_went_out_costs_nothing_and_counts_for_nothing(world: World) -> None:
    """Connection refused: not sent, the claim is free at once."""
    services = world.services(ocr_endpoint="http://127.0.0.1:1")
    message = world.message(world.drop("a.png", picture()))
    for receive in range(7):
        assert world.handle(world.again(message, receive + 1), services=services) == [message["messageId"]]
    assert set(world.outcomes()) == {"not_sent"}
    assert world.record("a.png")["code"] == "unreachable"


def test_an_outage_of_s3_after_the_call_is_waited_out(world: World) -> None:
    """The answer that was just paid for is kept as soon as S3 takes it, within the same turn."""
    services = world.services()
    real, failures = Objects.keep, [TryLater("aws_unavailable", "down")] * 3
    objects = _copy(services.objects)

    def keep(*arguments: Any) -> None:
        if failures:
            raise failures.pop()
        real(objects, *arguments)

    objects.keep = keep
    message = world.message(world.drop("a.png", picture()))
    assert world.handle(message, services=replace(services, objects=objects)) == []
    assert world.ocr.calls == 1


def test_no_call_goes_out_without_its_row_in_the_ledger(world: World) -> None:
    """The ledger is written before the bytes go out, so no crash can hide a call."""
    seen: list[list[str]] = []
    world.ocr.before_answer = lambda: seen.append(world.outcomes())
    world.handle(world.message(world.drop("a.png", picture())))
    assert seen == [["calling"]]
    (row,) = world.ledger()
    assert (row["key"], row["outcome"]) == ("a.png", "answered")
    assert row["verifyId"] == world.document("a.png")["ocr"]["verifyId"]

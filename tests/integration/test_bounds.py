"""What has to stay bounded, named and visible when things go wrong in ways that nobody plans for."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from ocr_drop.batches import MOST_DEFECTS, answer
from ocr_drop.claims import MOST_UNKNOWN
from ocr_drop.errors import NeedsOperator
from world import Context, World, failure, picture, success


class Killed(BaseException):
    """The process ends here."""


def test_calls_stay_bounded_when_their_answers_cannot_be_kept(world: World) -> None:
    """Five calls at the most, however often the owner dies after paying and before keeping."""
    services = world.services()

    def dying(*_: object) -> None:
        raise Killed

    services.objects.keep = dying  # type: ignore[method-assign, assignment]
    for key in ("a.png", "b.png", "c.png"):
        message = world.message(world.drop(key, picture()))
        for receive in range(2, 6):
            try:
                if world.handle(message, services=services) == []:
                    break
            except Killed:
                world.clock.now += 1000
                message = world.again(message, receive)
    assert world.ocr.calls == MOST_UNKNOWN
    assert world.outcomes() == ["unknown"] * MOST_UNKNOWN


def test_an_answer_that_access_denied_keeps_out_is_tried_again_within_its_turn(world: World) -> None:
    """The bucket's refusal is waited out as long as the turn lasts: the answer was paid for."""
    services = world.services()
    keep, refusals = services.objects.keep, [NeedsOperator("aws_access", "x")] * 2

    def refusing(*arguments) -> None:
        if refusals:
            raise refusals.pop()
        keep(*arguments)

    services.objects.keep = refusing  # type: ignore[method-assign]
    assert world.handle(world.message(world.drop("a.png", picture())), services=services) == []
    assert world.ocr.calls == 1


def test_a_defect_of_ours_never_brands_an_upload_as_bad_input(world: World) -> None:
    """However often it comes, the upload waits, and its message ends in the dead-letter queue, kept."""
    services = world.services()

    def broken(*_: object) -> None:
        raise KeyError("x")

    services.objects.fetch = broken  # type: ignore[method-assign, assignment]
    message = world.message(world.drop("a.png", picture()))
    for receive in range(1, MOST_DEFECTS):
        message = world.again(message, receive)
        assert world.handle(message, services=services) == [message["messageId"]]
    assert world.record("a.png")["status"] == "waiting"
    assert world.handle(world.again(message, MOST_DEFECTS), services=services) == []
    assert len(world.dead_letters()) == 1


def test_a_defect_shows_nothing_where_there_is_no_queue(world: World) -> None:
    """Lambda logs what a direct invocation raises: it holds no text of ours."""
    services = world.services()

    def broken(*_: object) -> None:
        raise KeyError("recognized text")

    services.objects.fetch = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(RuntimeError, match="defect") as raised:
        answer({"Records": [world.drop("a.png", picture())]}, Context(), services)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("wait", ["0", "1", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_short_retry_after_does_not_undo_the_backoff(world: World, wait: str) -> None:
    """What the OCR API asks for is the least: an unknown outcome rests at least as long as without it."""
    world.ocr.replies = [failure(0, status=503, **{"Retry-After": wait})]
    message = world.message(world.drop("a.png", picture()))
    world.handle(message)
    world.clock.now += 10
    assert world.handle(world.again(message)) == [message["messageId"]]
    assert world.ocr.calls == 1


def test_a_key_that_was_deleted_is_gone_although_its_version_is_still_there(world: World) -> None:
    """Whoever deletes a picture does not want it sent to anyone: no call, failed as gone."""
    record = world.drop("a.png", picture())
    world.s3.delete_object(Bucket=world.uploads, Key="a.png")
    assert world.handle(world.message(record)) == []
    assert world.document("a.png")["failure"]["code"] == "gone"
    assert world.ocr.calls == 0


def test_the_same_message_twice_in_one_batch_is_one_call(world: World) -> None:
    """Two copies have the same owner: a call in flight is respected all the same."""
    slow, release = world.ocr.hold_the_first_call()
    message = world.message(world.drop("a.png", picture()))
    threading.Thread(target=lambda: slow.wait(20) and release.set()).start()
    world.handle(message, message)
    assert world.ocr.calls == 1


def test_bad_bytes_over_good_ones_are_told_without_a_sequencer_too(world: World) -> None:
    """Other bytes are another upload: the newer one's failure replaces the older one's success."""
    for data in (picture(), b"no image"):
        record = world.drop("a.png", data)
        record["s3"]["object"].pop("sequencer")
        assert world.handle(world.message(record)) == []
    assert world.document("a.png")["status"] == "failed"
    assert world.record("a.png")["status"] == "failed"


@pytest.mark.parametrize(
    "data",
    [
        '{"angle": NaN, "textDetections": []}',
        '{"angle": 1e999, "textDetections": []}',
        '{"angle": 1' + "0" * 400 + ', "textDetections": []}',
        '{"textDetections": [{"detectedText": "a\\ud83d"}]}',
    ],
)
def test_a_strange_answer_is_delivered_all_the_same(world: World, data: str) -> None:
    """What was paid for becomes a document of valid JSON, after one call."""
    world.ocr.replies = [(200, {}, f'{{"code": 0, "data": {data}}}'.encode())]
    assert world.handle(world.message(world.drop("a.png", picture()))) == []
    body = world.s3.get_object(Bucket=world.results, Key="a.png.json")["Body"].read().decode()
    assert "NaN" not in body
    assert json.loads(body)["status"] == "recognized"
    assert world.ocr.calls == 1


def test_a_newline_behind_the_app_id_does_not_matter(world: World) -> None:
    """Secrets are pasted: white space around them is nobody's."""
    world.put_credentials("7438000001\n", " s3cret\n")
    assert world.handle(world.message(world.drop("a.png", picture()))) == []
    assert world.ocr.app_ids == ["7438000001"]


def test_an_undescribed_code_raises_the_operators_alarm(world: World, logged) -> None:
    """Nobody knows what it means, so somebody has to look."""
    world.ocr.replies = [failure(12345)]
    world.handle(world.message(world.drop("a.png", picture())))
    assert '"OperatorFailure"' in logged()


@pytest.mark.parametrize("body", ['{"Records":[]}', '{"Records":[{"eventSource":"aws:s3"}]}'])
def test_an_event_without_an_upload_is_buried_not_dropped(world: World, body: str) -> None:
    """Garbage in the form of an event is garbage."""
    assert world.handle(world.message(body=body)) == []
    assert len(world.dead_letters()) == 1


@pytest.mark.parametrize("key", ["k" * 1020, ".ocr-drop/answers/x"])
def test_a_key_without_room_for_results_costs_nothing(world: World, key: str) -> None:
    """It is failed with that reason before anything is paid, and nothing that was kept is overwritten."""
    assert world.handle(world.message(world.drop(key, picture()))) == []
    assert world.record(key)["code"] in ("key_too_long", "key_reserved")
    assert world.ocr.calls == 0


def test_a_failure_leaves_no_text_of_the_bytes_before(world: World) -> None:
    """Neither `.txt` nor `.raw.json` shows what the overwritten file said."""
    world.ocr.replies = [success("secret of the old file")]
    world.handle(world.message(world.drop("a.png", picture())))
    world.handle(world.message(world.drop("a.png", b"no image")))
    for ending in (".txt", ".raw.json", ".json"):
        assert b"old file" not in world.s3.get_object(Bucket=world.results, Key=f"a.png{ending}")["Body"].read()


def test_another_environment_finds_what_was_given_up(world: World) -> None:
    """A cold start learns from the table what became of a content."""
    world.ocr.replies = [failure(30503127)]
    world.handle(world.message(world.drop("a.png", picture())))
    fresh = replace(world.services())
    world.handle(world.message(world.drop("b.png", picture())), services=fresh)
    assert (world.ocr.calls, world.record("b.png")["code"]) == (1, "unrecognizable")

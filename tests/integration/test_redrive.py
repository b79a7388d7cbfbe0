"""`ocr-drop redrive`: what was put aside goes on."""

from __future__ import annotations

import json

from ocr_drop.claims import MOST_UNKNOWN
from world import World, failure, picture


def test_dead_letters_go_back_to_the_uploads_queue(desk: World, told) -> None:
    """All that lie there, as they were; none is left, none is lost, and a second time moves nothing."""
    bodies = [json.dumps({"Records": [desk.drop(f"{number}.png", picture(number))]}) for number in range(23)]
    for body in bodies:
        desk.sqs.send_message(QueueUrl=desk.dead_letters_url, MessageBody=body)
    assert told("redrive") == {"moved": 23, "triedAgain": 0, "deadLetters": 0}
    messages = desk.queued()
    assert sorted(message["body"] for message in messages) == sorted(bodies)
    assert desk.handle(*messages[:3]) == []
    assert told("redrive")["moved"] == 0


def test_what_comes_back_is_not_sent_round_and_round(desk: World, told, monkeypatch) -> None:
    """Garbage that returns while it runs is left to the next time."""
    desk.sqs.send_message(QueueUrl=desk.dead_letters_url, MessageBody="garbage")
    services = desk.services()
    send = services.queue.send

    def bounced(bodies: list[str]) -> None:
        send(bodies)
        desk.sqs.send_message(QueueUrl=desk.dead_letters_url, MessageBody=bodies[0])

    monkeypatch.setattr(type(services.queue), "send", lambda _, bodies: bounced(bodies))
    assert told("redrive") == {"moved": 1, "triedAgain": 0, "deadLetters": 1}


def _given_up(world: World, key: str) -> None:
    """An upload whose calls all ended unknown."""
    world.ocr.replies = [ConnectionError()] * MOST_UNKNOWN
    message = world.message(world.drop(key, picture(5)))
    while world.handle(message):
        world.clock.pass_by(2000)
        message = world.again(message)
    assert world.record(key)["status"] == "failed"


def test_what_failed_for_others_faults_is_tried_again_on_demand(desk: World, told) -> None:
    """Given up after unknown outcomes: asked for, it is called for once more, with a requestId of its own."""
    _given_up(desk, "unlucky.png")
    assert told("redrive")["triedAgain"] == 0
    assert told("redrive", "--failed")["triedAgain"] == 1
    assert desk.record("unlucky.png")["status"] == "waiting"
    (message,) = desk.queued()
    assert desk.handle(message) == []
    assert desk.record("unlucky.png")["status"] == "recognized"
    ids = [row["requestId"] for row in desk.ledger()]
    assert len(set(ids)) == MOST_UNKNOWN + 1
    assert told("status")["failed"] == 0


def test_bad_input_is_never_tried_again(desk: World, told) -> None:
    """What is at fault itself would be refused again."""
    desk.handle(desk.message(desk.drop("broken.png", b"no image")))
    desk.ocr.replies = [failure(30500116, "image")]
    desk.handle(desk.message(desk.drop("refused.png", picture(1))))
    assert told("redrive", "--failed")["triedAgain"] == 0
    assert desk.queued() == []

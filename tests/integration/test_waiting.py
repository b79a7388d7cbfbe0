"""Failures that are nobody's fault or an operator's: uploads wait, say why, and go on when it is mended."""

from __future__ import annotations

import json

import pytest

from ocr_drop.batches import MOST_DEFECTS
from ocr_drop.clock import iso
from ocr_drop.pipeline import MOST_CRASHES
from world import World, failure, picture, success

WRONG = {"success": False, "code": 401, "message": "INVALID_SIGNATURE"}


def _refusal() -> tuple[int, dict[str, str], bytes]:
    return 401, {}, json.dumps(WRONG).encode()


@pytest.mark.parametrize(
    ("reply", "code", "advice"),
    [
        (_refusal(), "credentials", "into the secret"),
        (failure(403, "IP白名单不匹配"), "ip_not_allowed", "allow-list"),
        (failure(30503107, "很抱歉,订单余额不足"), "balance", "top it up"),
    ],
)
def test_an_operators_failure_waits_and_says_what_to_do(world: World, reply, code: str, advice: str) -> None:
    """The record names kind, code and remedy; nothing was billed, and it goes on once it is mended."""
    world.ocr.replies = [reply]
    message = world.message(world.drop("a.png", picture()))
    assert world.handle(message) == []
    world.finish(message)
    record = world.record("a.png")
    assert (record["status"], record["kind"], record["code"]) == ("waiting", "operator", code)
    assert advice in record["message"]
    world.clock.now += 60
    world.reconcile()
    assert world.handle(*world.queued()) == []
    assert world.document("a.png")["status"] == "recognized"
    assert world.outcomes() == ["refused", "answered"]


def test_refused_credentials_are_read_afresh_once(world: World) -> None:
    """A rotated secret is noticed with the first refusal: the upload succeeds in the same turn."""
    services = world.services()
    world.handle(world.message(world.drop("a.png", picture(1))), services=services)
    world.put_credentials("7438000002", "rotated")
    world.ocr.replies = [_refusal()]
    assert world.handle(world.message(world.drop("b.png", picture(2))), services=services) == []
    assert world.ocr.app_ids == ["7438000001", "7438000001", "7438000002"]
    assert world.outcomes() == ["answered", "refused", "answered"]


def test_wrong_credentials_are_not_tried_twice(world: World) -> None:
    """When the secret holds the same credentials still, there is one call and no more."""
    world.ocr.replies = [_refusal(), _refusal()]
    world.handle(world.message(world.drop("a.png", picture())))
    assert world.ocr.calls == 1


@pytest.mark.parametrize("secret", ["", "{}", "no json", '{"appId": "", "secret": ""}', '{"appId": 1, "secret": "x"}'])
def test_a_secret_without_credentials_is_an_operators_failure(world: World, secret: str) -> None:
    """Before the secret is filled in, uploads wait and say so, and nothing is called."""
    world.secrets.put_secret_value(SecretId=world.secret_id, SecretString=secret or "-")
    message = world.message(world.drop("a.png", picture()))
    assert world.handle(message) == []
    world.finish(message)
    assert world.record("a.png")["code"] == "secret_unusable"
    assert world.ocr.calls == 0
    world.put_credentials("7438000001", "s3cret")
    world.clock.now += 60
    world.reconcile()
    assert world.handle(*world.queued()) == []
    assert world.record("a.png")["status"] == "recognized"


def test_retry_after_is_honoured(world: World) -> None:
    """429 with Retry-After hides the message for just so long; nothing was billed."""
    world.ocr.replies = [failure(429, status=429, **{"Retry-After": "77"})]
    message = world.message(world.drop("a.png", picture()))
    world.handle(message)
    assert world.record("a.png")["nextTry"] == iso(world.clock.now + 77)
    assert world.outcomes() == ["refused"]


def test_a_storm_of_429_ends_with_every_upload_recognized(world: World) -> None:
    """However many times the OCR API says slow down, no upload is given up and none is paid for twice."""
    world.ocr.replies = [failure(429, status=429)] * 27
    messages = [world.message(world.drop(f"{number}.png", picture(number))) for number in range(6)]
    for receive in range(2, 20):
        again = set(world.handle(*messages))
        if not again:
            break
        world.clock.now += 200
        messages = [world.again(message, receive) for message in messages if message["messageId"] in again]
    assert world.outcomes().count("answered") == 6
    assert world.outcomes().count("refused") == 27


def test_one_that_has_to_wait_spares_its_batch(world: World) -> None:
    """Item 3 of 5 waits, the others commit."""
    messages = [world.message(world.drop(f"{number}.png", picture(number))) for number in range(5)]
    services = world.services(call_threads=1)
    world.ocr.replies = [success(), success(), failure(429, status=429)]
    assert world.handle(*messages, services=services) == [messages[2]["messageId"]]
    assert {world.record(f"{number}.png")["status"] for number in (0, 1, 3, 4)} == {"recognized"}


def test_a_defect_is_loud_and_its_message_kept(world: World, logged) -> None:
    """An error of our own is logged by type and place, without its values, and the message comes again."""
    services = world.services()

    def broken(*_: object) -> None:
        raise KeyError("recognized text")

    services.objects.fetch = broken  # type: ignore[method-assign, assignment]
    message = world.message(world.drop("a.png", picture()))
    assert world.handle(message, services=services) == [message["messageId"]]
    assert "KeyError" in logged()
    assert "recognized text" not in logged()
    last = world.again(message, MOST_DEFECTS)
    assert world.handle(last, services=services) == []
    (letter,) = world.dead_letters()
    assert letter["MessageAttributes"]["Reason"]["StringValue"] == "defect"


def test_an_upload_that_ends_its_process_is_tried_a_few_times_alone_and_then_failed(world: World) -> None:
    """Poison is bounded, and what shared its batch is not blamed for it."""

    class Killed(BaseException):
        """The process is gone."""

    services = world.services(call_threads=1)
    fetch = services.objects.fetch

    def deadly(upload):
        if upload.key == "poison.png":
            raise Killed
        return fetch(upload)

    services.objects.fetch = deadly  # type: ignore[method-assign]
    messages = [world.message(world.drop(key, picture())) for key in ("poison.png", "beside.png")]
    crashes = 0
    for receive in range(2, 9):
        try:
            again = world.handle(*messages, services=services)
        except Killed:
            crashes += 1
            world.clock.now += 100
            messages = [world.again(message, receive) for message in messages]
            continue
        assert again == []
        break
    assert crashes == MOST_CRASHES
    assert world.document("poison.png")["failure"]["code"] == "crashes"
    assert world.document("beside.png")["status"] == "recognized"


def test_no_secret_no_image_and_no_text_in_what_is_logged(world: World, logged) -> None:
    """Logs and metrics hold keys, counts, codes and durations."""
    world.ocr.replies = [success(), failure(0, status=500), OSError("x"), _refusal()]
    for number in range(5):
        world.handle(world.message(world.drop(f"{number}.png", picture(number))))
    world.handle(world.message(world.drop("bad.png", b"canary of the bytes")))
    assert '"message":"recognized"' in logged()
    assert '"OperatorFailure"' in logged()
    seen = logged() + json.dumps(world.heard(), ensure_ascii=False)
    for canary in ("s3cret", "甲", "iVBORw0KGgo", "canary of the bytes"):
        assert canary not in seen

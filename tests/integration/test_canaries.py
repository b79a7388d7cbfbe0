"""Promise 5 under every fault: no secret, image byte or recognized text in what people and machines can read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError

from canaries import BYTES, FACT, PIECES, SECRET, SEEN, TEXT, Watch
from hostile.whole import whole
from ocr_drop import documents, images
from ocr_drop.services import Services
from world import World, failure, success


@pytest.fixture
def watch(world: World, logged: Callable[[], str]) -> Watch:
    """A stack whose secret, text and image are canaries."""
    return Watch(world, logged)


_CUT = success(TEXT)[2]
_PACKED = base64.b64encode(SEEN)
REPLIES: dict[str, dict[str, Any]] = {
    "that refuse the content": {
        "a success": success(TEXT),
        "no image": failure(30500100, "缺少参数:image不能为空"),
        "too large": failure(30500101, "参数错误:文件大小超出限制,最大1MB"),
        "no format": failure(30500116, "图片格式校验不通过"),
        "unreadable": failure(30503127, "OCR识别失败"),
        "failed": failure(30500000, "操作失败"),
    },
    "that an operator mends": {
        "no balance": failure(30503107, "很抱歉,订单余额不足"),
        "no app": failure(401, "无效的应用", status=401),
        "bad token": failure(401, "TOKEN错误", status=401),
        "no token": failure(401, "TOKEN_CANT_BE_NULL", status=401),
        "bad moment": failure(401, "INVALID_TIMESTAMP", status=401),
        "bad signature": failure(401, "INVALID_SIGNATURE", status=401),
        "bad IP": failure(403, "IP白名单不匹配"),
    },
    "that may come right": {
        "slow down": failure(429, status=429),
        "undescribed": failure(12345, "?"),
        "undescribed with an answer": (200, {}, success(TEXT)[2].replace(b'"code": 0', b'"code": 77')),
        "500": failure(0, status=500),
        "502": (502, {}, b"<html>Bad Gateway</html>"),
        "503": (503, {"Retry-After": "3"}, b""),
        "504": (504, {}, b"upstream timed out"),
        "a page": (200, {}, b"<!DOCTYPE html><html></html>"),
        "nothing": (200, {}, b""),
        "no code": (200, {}, b"{}"),
        "dropped": OSError("dropped"),
    },
    "that are cut off or say again what was sent": {
        "half a success": (200, {}, _CUT[: _CUT.index(b"detectedText") + 100]),
        "a success without its beginning": (200, {}, _CUT[_CUT.index(b"detectedText") - 2 :]),
        "text instead of JSON": (200, {}, TEXT.encode()),
        "the request": (400, {}, b'{"image": "' + _PACKED + b'"'),
        "the image": (400, {}, _PACKED),
    },
}


@pytest.mark.parametrize("kind", REPLIES)
def test_whatever_the_ocr_api_answers(watch: Watch, kind: str) -> None:
    """Each failure of the protocol, and answers that are cut off or say again what was sent."""
    for name, reply in REPLIES[kind].items():
        calls, watch.world.ocr.replies = watch.world.ocr.calls, [reply] * 4
        watch.hand_over()
        assert watch.world.ocr.calls > calls, f"{name} was answered"
    assert watch.found() == []


@pytest.mark.parametrize("nowhere", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_an_ocr_api_that_is_not_there(watch: Watch, nowhere: str) -> None:
    """Connections that fail hold the request in their errors: nothing of it gets out."""
    watch.world.settings = replace(watch.world.settings, ocr_endpoint=nowhere)
    watch.hand_over()
    assert watch.found() == []


def test_damaged_images(watch: Watch) -> None:
    """Pillow's errors quote chunks of what they read; the sentences made of them do not."""
    for kind in ("png", "jpeg", "tiff-lzw", "webp"):
        file = bytearray(whole()[kind])
        place = len(file) // 3
        file[place : place + len(BYTES)] = BYTES
        watch.hand_over(bytes(file[: 2 * len(file) // 3]))
    for data in (SEEN[:60] + BYTES + SEEN[200:], BYTES):
        watch.hand_over(data)
    assert watch.found() == []


OPERATIONS = (
    "GetObject", "HeadObject", "PutObject", "PutItem", "GetItem", "UpdateItem", "TransactWriteItems",
    "GetSecretValue", "PutEvents", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "SendMessage",
)  # fmt: skip


UNREACHABLE = ("GetObject", "PutItem", "GetSecretValue", "PutEvents")


@pytest.mark.parametrize(
    ("operation", "code"),
    [*((name, "AccessDenied") for name in OPERATIONS), *((name, "unreachable") for name in UNREACHABLE)],
)
def test_whatever_aws_answers(watch: Watch, operation: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS repeats values of the request in its errors: their text goes nowhere."""
    services = watch.services()
    if operation in ("ChangeMessageVisibility", "UpdateItem"):  # those of an upload that has to wait
        watch.world.ocr.replies = [failure(429, status=429)] * 2
    with monkeypatch.context() as patched:
        thrown = _failing(patched, operation, code, services)
        if operation == "SendMessage":
            watch.world.handle(watch.world.message(body=FACT), services=services)
        watch.hand_over(services=services)
    assert thrown
    assert watch.found() == []


def _failing(patched: pytest.MonkeyPatch, operation: str, code: str, services: Services) -> list[str]:
    """From now on an operation fails in this environment alone; gives the list of failures to come."""
    real, clients, thrown = BaseClient._make_api_call, _clients(services), []
    answer = {"Error": {"Code": code, "Message": FACT}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    def failing(client: Any, name: str, arguments: dict[str, Any]) -> Any:
        if name != operation or client not in clients:
            return real(client, name, arguments)
        thrown.append(name)
        if code == "unreachable":
            raise EndpointConnectionError(endpoint_url=f"http://{SECRET}/{TEXT}")
        raise ClientError(answer, name)

    patched.setattr(BaseClient, "_make_api_call", failing)
    return thrown


def _clients(services: Services) -> list[Any]:
    edges = [getattr(services, name) for name in vars(services)]
    edges += [services.access.secrets]
    edges += [table for edge in edges if (table := getattr(edge, "_table", None))]
    return [client for edge in edges if (client := getattr(edge, "_client", None))]


class _Careless(Exception):
    """A defect of ours that says all it knows."""


STEPS = {
    "before the call": ("queue.hold", "index.begin", "objects.fetch", "claims.claim", "images.fit"),
    "around the call": ("access.auth", "claims.calling", "ocr.send", "objects.keep", "claims.answered"),
    "after the call": ("documents.build", "documents.as_json", "objects.store", "index.end", "notices.announce"),
    "when it waits": ("queue.hide", "index.wait"),
}


@pytest.mark.parametrize("when", STEPS)
def test_a_defect_of_ours_at_any_step(watch: Watch, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loud by its type and its place, and never by what it says or holds."""
    for step in STEPS[when]:
        slips: list[str] = []

        def slip(*_: Any, slips: list[str] = slips, **__: Any) -> None:
            slips.append("it came to this")
            raise ValueError(FACT) from _Careless(FACT, TEXT)

        owner, _, name = step.partition(".")
        services = watch.services()
        target = {"images": images, "documents": documents}.get(owner) or getattr(services, owner)
        watch.world.ocr.replies = [failure(429, status=429)] * 2 if when == "when it waits" else []
        with monkeypatch.context() as patched:
            patched.setattr(target, name, slip)
            watch.hand_over(services=services)
        assert slips
    assert watch.found() == []


def test_the_canaries_would_be_seen(watch: Watch) -> None:
    """Every canary is really there where it belongs: in the call, in the answer, and in the result."""
    watch.world.ocr.replies = [success(TEXT)]
    watch.hand_over(SEEN)
    assert watch.world.ocr.bodies[0]["image"] == _PACKED.decode()
    assert TEXT in json.dumps(watch.world.document("1.png"), ensure_ascii=False)
    everything = FACT + json.dumps(TEXT) + repr(SEEN) + base64.b64encode(SECRET.encode()).decode()
    assert all(piece in everything for piece in PIECES)

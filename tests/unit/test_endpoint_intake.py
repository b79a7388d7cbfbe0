"""What an admitted call brings: one image, or the vendor's code for what is wrong with it."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_endpoint.calls import Rejected
from ocr_endpoint.intake import MAX_IMAGE_BYTES, Order, read_order


def code_of(body: bytes) -> tuple[object, object]:
    """Code and message with which a body is refused."""
    with pytest.raises(Rejected) as caught:
        read_order(body)
    assert caught.value.reply.status == 200
    return caught.value.reply.body["code"], caught.value.reply.body["message"]


@given(st.binary(min_size=1, max_size=300), st.none() | st.text(max_size=9) | st.integers())
def test_the_image_comes_out_as_it_was(image: bytes, request_id: str | int | None) -> None:
    """Base64 in JSON is read back to the very bytes, with or without a requestId."""
    body = json.dumps({"image": base64.b64encode(image).decode(), "requestId": request_id, "more": []})
    assert read_order(body.encode()) == Order(image, "" if request_id is None else str(request_id))


@pytest.mark.parametrize("body", [b"", b"{}", b'{"image":""}', b'{"image":null}', b'{"requestId":"1"}'])
def test_no_image_is_30500100(body: bytes) -> None:
    """A call without an image misses a parameter."""
    assert code_of(body) == (30500100, "缺少参数:image不能为空")


@pytest.mark.parametrize(
    "body",
    [
        b'{"image":"abc"}',
        b'{"image":"iVBORw0KGgo=\\n"}',
        b'{"image":"iVBO Rw0KGgo="}',
        '{"image":"图片"}'.encode(),
        b'{"image":"data:image/png;base64,iVBORw0KGgo="}',
        b'{"image":7}',
        b'{"image":["iVBORw0KGgo="]}',
        b'{"image":"iVBORw0KGgo=","requestId":{}}',
        b'{"image":"iVBORw0KGgo=","requestId":true}',
        b"[]",
        b'"image"',
        b"{",
        b"\xff\xfe",
        '{"image":"iVBORw0KGgo=","requestId":"业务"}'.encode("gbk"),
        b"[" * 100_000,
        b'{"image":' + b"9" * 10_000 + b"}",
        b'{"image":"iVBORw0KGgo=","image":"iVBORw0KGgo="}',
        b'{"image":"iVBORw0KGgo=","requestId":"1","requestId":"2"}',
        b"\xef\xbb\xbf" + b'{"image":"iVBORw0KGgo="}',
        '{"image":"iVBORw0KGgo="}'.encode("utf-16"),
    ],
)
def test_a_wrong_parameter_is_30500101(body: bytes) -> None:
    """No JSON object in UTF-8, no Base64, a data: prefix, a key twice: each is a parameter error with a message."""
    code, message = code_of(body)
    assert code == 30500101
    assert str(message).startswith("参数错误:")


def test_a_file_of_exactly_1_048_576_bytes_is_taken() -> None:
    """The limit is 2^20 bytes of the file itself, and includes them."""
    body = json.dumps({"image": base64.b64encode(bytes(MAX_IMAGE_BYTES)).decode()}).encode()
    assert len(read_order(body).image) == MAX_IMAGE_BYTES


@pytest.mark.parametrize("more", [1, 2, 3, 100_000])
def test_a_larger_file_is_told_the_limit(more: int) -> None:
    """One byte more is too much, and the message says what the maximum is."""
    body = json.dumps({"image": base64.b64encode(bytes(MAX_IMAGE_BYTES + more)).decode()}).encode()
    assert code_of(body) == (30500101, "参数错误:文件大小超出限制,最大1MB")

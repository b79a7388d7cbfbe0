"""What each answer of the OCR API means: the protocol's table, case by case."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop.errors import (
    CredentialsRefused,
    NeedsOperator,
    OcrDropError,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unforeseen,
)
from ocr_drop.esign.answers import interpret, retry_after
from ocr_drop.geometry import Point
from ocr_drop.model import ItemBox, Reply


def _body(code: object, message: str = "", data: object = None) -> bytes:
    return json.dumps({"code": code, "message": message, "data": data}).encode()


@pytest.mark.parametrize(
    ("status", "body", "failure", "code"),
    [
        (200, _body(30500100), Refused, "no_image"),
        (400, _body(30500101), Refused, "parameter"),
        (200, _body("30500101"), Refused, "parameter"),
        (200, _body(30500116), Refused, "format"),
        (500, _body(30503127), Refused, "unrecognizable"),
        (200, _body(30500000), OutcomeUnknown, "operation_failed"),
        (200, _body(30503107), NeedsOperator, "balance"),
        (401, b'{"success":false,"code":401,"message":"x"}', CredentialsRefused, "credentials"),
        (401, b"", CredentialsRefused, "credentials"),
        (200, _body(401), CredentialsRefused, "credentials"),
        (200, _body(403), NeedsOperator, "ip_not_allowed"),
        (403, b"<html>", NeedsOperator, "ip_not_allowed"),
        (429, b"", Throttled, "throttled"),
        (200, _body(429), Throttled, "throttled"),
        (500, b"", OutcomeUnknown, "server_error"),
        (502, b"<html>bad gateway</html>", OutcomeUnknown, "server_error"),
        (503, _body(99), OutcomeUnknown, "server_error"),
        (200, b"<html>ok</html>", OutcomeUnknown, "not_json"),
        (200, b"[]", OutcomeUnknown, "not_json"),
        (200, b"{}", OutcomeUnknown, "not_json"),
        (302, b"", OutcomeUnknown, "not_json"),
        (200, _body(True), OutcomeUnknown, "not_json"),
        (200, _body(12345, "新错误"), Unforeseen, "unforeseen"),
    ],
)
def test_each_failure_is_told_by_its_type(status: int, body: bytes, failure: type[OcrDropError], code: str) -> None:
    """Code first, then HTTP status, decide what is to be done; the message never does."""
    with pytest.raises(failure) as raised:
        interpret(Reply(status, {}, body), now=0)
    assert (type(raised.value), raised.value.code) == (failure, code)


def test_an_undescribed_code_keeps_its_answer() -> None:
    """What nobody has described was paid for all the same: its bytes travel with the failure."""
    with pytest.raises(Unforeseen, match="12345") as raised:
        interpret(Reply(200, {}, _body(12345)), now=0)
    assert raised.value.raw == _body(12345)


def test_an_answer_that_is_not_json_shows_its_first_bytes() -> None:
    """The message holds the beginning of what came, enough to recognize a proxy's page."""
    with pytest.raises(OutcomeUnknown, match="<html>proxy"):
        interpret(Reply(200, {}, b"<html>proxy" + b"x" * 1000), now=0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("999999999", 6 * 3600.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    """Seconds and dates are honoured within what the queue can wait; nonsense is ignored."""
    assert retry_after({"Retry-After": value}, now=100) == seconds


def test_throttling_carries_how_long_to_wait() -> None:
    """A 429 with Retry-After says how long."""
    with pytest.raises(Throttled) as raised:
        interpret(Reply(429, {"Retry-After": "12"}, b""), now=0)
    assert raised.value.after == 12


def test_an_answer_is_read_whole() -> None:
    """Lines, places, paragraphs, angle and verifyId come out; the raw bytes stay as they came."""
    corners = [{"x": 1, "y": 2}, {"x": 3, "y": 2}, {"x": 3, "y": 4}, {"x": 1, "y": 4}]
    found = [
        {"advancedInfo": "1", "detectedText": "甲", "itemPolygon": {"x": 1, "y": 2, "width": 3, "height": 4}},
        {"advancedInfo": '{"Parag":{"ParagNo":2}}', "detectedText": "乙", "polygon": corners, "new": 1},
    ]
    body = _body(0, "成功", {"verifyId": "v", "angle": 1.5, "textDetections": found})
    answer = interpret(Reply(200, {}, body), now=0)
    assert (answer.raw, answer.verify_id, answer.angle) == (body, "v", 1.5)
    assert [line.paragraph for line in answer.detections] == [1, 2]
    assert answer.detections[0].polygon is None
    assert answer.detections[0].item == ItemBox(1, 2, 3, 4)
    assert answer.detections[1].polygon == (Point(1, 2), Point(3, 2), Point(3, 4), Point(1, 4))


def test_a_code_in_quotes_is_a_code() -> None:
    """`"0"` is success: types of fields differ between pages of the vendor."""
    assert interpret(Reply(200, {}, _body("0", "", {})), now=0).detections == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["x", "y", "polygon", "itemPolygon", "advancedInfo", "angle"]), inner)
        ),
        max_leaves=12,
    )
)
def test_no_shape_of_data_crashes_the_reading(data: object) -> None:
    """Unknown and malformed fields are tolerated: an answer that was paid for always becomes something."""
    body = _body(0, "", {"textDetections": [data], "angle": data, "verifyId": "v"})
    assert interpret(Reply(200, {}, body), now=0).verify_id == "v"

"""A call from door to answer, with a stand-in for the engine."""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import replace

import pytest

from caller import APP_ID, OCR_PATH, SECRET, lower, signed_headers
from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import App
from ocr_endpoint.calls import Call
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.page import Line, NotAnImage, Page, TooManyPixels

NOW = 1_750_000_000.0
BODY = json.dumps({"image": base64.b64encode(b"pixels").decode()}).encode()
PAGE = Page(200, 100, 0.0, (Line("合同", ((1, 2), (50, 2), (50, 20), (1, 20))),))


def api_that(outcome: Page | Exception) -> OcrApi:
    """The API with an engine of which the outcome is known."""

    def recognize(_: bytes) -> Page:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return OcrApi(Gateway({APP_ID: App((SECRET,))}, lambda: NOW), recognize)


def post(body: bytes = BODY, *, method: str = "POST", path: str = OCR_PATH) -> Call:
    """A signed call."""
    return Call(method, path, "", lower(signed_headers(body, method=method, path=path, at=NOW)), body)


def test_a_good_call_is_answered_with_its_text() -> None:
    """A signed call with an image gets code 0 and the lines that the engine found."""
    reply = api_that(PAGE).serve(post())
    assert (reply.status, reply.body["code"]) == (200, 0)
    assert [line["detectedText"] for line in reply.body["data"]["textDetections"]] == ["合同"]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(NotAnImage(), 30500116), (TooManyPixels(), 30500101), (MemoryError(), 30503127), (ValueError("合同"), 30503127)],
)
def test_what_the_engine_trips_over_has_a_code(outcome: Exception, code: int) -> None:
    """Each failure of the engine is a code of the vendor's under HTTP 200, never an error of the server."""
    reply = api_that(outcome).serve(post())
    assert (reply.status, reply.body["code"], reply.body["data"]) == (200, code, None)


def test_a_defect_of_the_engine_is_logged_without_what_it_saw(caplog: pytest.LogCaptureFixture) -> None:
    """The log names the kind of the defect, and holds nothing of the text or the image."""
    with caplog.at_level(logging.DEBUG):
        api_that(ValueError("合同")).serve(post())
    assert "ValueError" in caplog.text
    assert "合同" not in caplog.text


def test_another_path_or_method_is_told_so_once_admitted() -> None:
    """Who is known learns that a path does not exist, or that only POST is served."""
    assert api_that(PAGE).serve(post(path="/v1/other")).status == 404
    assert api_that(PAGE).serve(post(b"", method="GET")).status == 405


def test_nobody_unknown_reaches_the_engine() -> None:
    """Without a good signature the answer is 401, and not even the body is looked at."""
    call = Call("POST", OCR_PATH, "", {"x-tsign-open-app-id": APP_ID}, b"[" * 1000)
    assert api_that(AssertionError()).serve(call).status == 401


def test_a_signature_of_another_body_does_not_reach_the_engine() -> None:
    """Headers that are good on their own let no other body in."""
    signed = post(b'{"image":"QUFB"}')
    reply = api_that(AssertionError()).serve(replace(signed, body=BODY))
    assert (reply.status, reply.body["message"]) == (401, "INVALID_SIGNATURE")

"""A call from door to answer, with a stand-in for the engine."""

from __future__ import annotations

import base64
import importlib.util
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from caller import APP_ID, OCR_PATH, SECRET, lower, signed_headers
from ocr_endpoint import recognition
from ocr_endpoint.app import OcrApi
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

    return OcrApi(Gateway({APP_ID: SECRET}, lambda: NOW), recognize)


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


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The function's handler, its engine replaced."""

    class Engine:
        def warm_up(self) -> None:
            return

        def recognize(self, _: bytes) -> Page:
            return PAGE

    monkeypatch.setattr(recognition, "Recognition", Engine)
    monkeypatch.setenv("OCR_ENDPOINT_APP_ID", APP_ID)
    monkeypatch.setenv("OCR_ENDPOINT_SECRET", SECRET)
    return load_handler()


def load_handler() -> Any:
    """functions/endpoint/handler.py, imported as Lambda does."""
    path = Path(__file__).parents[2] / "functions" / "endpoint" / "handler.py"
    spec = importlib.util.spec_from_file_location("endpoint_handler", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


@pytest.mark.parametrize("encoded", [True, False])
def test_the_function_serves_an_http_event(handler: Any, encoded: bool) -> None:
    """A Function URL's event, its body in Base64 or plain, is answered as the same call over HTTP."""
    event = {
        "version": "2.0",
        "rawPath": OCR_PATH,
        "rawQueryString": "",
        "headers": signed_headers(BODY),
        "requestContext": {"http": {"method": "POST", "path": OCR_PATH}},
        "body": base64.b64encode(BODY).decode() if encoded else BODY.decode(),
        "isBase64Encoded": encoded,
    }
    answer = handler(event, None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["data"]["textDetections"][0]["detectedText"] == "合同"


def test_the_function_does_not_start_without_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing setting stops the start, and is named."""
    monkeypatch.delenv("OCR_ENDPOINT_APP_ID", raising=False)
    monkeypatch.setenv("OCR_ENDPOINT_SECRET", SECRET)
    with pytest.raises(RuntimeError, match="OCR_ENDPOINT_APP_ID"):
        load_handler()

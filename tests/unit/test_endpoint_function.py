"""The endpoint as a function: events of a Function URL and an HTTP API in, answers as Lambda wants them out."""

from __future__ import annotations

import base64
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from caller import APP_ID, OCR_PATH, SECRET, signed_headers
from function_url import function_url_event, http_api_event
from ocr_endpoint import recognition
from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import App
from ocr_endpoint.calls import Call, Reply, refusal
from ocr_endpoint.function import answer
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.intake import MAX_BODY_BYTES
from ocr_endpoint.page import Line, Page
from ocr_endpoint.settings import bounds_from
from ocr_endpoint.usage import OwnUsage

BODY = json.dumps({"image": base64.b64encode(b"pixels").decode(), "requestId": "业务-01"}).encode()
PAGE = Page(200, 100, 0.0, (Line("合同", ((1, 2), (50, 2), (50, 20), (1, 20))),))

Event = Callable[..., dict[str, Any]]


def api() -> OcrApi:
    """The API with an engine that finds one line, whatever the image."""
    return OcrApi(Gateway({APP_ID: App((SECRET,))}), lambda _: PAGE)


@pytest.mark.parametrize("event", [function_url_event, http_api_event])
@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", "application/octet-stream"])
def test_a_call_is_answered_by_either_way_in(event: Event, content_type: str) -> None:
    """Function URL or HTTP API, a body that came as text or in Base64: the signature holds, the text comes back."""
    given = event("POST", OCR_PATH, signed_headers(BODY, content_type=content_type), BODY)
    assert given["isBase64Encoded"] is (content_type == "application/octet-stream")
    told = answer(given, api())
    assert (told["statusCode"], told["headers"]["content-type"]) == (200, "application/json;charset=UTF-8")
    assert json.loads(told["body"])["data"]["textDetections"][0]["detectedText"] == "合同"


def test_the_case_of_header_names_means_nothing() -> None:
    """A proxy in front may write them as it likes."""
    event = function_url_event("POST", OCR_PATH, signed_headers(BODY), BODY)
    for change in (str.upper, str.title):
        shouted = {**event, "headers": {change(name): value for name, value in event["headers"].items()}}
        assert answer(shouted, api())["statusCode"] == 200


@pytest.mark.parametrize("body", [b"\xff\x00\xfe" * 100, "不是JSON".encode(), b""])
def test_any_bytes_get_an_answer_in_the_apis_shape(body: bytes) -> None:
    """What is no JSON is a parameter that is wrong, whether it is text or not."""
    headers = signed_headers(body, content_type="application/octet-stream")
    told = answer(function_url_event("POST", OCR_PATH, headers, body), api())
    content = json.loads(told["body"])
    assert (told["statusCode"], content["code"], content["data"]) == (200, 30500101 if body else 30500100, None)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", OCR_PATH, 405), ("POST", "/v1/other", 404), ("POST", OCR_PATH + "/", 200)]
)
def test_method_and_path_are_those_of_the_event(method: str, path: str, status: int) -> None:
    """What another server answers to them, the function answers."""
    body = BODY if method == "POST" else b""
    headers = signed_headers(body, method=method, path=path)
    assert answer(function_url_event(method, path, headers, body), api())["statusCode"] == status


def test_the_allow_list_judges_the_address_that_aws_tells() -> None:
    """It is the event's sourceIp, whatever a header says."""
    bounds = bounds_from({"OCR_ENDPOINT_ALLOW": "192.0.2.0/24"})
    bounded = OcrApi(Gateway({APP_ID: App((SECRET,), bounds)}), lambda _: PAGE)
    event = function_url_event("POST", OCR_PATH, signed_headers(BODY), BODY)
    assert answer(event, bounded)["statusCode"] == 200
    event["requestContext"]["http"]["sourceIp"] = "198.51.100.1"
    told = answer(event, bounded)
    assert (told["statusCode"], json.loads(told["body"])["code"]) == (403, 403)


def test_a_query_is_part_of_what_is_signed() -> None:
    """It reaches the gateway as it was sent."""
    target = OCR_PATH + "?b=2&a=1"
    headers = signed_headers(BODY, path=OCR_PATH + "?a=1&b=2")
    assert answer(function_url_event("POST", target, headers, BODY), api())["statusCode"] == 200
    assert answer(function_url_event("POST", OCR_PATH, headers, BODY), api())["statusCode"] == 401


def test_nobody_unknown_is_let_in() -> None:
    """A wrong signature is 401 in the API's own shape, without `data`."""
    event = function_url_event("POST", OCR_PATH, signed_headers(BODY, secret="wrong"), BODY)
    told = answer(event, api())
    assert told["statusCode"] == 401
    assert json.loads(told["body"]) == {"success": False, "code": 401, "message": "INVALID_SIGNATURE"}


def test_a_body_that_no_image_needs_is_refused_unread() -> None:
    """Lambda takes 6 MB; past the API's own limit the answer is 413, as at a server, before any other work."""
    body = b"x" * (MAX_BODY_BYTES + 1)
    told = answer(function_url_event("POST", OCR_PATH, {}, body), api())
    assert told["statusCode"] == 413
    assert "1MB" in json.loads(told["body"])["message"]


def test_a_request_to_come_again_keeps_its_moment() -> None:
    """429 passes with its Retry-After, which ocr-drop honours."""

    class Busy:
        def serve(self, _: Call) -> Reply:
            return refusal(429, "请求过于频繁", status=429, headers={"Retry-After": "2"}).reply

    told = answer(function_url_event("POST", OCR_PATH, signed_headers(BODY), BODY), Busy())  # type: ignore[arg-type]
    assert (told["statusCode"], told["headers"]["Retry-After"]) == (429, "2")


def test_it_says_that_it_serves_and_what() -> None:
    """/health and /openapi.json need no signature; the document names what a function serves, and no metrics."""
    health, document = (
        answer(function_url_event("GET", path, {}, b""), api()) for path in ("/health", "/openapi.json")
    )
    assert (health["statusCode"], json.loads(health["body"])) == (200, {"status": "ok"})
    assert set(json.loads(document["body"])["paths"]) == {
        OCR_PATH,
        "/v1/oauth2/access_token",
        "/v1/oauth2/refresh_token",
        "/health",
        "/openapi.json",
    }


def test_nothing_it_trips_over_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A defect, or a table that is out of reach, is HTTP 500 in the API's shape; the log has its kind and no more."""

    class Broken(OwnUsage):
        def charge(self, *_: object) -> None:
            raise LookupError("合同")

    broken = OcrApi(Gateway({APP_ID: App((SECRET,))}), lambda _: PAGE, Broken())
    told = answer(function_url_event("POST", OCR_PATH, signed_headers(BODY), BODY), broken)
    assert (told["statusCode"], json.loads(told["body"])["code"]) == (500, 30500000)
    assert "LookupError" in caplog.text
    assert "合同" not in caplog.text


def test_a_token_of_one_environment_is_good_in_another() -> None:
    """Two environments share nothing but the secret: who got a token from one is let in by the other."""
    query = f"appId={APP_ID}&secret={SECRET}&grantType=client_credentials"
    given = answer(function_url_event("GET", f"/v1/oauth2/access_token?{query}", {}, b""), api())
    token = json.loads(given["body"])["data"]["token"]
    headers = {"X-Tsign-Open-App-Id": APP_ID, "X-Tsign-Open-Token": token, "Content-Type": "application/json"}
    told = answer(function_url_event("POST", OCR_PATH, headers, BODY), api())
    assert (told["statusCode"], json.loads(told["body"])["code"]) == (200, 0)


def load_handler() -> Any:
    """functions/endpoint/handler.py, imported as Lambda does."""
    path = Path(__file__).parents[2] / "functions" / "endpoint" / "handler.py"
    spec = importlib.util.spec_from_file_location("endpoint_handler", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


def test_the_function_takes_its_secret_and_its_table_from_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment holds their names; app id and secret are in the secret, in ocr-drop's own form.

    A call that one environment has served, another one knows by the table.
    """

    class Engine:
        def warm_up(self) -> None:
            return

        def recognize(self, _: bytes) -> Page:
            return PAGE

    monkeypatch.setattr(recognition, "Recognition", Engine)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("OCR_ENDPOINT_SECRET_ID", "endpoint")
    monkeypatch.setenv("OCR_ENDPOINT_TABLE", "usage")
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="usage",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        text = json.dumps({"appId": APP_ID, "secret": SECRET})
        boto3.client("secretsmanager").create_secret(Name="endpoint", SecretString=text)
        one, other = load_handler(), load_handler()
        event = function_url_event("POST", OCR_PATH, signed_headers(BODY), BODY)
        assert [handler(event, None)["statusCode"] for handler in (one, other)] == [200, 401]


def test_the_function_does_not_start_without_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing setting stops the start, and is named."""
    monkeypatch.delenv("OCR_ENDPOINT_SECRET_ID", raising=False)
    with pytest.raises(RuntimeError, match="OCR_ENDPOINT_SECRET_ID"):
        load_handler()

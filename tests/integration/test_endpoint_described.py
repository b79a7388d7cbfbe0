"""The endpoint's OpenAPI document, held against the endpoint itself with calls that nobody wrote by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from ipaddress import ip_network
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import Phase, settings
from openapi_spec_validator import validate
from requests.auth import AuthBase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from caller import APP_ID, OCR_PATH, SECRET, signed_headers
from endpoint_served import BODY, PAGE, Served, serving
from function_url import function_url
from ocr_endpoint import app, bodies
from ocr_endpoint.about import description
from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import App, Bounds
from ocr_endpoint.function import answer
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.tokens import ACCESS_PATH, REFRESH_PATH, Tokens


def refused_as_by_the_gateway(_: object, response: schemathesis.Response, __: object) -> None:
    """What the description says in words of a 401: three fields, and no Content-Type."""
    if response.status_code == 401:
        assert set(response.json()) == {"success", "code", "message"}
        assert "content-type" not in response.headers


DOCUMENT = files("ocr_endpoint").joinpath("openapi.json").read_text("utf-8")
SCHEMA = schemathesis.openapi.from_dict(json.loads(DOCUMENT))
CONFORMANCE = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    refused_as_by_the_gateway,
]


BESIDE = ("/health", "/metrics", "/openapi.json")


class Signed(AuthBase):
    """Signs whatever goes out, as it goes out."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        signed = signed_headers(
            raw,
            path=request.path_url,
            method=request.method or "",
            content_type=str(request.headers.get("Content-Type", "application/json")),
        )
        request.headers.update(signed)
        return request


APPS = {
    APP_ID: App((SECRET,)),
    "elsewhere": App((SECRET,), Bounds(allow=(ip_network("192.0.2.0/24"),))),
    "slow": App((SECRET,), Bounds(rate=0.001)),
}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The endpoint, with room for whoever comes, an app that may not come from here, and one that may hardly come."""
    with serving(waiting=100, apps=APPS) as endpoint:
        yield endpoint


@pytest.mark.parametrize("auth", [Signed(), None], ids=["signed", "as generated"])
@SCHEMA.parametrize()
@settings(max_examples=60, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_every_answer_is_as_described(case: schemathesis.Case, auth: AuthBase | None, served: Served) -> None:
    """Whatever is sent, fitting the description or not: status, headers and body of the answer are as it says."""
    if case.path == ACCESS_PATH and auth:
        case.query.update(appId=APP_ID, secret=SECRET)
    case.call_and_validate(base_url=served.url(""), auth=auth, checks=[*CONFORMANCE, not_a_server_error], timeout=20)


class InProcess:
    """The function without its process, with a quick engine."""

    api = OcrApi(Gateway(APPS), lambda _: PAGE)

    def invoke(self, event: Any) -> Any:
        """What it answers to an event."""
        return answer(event, self.api)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The function's URL."""
    with function_url(InProcess()) as url:
        yield url


@pytest.mark.parametrize("auth", [Signed(), None], ids=["signed", "as generated"])
@schemathesis.openapi.from_dict(description(counts=False)).parametrize()
@settings(max_examples=30, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_every_answer_of_the_function_is_as_described(case: schemathesis.Case, auth: AuthBase | None, url: str) -> None:
    """The same holds behind a Function URL, for the document that is served there."""
    if case.path == ACCESS_PATH and auth:
        case.query.update(appId=APP_ID, secret=SECRET)
    checks = [check for check in CONFORMANCE if check is not refused_as_by_the_gateway]
    case.call_and_validate(base_url=url, auth=auth, checks=[*checks, not_a_server_error], timeout=20)


def test_what_is_generated_reaches_the_engine_too(served: Served) -> None:
    """The calls above are no mere refusals: images came as far as the engine, and tokens were given out."""
    assert served.begun > 10
    assert served.metric('ocr_endpoint_answers_total{status="200",code="0"}') > served.begun


Way = Callable[[Served, pytest.MonkeyPatch], requests.Response]


def sent(served: Served, method: str, path: str, said: int | None = None, **how: Any) -> requests.Response:
    """The answer to a signed call, of which the head may say that its body has another length."""
    body = BODY if method == "POST" else b""
    headers = signed_headers(body, method=method, path=path, **how)
    request = requests.Request(method, served.url(path), data=body, headers=headers).prepare()
    if said is not None:
        request.headers["Content-Length"] = str(said)
    with requests.Session() as session:
        return session.send(request, timeout=20)


def too_slow(served: Served, monkeypatch: pytest.MonkeyPatch) -> requests.Response:
    """A body of which the last byte does not come."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    return sent(served, "POST", OCR_PATH, len(BODY) + 1)


def too_often(served: Served, _: pytest.MonkeyPatch) -> requests.Response:
    """The second call of an app that may call every 1,000 seconds."""
    sent(served, "POST", OCR_PATH, app_id="slow")
    return sent(served, "POST", OCR_PATH, app_id="slow")


def tripped_over(owner: object, name: str, method: str, path: str) -> Way:
    """A call that finds a defect."""

    def trip(*_: object) -> None:
        raise LookupError

    def way(served: Served, monkeypatch: pytest.MonkeyPatch) -> requests.Response:
        monkeypatch.setattr(owner, name, trip)
        return sent(served, method, path)

    return way


WAYS: dict[tuple[str, str, int], Way] = {
    ("post", OCR_PATH, 200): lambda served, _: sent(served, "POST", OCR_PATH),
    ("post", OCR_PATH, 401): lambda served, _: sent(served, "POST", OCR_PATH, secret="wrong"),
    ("post", OCR_PATH, 403): lambda served, _: sent(served, "POST", OCR_PATH, app_id="elsewhere"),
    ("post", OCR_PATH, 405): lambda served, _: sent(served, "PUT", OCR_PATH),
    ("post", OCR_PATH, 408): too_slow,
    ("post", OCR_PATH, 413): lambda served, _: sent(served, "POST", OCR_PATH, 20_000_000),
    ("post", OCR_PATH, 429): too_often,
    ("post", OCR_PATH, 500): tripped_over(app, "read_order", "POST", OCR_PATH),
    **{("get", path, 200): lambda served, _, path=path: sent(served, "GET", path) for path in BESIDE},
}
for path in (ACCESS_PATH, REFRESH_PATH):
    WAYS |= {
        ("get", path, 200): lambda served, _, path=path: sent(served, "GET", path),
        ("get", path, 405): lambda served, _, path=path: sent(served, "POST", path),
        ("get", path, 413): lambda served, _, path=path: sent(served, "GET", path, 20_000_000),
        ("get", path, 500): tripped_over(Tokens, "answer", "GET", path),
    }


def test_every_described_answer_has_its_call() -> None:
    """There is no status in the document that nobody can bring about below, and none below that is not in it."""
    document = json.loads(DOCUMENT)
    described = {
        (method, path, int(status))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
    }
    assert set(WAYS) == described


@pytest.mark.parametrize("answer", WAYS, ids=lambda answer: f"{answer[1].rsplit('/', 1)[1]}-{answer[2]}")
def test_every_status_can_be_had_and_is_as_described(
    answer: tuple[str, str, int], served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each status of each path comes when it should, with the headers and the body that the document says."""
    method, path, status = answer
    response = WAYS[answer](served, monkeypatch)
    assert response.status_code == status
    SCHEMA[path][method].Case().validate_response(response, checks=CONFORMANCE)


def test_the_document_is_openapi(served: Served) -> None:
    """What is served is a valid document of OpenAPI 3.1, and names every path that is served."""
    document = requests.get(served.url("/openapi.json"), timeout=20).json()
    validate(document)
    assert set(document["paths"]) == {OCR_PATH, ACCESS_PATH, REFRESH_PATH, *BESIDE}

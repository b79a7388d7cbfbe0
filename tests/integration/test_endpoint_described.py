"""The endpoint's OpenAPI document, held against the endpoint itself with calls that nobody wrote by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

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
from endpoint_served import Served, serving
from ocr_endpoint.tokens import ACCESS_PATH


def refused_as_by_the_gateway(_: object, response: schemathesis.Response, __: object) -> None:
    """What the description says in words of a 401: three fields, and no Content-Type."""
    if response.status_code == 401:
        assert set(response.json()) == {"success", "code", "message"}
        assert "content-type" not in response.headers


DOCUMENT = files("ocr_endpoint").joinpath("openapi.json").read_text("utf-8")
SCHEMA = schemathesis.openapi.from_dict(json.loads(DOCUMENT))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    refused_as_by_the_gateway,
]


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


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The endpoint, with room for whoever comes."""
    with serving(waiting=100) as endpoint:
        yield endpoint


@pytest.mark.parametrize("auth", [Signed(), None], ids=["signed", "as generated"])
@SCHEMA.parametrize()
@settings(max_examples=60, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_every_answer_is_as_described(case: schemathesis.Case, auth: AuthBase | None, served: Served) -> None:
    """Whatever is sent, fitting the description or not: status, headers and body of the answer are as it says."""
    if case.path == ACCESS_PATH and auth:
        case.query.update(appId=APP_ID, secret=SECRET)
    case.call_and_validate(base_url=served.url(""), auth=auth, checks=CHECKS, timeout=20)


def test_what_is_generated_reaches_the_engine_too(served: Served) -> None:
    """The calls above are no mere refusals: images came as far as the engine, and tokens were given out."""
    assert served.begun > 10
    assert served.metric('ocr_endpoint_answers_total{status="200",code="0"}') > served.begun


def test_the_document_is_openapi(served: Served) -> None:
    """What is served is a valid document of OpenAPI 3.1, and names every path that is served."""
    document = requests.get(served.url("/openapi.json"), timeout=20).json()
    validate(document)
    served_beside_it = {"/health", "/metrics", "/openapi.json"}
    assert set(document["paths"]) == {
        OCR_PATH,
        "/v1/oauth2/access_token",
        "/v1/oauth2/refresh_token",
        *served_beside_it,
    }

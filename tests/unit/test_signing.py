"""The request signature: the vectors that any implementation has to meet, and what must hold of all requests."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
import requests
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop.esign.signing import SignatureAuth, content_md5, path_and_parameters, signature, string_to_sign
from ocr_drop.model import Credentials
from ocr_drop_cli.sign import sign

OCR = "/v2/identity/auth/api/ocr/generalcharacters"
BODY = b'{"requestId":"123456","image":"/9j/4AAQSkZJRgABAQEAS"}'
SPACED = '{"image": "iVBORw0KGgo=", "requestId": "业务-01"}'.encode()
WITH_SPACE = "application/json; charset=UTF-8"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ""),
        (b"{}", "mZFLkyvTelC5g8XnyQrpOw=="),
        ('{"name":"张某人","age":18}'.encode(), "jsmDBtOHeXhiozlzXsFtlg=="),
        (BODY, "Xh5BxLTDSPRwRDztNfdJcw=="),
        (SPACED, "K4e4EG9Bz5yMlKIzsC5zFA=="),
    ],
)
def test_content_md5_meets_the_vectors(body: bytes, expected: str) -> None:
    """Content-MD5 is Base64 of the raw digest of the body, and empty for no body."""
    assert content_md5(body) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"POST\n*/*\nuxydqKBMBy6x1siClKEQ6Q==\n{WITH_SPACE}\n\n/v3/sign-flow/create-by-file",
            "6dYuzEqXUobDAEL97Ja5pvH3QWHpn4R5iJSWEvIsCo8=",
        ),
        (f"GET\n*/*\n\n{WITH_SPACE}\n\n/v3/sign-flow/abc123/detail", "xG4jw3vs+xusJ0x3XkIJBwxpTHHzEHqdMGOJ45Ry8Fk="),
    ],
)
def test_signature_meets_the_vectors(text: str, expected: str) -> None:
    """The signature is Base64 of the HMAC-SHA256 of the string to sign under the secret."""
    assert signature("dummysecret", text) == expected


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (BODY, {}, "a5tKVfv3s7at5gFbdqgFIH+VFXjCRNeVwDP+nassmOc="),
        (BODY, {"Content-Type": WITH_SPACE}, "qtOXhQtX/1pytAbRril3+5E5Y6i3W0WFWd/AGlZnbJI="),
        (SPACED, {}, "ZXRp5TWcKDWpn/C2GB1qiLP30mvDAuRF1xw91vHhuEU="),
        (BODY, {"Date": "Thu, 11 Jul 2015 15:33:24 GMT"}, "E4AzV0jiAiJAHPCwYs52TSa+ctyLSUMvBS+bFrH5zIo="),
    ],
)
def test_a_prepared_request_is_signed_as_the_vectors_say(body: bytes, headers: dict[str, str], expected: str) -> None:
    """Whatever headers the request already has are the ones that are signed, byte for byte."""
    signed = _signed(body, headers)
    assert signed.headers["X-Tsign-Open-Ca-Signature"] == expected
    assert signed.headers["X-Tsign-Open-Ca-Timestamp"] == "1750000000123"
    assert signed.headers["X-Tsign-Open-Auth-Mode"] == "Signature"


def test_parameters_are_signed_in_order_and_not_encoded() -> None:
    """Keys stand in ASCII order, an empty value leaves its key alone, values are not URL-encoded."""
    query = f"orgName={quote('某某科技有限公司')}&orgIDCardType="
    expected = "/v3/organizations/identity-info?orgIDCardType&orgName=某某科技有限公司"
    assert path_and_parameters("/v3/organizations/identity-info", query) == expected


def test_the_first_of_a_repeated_key_counts() -> None:
    """Of a repeated key the first value is signed."""
    assert path_and_parameters("/a", "b=1&b=2") == "/a?b=1"


def test_signed_headers_have_a_line_each_and_none_no_line() -> None:
    """Signed headers stand between Date and the path, one a line; without any there is no line at all."""
    assert string_to_sign("GET", "/a", signed_headers={"X-A": "1"}).splitlines()[-2:] == ["X-A:1", "/a"]
    assert string_to_sign("GET", "/a").splitlines() == ["GET", "*/*", "", "application/json;charset=UTF-8", "", "/a"]


@given(body=st.binary(max_size=200))
def test_signing_again_gives_the_same_request(body: bytes) -> None:
    """A request that is signed twice carries one signature, over the bytes that go out."""
    once = _signed(body, {})
    headers = dict(once.headers)
    assert (
        dict(SignatureAuth(Credentials("7438000001", "dummysecret"), lambda: 1750000000.123)(once).headers) == headers
    )
    assert headers["Content-MD5"] == content_md5(body)


def test_no_repr_shows_the_secret() -> None:
    """Credentials and what holds them can be printed without showing the secret."""
    assert "dummysecret" not in repr(SignatureAuth(Credentials("1", "dummysecret")))


def test_the_command_prints_what_the_signature_is_made_of(tmp_path) -> None:
    """`ocr-drop sign` prints MD5, string and signature as JSON, and never the secret."""
    (tmp_path / "body").write_bytes(BODY)
    result = CliRunner().invoke(
        sign, ["--secret", "dummysecret", "--method", "POST", "--path", OCR, "--body", str(tmp_path / "body")]
    )
    assert result.exit_code == 0
    assert "dummysecret" not in result.output
    assert json.loads(result.output) == {
        "content_md5": "Xh5BxLTDSPRwRDztNfdJcw==",
        "string_to_sign": f"POST\n*/*\nXh5BxLTDSPRwRDztNfdJcw==\napplication/json;charset=UTF-8\n\n{OCR}",
        "signature": "a5tKVfv3s7at5gFbdqgFIH+VFXjCRNeVwDP+nassmOc=",
    }


def test_the_command_signs_no_body_as_empty() -> None:
    """Without a body the MD5 is empty and its line stays."""
    arguments = ["--secret", "dummysecret", "--method", "GET", "--path", "/v3/sign-flow/abc123/detail"]
    result = CliRunner().invoke(sign, [*arguments, "--content-type", WITH_SPACE])
    assert json.loads(result.output)["content_md5"] == ""
    assert json.loads(result.output)["signature"] == "xG4jw3vs+xusJ0x3XkIJBwxpTHHzEHqdMGOJ45Ry8Fk="


def _signed(body: bytes, headers: dict[str, str]) -> requests.PreparedRequest:
    auth = SignatureAuth(Credentials("7438000001", "dummysecret"), lambda: 1750000000.123)
    return requests.Request("POST", "https://ocr.example" + OCR, data=body, headers=headers, auth=auth).prepare()

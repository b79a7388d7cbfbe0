"""Who may call the endpoint: the vendor's signature, checked from the protocol alone."""

from __future__ import annotations

import string
from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caller import APP_ID, OCR_PATH, SECRET, lower, md5_of, signed_headers
from ocr_endpoint.apps import App, Bounds
from ocr_endpoint.calls import Call, Rejected
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.signatures import path_and_parameters, string_to_sign

NOW = 1_750_000_000.0
BODY = b'{"requestId":"123456","image":"/9j/4AAQSkZJRgABAQEAS"}'
SPACED = '{"image": "iVBORw0KGgo=", "requestId": "业务-01"}'.encode()
WITH_SPACE = "application/json; charset=UTF-8"
WITHOUT_SPACE = "application/json;charset=UTF-8"

GATEWAY = Gateway({APP_ID: App((SECRET,))}, lambda: NOW)


def call_with(headers: dict[str, str], *, body: bytes = BODY, path: str = OCR_PATH, query: str = "") -> Call:
    """A call as the server hands it on."""
    return Call("POST", path, query, lower(headers), body)


def message_of(call: Call) -> Any:
    """What the gateway answers to a call that it refuses; None for one that may pass."""
    try:
        GATEWAY.admit(replace(call, body=b""))
        GATEWAY.check_body(call)
    except Rejected as rejected:
        refused = rejected.reply
    else:
        return None
    assert (refused.status, refused.body["success"], refused.body["code"]) == (401, False, 401)
    assert set(refused.body) == {"success", "code", "message"}
    return refused.body["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "date", "signature"),
    [
        (BODY, WITHOUT_SPACE, "", "a5tKVfv3s7at5gFbdqgFIH+VFXjCRNeVwDP+nassmOc="),
        (BODY, WITH_SPACE, "", "qtOXhQtX/1pytAbRril3+5E5Y6i3W0WFWd/AGlZnbJI="),
        (SPACED, WITHOUT_SPACE, "", "ZXRp5TWcKDWpn/C2GB1qiLP30mvDAuRF1xw91vHhuEU="),
        (BODY, WITHOUT_SPACE, "Thu, 11 Jul 2015 15:33:24 GMT", "E4AzV0jiAiJAHPCwYs52TSa+ctyLSUMvBS+bFrH5zIo="),
    ],
    ids=["without a space", "with a space", "Chinese in the body", "with a Date"],
)
def test_the_protocols_own_signatures_pass(body: bytes, content_type: str, date: str, signature: str) -> None:
    """A call that carries a signature from the protocol's table is let in."""
    headers = signed_headers(body, at=NOW, content_type=content_type, date=date)
    assert headers["X-Tsign-Open-Ca-Signature"] == signature
    assert message_of(call_with(headers, body=body)) is None


def test_parameters_are_signed_sorted_and_decoded() -> None:
    """The signed path has its keys in ASCII order, values decoded, and no equals sign without a value."""
    path = "/v3/organizations/identity-info"
    query = f"orgName={quote('某某科技有限公司')}&orgIDCardType="
    assert path_and_parameters(path, query) == f"{path}?orgIDCardType&orgName=某某科技有限公司"


def test_of_a_repeated_parameter_the_first_is_signed() -> None:
    """A repeated key counts once, with its first value."""
    assert path_and_parameters("/a", "k=1&k=2&b=") == "/a?b&k=1"


def test_signed_headers_have_a_line_each() -> None:
    """Headers that the caller names are part of what is signed, in the order named."""
    headers = signed_headers(BODY, at=NOW, extra={"X-Request": "7", "X-Other": "业务"})
    assert message_of(call_with(headers)) is None
    assert message_of(call_with({**headers, "X-Request": "8"})) == "INVALID_SIGNATURE"


@given(st.text(max_size=60), st.text(string.printable.strip(), max_size=20))
def test_whatever_is_signed_honestly_passes(body: str, value: str) -> None:
    """Any body passes with its own signature, also with any parameter in the URL."""
    query = f"note={quote(value)}"
    data = body.encode()
    signed = signed_headers(data, at=NOW, path=path_and_parameters(OCR_PATH, query))
    assert message_of(call_with(signed, body=data, query=query)) is None


@given(st.binary(min_size=1, max_size=60), st.binary(min_size=1, max_size=60))
def test_a_signature_fits_only_the_body_it_was_made_for(signed: bytes, sent: bytes) -> None:
    """Another body than the signed one is refused, with the old digest or with its own."""
    headers = signed_headers(signed, at=NOW)
    expected = None if signed == sent else "INVALID_SIGNATURE"
    assert message_of(call_with(headers, body=sent)) == expected
    assert message_of(call_with({**headers, "Content-MD5": md5_of(sent)}, body=sent)) == expected


def test_a_body_without_its_digest_is_refused() -> None:
    """A signature over no digest would fit any body, so it fits none."""
    headers = signed_headers(b"", at=NOW)
    assert message_of(call_with(headers, body=b"")) is None
    assert message_of(call_with(headers, body=BODY)) == "INVALID_SIGNATURE"


@pytest.mark.parametrize("away", [-901, 901, -(10**9), 10**12])
def test_a_timestamp_over_15_minutes_away_is_refused(away: int) -> None:
    """A stale timestamp is refused, and so is one from the future, however good the signature."""
    assert message_of(call_with(signed_headers(BODY, at=NOW + away))) == "INVALID_TIMESTAMP"


@pytest.mark.parametrize("away", [-899, 0, 899])
def test_a_timestamp_within_15_minutes_passes(away: int) -> None:
    """Clocks may differ by up to 15 minutes, either way."""
    assert message_of(call_with(signed_headers(BODY, at=NOW + away))) is None


@pytest.mark.parametrize("stamp", ["", "now", "1e12", "-1750000000000", "１７５００００００００００", "9" * 5000])
def test_a_timestamp_that_is_no_number_is_refused(stamp: str) -> None:
    """Anything but a plain number of milliseconds is an invalid timestamp."""
    headers = {**signed_headers(BODY, at=NOW), "X-Tsign-Open-Ca-Timestamp": stamp}
    assert message_of(call_with(headers)) == "INVALID_TIMESTAMP"


def test_an_unknown_app_is_told_so_before_anything_else() -> None:
    """The app is checked first: neither path, time nor signature matter for one that is unknown."""
    headers = signed_headers(BODY, app_id="1", at=0)
    assert message_of(call_with(headers)) == "无效的应用"
    assert message_of(call_with(headers, path="/elsewhere")) == "无效的应用"
    assert message_of(call_with({}, path="/elsewhere")) == "无效的应用"


@pytest.mark.parametrize("missing", ["X-Tsign-Open-App-Id", "X-Tsign-Open-Auth-Mode"])
def test_without_app_id_or_mode_the_gateway_asks_for_a_token(missing: str) -> None:
    """A call without the headers of a signature is taken for one that forgot its token."""
    headers = signed_headers(BODY, at=NOW)
    del headers[missing]
    assert message_of(call_with(headers)) == "TOKEN_CANT_BE_NULL"
    assert message_of(call_with({})) == "TOKEN_CANT_BE_NULL"


def test_a_token_that_was_never_issued_is_wrong() -> None:
    """A token is refused as a token is."""
    headers = {"X-Tsign-Open-App-Id": APP_ID, "X-Tsign-Open-Token": "made-up"}
    assert message_of(call_with(headers)) == "TOKEN错误"


@pytest.mark.parametrize("signature", ["", "abc", "签名", "a5tKVfv3s7at5gFbdqgFIH+VFXjCRNeVwDP+nassmOc"])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    """A missing, cut or senseless signature is an invalid one."""
    headers = {**signed_headers(BODY, at=NOW), "X-Tsign-Open-Ca-Signature": signature}
    assert message_of(call_with(headers)) == "INVALID_SIGNATURE"


def test_another_apps_secret_does_not_fit() -> None:
    """A call signed with a secret of another app is refused."""
    assert message_of(call_with(signed_headers(BODY, at=NOW, secret="other"))) == "INVALID_SIGNATURE"


def test_no_repr_shows_a_secret_or_a_body() -> None:
    """What may end in a log holds neither the secret nor the image."""
    call = call_with(signed_headers(BODY, at=NOW))
    assert SECRET not in repr(GATEWAY)
    assert "9j/4AAQ" not in repr(call)


def test_an_empty_value_keeps_its_line() -> None:
    """Absent headers leave their lines empty, and no signed headers leave no line at all."""
    assert string_to_sign(Call("GET", "/a", "", {}, b"")) == "GET\n\n\n\n\n/a"


def test_two_secrets_of_an_app_are_valid_at_once() -> None:
    """While a secret is changed for another, callers may sign with either, and with no third one."""
    gateway = Gateway({APP_ID: App(("new", "old"))}, lambda: NOW)
    for secret in ("new", "old"):
        gateway.admit(call_with(signed_headers(BODY, at=NOW, secret=secret)))
    with pytest.raises(Rejected):
        gateway.admit(call_with(signed_headers(BODY, at=NOW)))


def test_an_address_that_is_not_on_the_list_is_403() -> None:
    """Who has shown to be the app learns that the address is at fault; who has not learns nothing of a list."""
    gateway = Gateway({APP_ID: App((SECRET,), Bounds(allow=(ip_network("192.0.2.0/24"),)))}, lambda: NOW)
    good, bad = (call_with(signed_headers(BODY, at=NOW, secret=secret)) for secret in (SECRET, "wrong"))
    gateway.admit(replace(good, source="192.0.2.1"))
    for call, code, message in ((good, 403, "IP白名单不匹配"), (bad, 401, "INVALID_SIGNATURE")):
        with pytest.raises(Rejected) as refused:
            gateway.admit(replace(call, source="198.51.100.1"))
        body = {"success": False, "code": code, "message": message}
        assert (refused.value.reply.status, refused.value.reply.body) == (code, body)

"""The OAuth token of way 2: what the OCR API answers, and that no error and no log holds the secret or the token."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from requests import Request

from ocr_drop.errors import CredentialsRefused, OcrDropError, TryLater
from ocr_drop.esign import oauth
from ocr_drop.esign.oauth import TokenAuth, fetched
from ocr_drop.model import Credentials, Token

CREDENTIALS = Credentials("7438000001", "s3cret/+&=")
NOW = 1_750_000_000.0
MOMENT = int((NOW + 7200) * 1000)

Serve = Callable[..., str]


@pytest.fixture
def asked() -> list[str]:
    """The targets that were asked for."""
    return []


@pytest.fixture
def serve(asked: list[str]) -> Iterator[Serve]:
    """Starts a server that gives one answer; gives its URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(body: bytes, status: int = 200) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class names it so
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _answer(**data: Any) -> bytes:
    return json.dumps({"code": 0, "message": "成功", "data": data}).encode()


@pytest.mark.parametrize("moment", [MOMENT, str(MOMENT)])
def test_a_token_comes_with_its_end(serve: Serve, asked: list[str], moment: int | str) -> None:
    """The moment is a string on newer pages and a number on older ones; app and secret stand in the query."""
    url = serve(_answer(token="t0ken", expiresIn=moment, refreshToken="r"))
    assert fetched(url, CREDENTIALS, NOW) == Token("t0ken", NOW + 7200)
    parts = urlsplit(asked[0])
    assert parts.path == "/v1/oauth2/access_token"
    assert parse_qs(parts.query) == {
        "appId": ["7438000001"],
        "secret": ["s3cret/+&="],
        "grantType": ["client_credentials"],
    }


def test_no_token_lives_longer_than_two_hours(serve: Serve) -> None:
    """A clock that is ahead over there does not keep a dead token here."""
    assert fetched(serve(_answer(token="t", expiresIn=MOMENT * 2)), CREDENTIALS, NOW).expires_at == NOW + oauth.LIFE


def test_an_unknown_app_is_the_operators(serve: Serve) -> None:
    """HTTP 200 with code 72000032: nothing is tried again until the secret is mended."""
    body = json.dumps({"code": 72000032, "message": "应用停用或应用不存在", "data": None}).encode()
    with pytest.raises(CredentialsRefused, match="72000032"):
        fetched(serve(body), CREDENTIALS, NOW)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>", 502),
        (b"[]", 200),
        (b"", 200),
        (_answer(), 200),
        (_answer(token="", expiresIn=MOMENT), 200),
        (_answer(token="a\nb", expiresIn=MOMENT), 200),
        (_answer(token="t", expiresIn="soon"), 200),
        (_answer(token="t", expiresIn=MOMENT), 500),
        (json.dumps({"code": 1, "data": {}}).encode(), 200),
        (b"\xff" * 9, 200),
    ],
)
def test_anything_else_is_tried_later(serve: Serve, body: bytes, status: int) -> None:
    """No token was made and none is billed: the upload waits a little."""
    with pytest.raises(TryLater) as raised:
        fetched(serve(body, status), CREDENTIALS, NOW)
    assert raised.value.code == "token_unavailable"


def test_neither_errors_nor_logs_hold_the_secret(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even urllib3's own log at the lowest level, which tells of URLs."""
    caplog.set_level(logging.DEBUG)
    for url in ("http://127.0.0.1:1", "http://no-such-host.invalid", serve(b"{", 200), serve(_answer(), 500)):
        with pytest.raises(OcrDropError) as raised:
            fetched(url, CREDENTIALS, NOW)
        chain = [raised.value, raised.value.__cause__]
        assert not any("s3cret" in repr(error) + str(error) for error in chain)
    assert "s3cret" not in caplog.text


def test_the_token_goes_into_its_header_and_into_no_repr() -> None:
    """Way 2 needs two headers, and none of way 1."""
    request = Request("POST", "https://ocr.example/x", auth=TokenAuth("7438000001", "t0ken")).prepare()
    assert dict(request.headers) == {
        "Content-Length": "0",
        "X-Tsign-Open-App-Id": "7438000001",
        "X-Tsign-Open-Token": "t0ken",
    }
    assert "t0ken" not in repr(TokenAuth("1", "t0ken")) + repr(Token("t0ken", 1.0))

"""One call of the OCR API: what surely was not sent, what may have been paid for, and that it goes out once."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from ocr_drop.errors import NotSent, OcrDropError, OutcomeUnknown
from ocr_drop.esign.client import PATH, OcrApi
from ocr_drop.esign.signing import SignatureAuth
from ocr_drop.model import Credentials

AUTH = SignatureAuth(Credentials("7438000001", "s3cret"), lambda: 1.5)
IMAGE = b"\x89PNG" * 50_000


def _answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], tuple[str, list[int]]]]:
    """Start a server of bare sockets: gives its URL and a list that grows by one for each connection."""
    stopped: list[tuple[socket.socket, threading.Thread]] = []

    def start(behave: Callable[[socket.socket], None]) -> tuple[str, list[int]]:
        listener, connections = socket.create_server(("127.0.0.1", 0)), []

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connections.append(1)
                with connection:
                    behave(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        stopped.append((listener, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}", connections

    yield start
    for listener, thread in stopped:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _drop_before_reading(connection: socket.socket) -> None:
    connection.recv(1)


def _drop_after_reading(connection: socket.socket) -> None:
    _read_request(connection)


def _reset_after_reading(connection: socket.socket) -> None:
    _read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def _drop_in_the_answer(connection: socket.socket) -> None:
    _read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def _say_nothing(connection: socket.socket) -> None:
    _read_request(connection)
    connection.settimeout(5)
    connection.recv(1)


def _speak_no_http(connection: socket.socket) -> None:
    _read_request(connection)
    connection.sendall(b"SSH-2.0-x\r\n\r\n")


@pytest.mark.parametrize(
    "behave",
    [
        _drop_before_reading,
        _drop_after_reading,
        _reset_after_reading,
        _drop_in_the_answer,
        _say_nothing,
        _speak_no_http,
    ],
)
def test_what_ends_after_the_connection_stood_is_unknown_and_sent_once(serve, behave) -> None:
    """Once there was a connection the call may have been billed: one connection, one failure, no second try."""
    url, connections = serve(behave)
    with pytest.raises(OutcomeUnknown) as raised:
        OcrApi(url).send(IMAGE, "id", AUTH, timeout=0.5)
    assert len(connections) == 1
    assert raised.value.code == "no_answer"


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:1", "http://no-such-host.invalid", "https://no-such-host.invalid"]
)
def test_what_never_had_a_connection_was_not_sent(endpoint: str) -> None:
    """Connection refused and unknown host cost nothing, and are told apart from all else."""
    with pytest.raises(NotSent):
        OcrApi(endpoint).send(IMAGE, "id", AUTH)


def test_a_redirect_is_not_followed(serve) -> None:
    """Signature headers never go to another host."""
    elsewhere, others = serve(_drop_after_reading)

    def redirect(connection: socket.socket) -> None:
        _read_request(connection)
        connection.sendall(_answer(b"", "307 Temporary Redirect", f"Location: {elsewhere}{PATH}"))

    url, _ = serve(redirect)
    assert OcrApi(url).send(IMAGE, "id", AUTH).status == 307
    assert others == []


def test_each_call_has_a_connection_of_its_own(serve) -> None:
    """No pooled connection can have died unnoticed while the environment was frozen."""

    def answer(connection: socket.socket) -> None:
        _read_request(connection)
        connection.sendall(_answer(b'{"code": 0, "data": {}}'))

    url, connections = serve(answer)
    api = OcrApi(url)
    for _ in range(2):
        api.send(IMAGE, "id", AUTH)
    assert len(connections) == 2


def test_what_goes_out_is_what_the_api_asks_for(serve) -> None:
    """Method, path, headers and body are the protocol's."""
    seen: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        seen.append(_read_request(connection))
        connection.sendall(_answer(b'{"code": 0, "data": {"verifyId": "v"}}'))

    url, _ = serve(answer)
    reply = OcrApi(url).send(b"abc", "id", AUTH)
    assert (reply.status, reply.body) == (200, b'{"code": 0, "data": {"verifyId": "v"}}')
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert lines[0] == "POST /v2/identity/auth/api/ocr/generalcharacters HTTP/1.1"
    assert json.loads(body) == {"image": "YWJj", "requestId": "id"}
    assert headers["Accept"] == "*/*"
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["X-Tsign-Open-Ca-Timestamp"] == "1500"
    assert headers["X-Tsign-Open-App-Id"] == "7438000001"


@pytest.mark.parametrize("behave", [_drop_after_reading, _speak_no_http])
def test_no_failure_shows_what_was_sent(serve, behave) -> None:
    """Neither the failure nor what is chained to it holds the secret or the image."""
    url, _ = serve(behave)
    with pytest.raises(OcrDropError) as raised:
        OcrApi(url).send(b"canary", "id", AUTH)
    error: BaseException | None = raised.value
    assert error is not None
    assert error.__suppress_context__
    assert "s3cret" not in repr(error)
    assert "Y2FuYXJ5" not in repr(error)

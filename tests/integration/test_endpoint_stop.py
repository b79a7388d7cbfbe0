"""A stop of the endpoint: what the engine has is waited for, clients only for a little."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from caller import OCR_PATH, signed_headers
from endpoint_served import BODY, Served, fill, serving, until
from ocr_endpoint import bodies, patience

HEADERS = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(BODY).items())
HEAD = f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n{HEADERS}\r\n".encode()


def connected(served: Served) -> socket.socket:
    """A connection to it."""
    return socket.create_connection(("127.0.0.1", served.port), timeout=10)


def stop(served: Served) -> None:
    """Tell it to stop, and wait until it takes nobody new."""
    assert served.server is not None
    served.server.should_exit = True
    until(lambda: served.server and not any(each.is_serving() for each in served.server.servers))


def test_a_slow_body_does_not_hold_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is still sending shortly after it is asked to come again, while the engine goes on for who is inside."""
    monkeypatch.setattr(bodies, "LAST_SECONDS", 0.1)
    with serving() as served, ThreadPoolExecutor(1) as callers, connected(served) as slow:
        served.gate.clear()
        inside = callers.submit(served.post)
        until(lambda: served.begun)
        slow.sendall(HEAD + BODY[:-1])
        until(lambda: served.metric("ocr_endpoint_receiving") == 1)
        stop(served)
        answer = slow.makefile("rb").read().lower()
        assert answer.startswith(b"http/1.1 429")
        assert b"\r\nretry-after: " in answer
        assert not inside.done()
        served.gate.set()
        assert inside.result().json()["code"] == 0


def test_a_body_that_is_nearly_there_is_still_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends shortly after a stop is read and answered."""
    monkeypatch.setattr(bodies, "LAST_SECONDS", 20)
    with serving() as served, connected(served) as slow:
        slow.sendall(HEAD + BODY[:-1])
        until(lambda: served.metric("ocr_endpoint_receiving") == 1)
        stop(served)
        slow.sendall(BODY[-1:])
        assert b'"code":0' in slow.makefile("rb").read()


@pytest.mark.parametrize("start", [b"", b"POST ", HEAD[:-2]], ids=["nothing", "a word", "all but the end"])
def test_who_has_not_sent_a_head_is_hung_up_on_at_once(start: bytes) -> None:
    """A connection without a request has nothing to lose."""
    with serving() as served, connected(served) as idle, connected(served) as witness:
        idle.sendall(start)
        witness.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert witness.recv(1000).startswith(b"HTTP/1.1 200")
        stop(served)
        assert idle.recv(1) == b""


def test_who_comes_in_as_the_stop_comes_does_not_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was accepted but not yet known when all were told is answered once, or soon hung up on."""
    monkeypatch.setattr(patience, "LAST_SECONDS", 0.1)
    with serving() as served, connected(served) as first:
        first.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert first.recv(1000).startswith(b"HTTP/1.1 200")
        assert served.server is not None
        served.server.lifespan.state[patience.STOPPING].set()
        with connected(served) as silent, connected(served) as late:
            late.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert late.makefile("rb").read().endswith(b'{"status":"ok"}')
            assert silent.recv(1) == b""


def test_who_does_not_read_does_not_hold_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that asks and takes no answer is hung up on a little after the stop."""
    monkeypatch.setattr(patience, "LAST_SECONDS", 0.1)
    with serving() as served, connected(served) as deaf:
        fill(deaf)
        stop(served)
        until(lambda: served.server and not served.server.server_state.connections)

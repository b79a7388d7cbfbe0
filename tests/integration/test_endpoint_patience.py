"""Slow and half-open clients of the endpoint: each gets its time, and harms nobody."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from caller import OCR_PATH, signed_headers
from endpoint_served import BODY, Served, fill, serving, until
from ocr_endpoint import bodies
from ocr_endpoint.patience import PatientProtocol


class Hasty(PatientProtocol):
    """A connection whose client has little time."""

    seconds = 0.4


@pytest.fixture
def served() -> Iterator[Served]:
    """The endpoint, for clients that have little time."""
    with serving(protocol=Hasty) as endpoint:
        yield endpoint


def connected(served: Served) -> socket.socket:
    """A connection to it."""
    return socket.create_connection(("127.0.0.1", served.port), timeout=10)


def is_dropped(client: socket.socket) -> bool:
    """Whether the endpoint has ended the connection; waits for a byte otherwise."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def taken(client: socket.socket, data: bytes) -> bool:
    """Whether a connection still takes bytes."""
    try:
        client.sendall(data)
    except (ConnectionResetError, BrokenPipeError):
        return False
    return True


@pytest.mark.parametrize("start", [b"", b"POST ", b"GET /health HTTP/1.1\r\nHost: x\r\n"])
def test_who_does_not_send_a_whole_head_is_hung_up_on(served: Served, start: bytes) -> None:
    """A client has its seconds for the head of a request, whatever part of it has come."""
    with connected(served) as client:
        client.sendall(start)
        assert is_dropped(client)


def test_headers_by_drops_gain_no_time(served: Served) -> None:
    """Bytes that trickle in do not begin the time anew, also not on a connection that was served before."""
    with connected(served) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        client.sendall(b"GET /health HTTP/1.1\r\n")
        until(lambda: not taken(client, b"X-Slow: 1\r\n"))


def test_a_body_that_does_not_come_is_408(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body has its seconds as well; then the caller is told so, and the connection ends."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(BODY).items())
    with connected(served) as client:
        start = f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n{headers}\r\n"
        client.sendall(start.encode() + BODY[:-1])
        answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":408' in answer


def test_who_never_reads_is_hung_up_on(served: Served) -> None:
    """A client that asks and asks and takes no answer has its seconds too; others are served meanwhile."""
    with connected(served) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(0.05)

        def goes_on() -> bool:
            try:
                return taken(client, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
            except TimeoutError:
                return True

        until(lambda: not goes_on())
        assert served.post().status_code == 200


def test_a_slow_engine_is_not_the_clients_fault(served: Served) -> None:
    """Whoever has sent all and waits for the answer is not hung up on, however long it takes."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(BODY).items())
    head = f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n{headers}\r\n"
    served.gate.clear()
    with connected(served) as client:
        client.sendall(head.encode() + BODY)
        until(lambda: served.begun)
        for _ in range(3):
            with connected(served) as silent:
                assert is_dropped(silent)  # so its time has gone by once more
        served.gate.set()
        assert b'"code":0' in client.makefile("rb").read()


def test_a_slow_body_gives_way_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many bodies are coming in, who has been slow for longest is told so, and the next caller is served."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(BODY).items())
    head = f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(BODY)}\r\n{headers}\r\n".encode()
    monkeypatch.setattr(bodies, "MOST_BODIES", 3)
    with serving() as served, ExitStack() as open_ones:
        slow = [open_ones.enter_context(connected(served)) for _ in range(bodies.MOST_BODIES)]
        for number, client in enumerate(slow, start=1):
            client.sendall(head + BODY[:-1])
            until(lambda number=number: served.metric("ocr_endpoint_receiving") == number)
        assert served.post().status_code == 429
        monkeypatch.setattr(bodies, "SLOW_SECONDS", 0)
        assert served.post().status_code == 200
        assert slow[0].makefile("rb").read().startswith(b"HTTP/1.1 408")
        slow[1].sendall(BODY[-1:])
        assert slow[1].recv(100).startswith(b"HTTP/1.1 200")


def test_half_open_clients_leave_room_for_others() -> None:
    """Where connections run out, the one that has said nothing for longest goes, and the next caller is served."""

    class Few(PatientProtocol):
        most = 20

    with serving(protocol=Few) as served, ExitStack() as open_ones:
        silent = [open_ones.enter_context(connected(served)) for _ in range(Few.most)]
        assert served.post().status_code == 200
        assert is_dropped(silent[0])
        silent[1].sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert silent[1].recv(100).startswith(b"HTTP/1.1 200")


def test_clients_that_do_not_read_leave_room_for_others() -> None:
    """Where connections run out, one that takes no answer goes as well as one that says nothing."""

    class Few(PatientProtocol):
        most = 3

    with serving(protocol=Few) as served, ExitStack() as open_ones:
        deaf = [open_ones.enter_context(connected(served)) for _ in range(Few.most)]
        for client in deaf:
            fill(client)
        assert served.post().status_code == 200


def test_hundreds_of_half_open_clients_harm_nobody() -> None:
    """With 450 of them, heads and bodies begun and not ended, a caller is served as ever."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in signed_headers(BODY).items())
    with serving() as served, ExitStack() as open_ones:
        for number in range(450):
            client = open_ones.enter_context(connected(served))
            client.sendall(b"POST " if number % 9 else f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\n{headers}".encode())
        assert served.post().status_code == 200

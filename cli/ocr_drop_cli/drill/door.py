"""A door before the OCR API: it counts who goes through, and can be held, half closed, or gone."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Reply = tuple[int, dict[str, str], bytes]

_HOP = ("host", "connection", "transfer-encoding", "content-length")


class Door:
    """Passes calls on to the OCR API at `behind`, until told otherwise. `url` stays the same all the time."""

    def __init__(self) -> None:
        self.behind = ""
        self.answered = 0
        """Calls that the OCR API answered with a result: those that are paid for."""
        self.refused = 0
        """Calls that were turned away: they cost nothing."""
        self.most_at_a_time = 0
        self._at_a_time = 0
        self._arrivals = 0
        self._lock = threading.Lock()
        self._refuse: Callable[[int], Reply | None] = lambda _: None
        self._hold: Callable[[], None] = _pass
        self._server = self._open(0)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Nobody listens any more."""
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def gone(self) -> Iterator[None]:
        """For a while connections are refused, as when the OCR API is down."""
        port = int(self._server.server_address[1])
        self.close()
        try:
            yield
        finally:
            self._server = self._open(port)

    @contextmanager
    def storm(self, through: int) -> Iterator[None]:
        """For a while only one call in `through` goes through; the others are told to slow down."""
        body = json.dumps({"code": 429, "message": "too many requests", "data": None}).encode()
        slow_down: Reply = 429, {"Content-Type": "application/json", "Retry-After": "1"}, body
        self._refuse = lambda number: None if number % through == 0 else slow_down
        try:
            yield
        finally:
            self._refuse = lambda _: None

    def hold_next(self) -> tuple[threading.Event, threading.Event]:
        """The next answer is held: the first event tells that it is there, the second lets it go."""
        there, release = threading.Event(), threading.Event()

        def hold() -> None:
            there.set()
            release.wait(30)

        self._hold = hold
        return there, release

    def _open(self, port: int) -> ThreadingHTTPServer:
        server = _Server(("127.0.0.1", port), _handler(self._take))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server

    def _take(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        with self._lock:
            self._arrivals += 1
            refusal = self._refuse(self._arrivals)
            self._at_a_time += 1
            self.most_at_a_time = max(self.most_at_a_time, self._at_a_time)
        try:
            reply = refusal or self._pass_on(path, headers, body)
            with self._lock:
                if _is_result(reply):
                    self.answered += 1
                else:
                    self.refused += 1
                hold, self._hold = self._hold, _pass
            hold()
            return reply
        finally:
            with self._lock:
                self._at_a_time -= 1

    def _pass_on(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.behind).netloc, timeout=60)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return answer.status, kept, answer.read()
        finally:
            connection.close()


def _pass() -> None:
    """Hold nothing."""


def _is_result(reply: Reply) -> bool:
    if reply[0] != 200:
        return False
    try:
        return bool(json.loads(reply[2])["code"] == 0)
    except (ValueError, TypeError, KeyError):
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A caller that was killed is what a drill is about: no word of it."""


def _handler(take: Callable[[str, dict[str, str], bytes], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            status, kept, content = take(self.path, headers, body)
            with suppress(OSError):  # the caller may be dead by now
                self.send_response(status)
                for name, value in {**kept, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002, ARG002 - the base class names it so
            return

    return Handler

"""The endpoint over real HTTP on this machine, with a stand-in for the engine that can be held."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import uvicorn

from caller import APP_ID, OCR_PATH, SECRET, signed_headers
from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import App, Apps
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.page import Line, Page
from ocr_endpoint.patience import PatientProtocol
from ocr_endpoint.server import application

PAGE = Page(200, 100, 0.0, (Line("合同", ((1, 2), (50, 2), (50, 20), (1, 20))),))
BODY = json.dumps({"image": base64.b64encode(b"pixels").decode()}).encode()


@dataclass
class Served:
    """A running endpoint; while `gate` is closed, its engine holds every image."""

    port: int = 0
    gate: threading.Event = field(default_factory=threading.Event)
    begun: int = 0
    server: uvicorn.Server | None = None

    def recognize(self, _: bytes) -> Page:
        """Stand in for the engine."""
        self.begun += 1
        assert self.gate.wait(20)
        return PAGE

    def url(self, path: str = OCR_PATH) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}{path}"

    def post(self, body: bytes = BODY, **how: Any) -> requests.Response:
        """A signed call."""
        return requests.post(self.url(), data=body, headers=signed_headers(body, **how), timeout=20)

    def metric(self, name: str) -> float:
        """One of its metrics, 0 if it has not been counted."""
        lines = requests.get(self.url("/metrics"), timeout=20).text.splitlines()
        return next((float(line.split()[-1]) for line in lines if line.startswith(name + " ")), 0.0)


def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition, at most ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come true within ten seconds"
        threading.Event().wait(0.01)


def fill(client: socket.socket) -> None:
    """Ask over a connection and take no answer, until nothing more can be asked."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(0.2)

    def is_full() -> bool:
        try:
            client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 10_000)
        except TimeoutError:
            return True
        return False

    until(is_full)


@contextmanager
def serving(
    *, apps: Apps | None = None, protocol: type[PatientProtocol] = PatientProtocol, **bounds: int
) -> Iterator[Served]:
    """The endpoint on a free port of 127.0.0.1, its engine's gate open."""
    endpoint = Served()
    endpoint.gate.set()
    api = OcrApi(Gateway(apps or {APP_ID: App((SECRET,))}), endpoint.recognize)
    app = application(api, **bounds)
    config = uvicorn.Config(app, http=protocol, log_level="critical", lifespan="off", timeout_graceful_shutdown=20)
    endpoint.server = server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        endpoint.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until(lambda: server.started)
        try:
            yield endpoint
        finally:
            endpoint.gate.set()
            server.should_exit = True
            thread.join(30)

"""The endpoint over real HTTP, with a stand-in for the engine: what any client may send, and a bounded queue."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import uvicorn

from caller import APP_ID, OCR_PATH, SECRET, signed_headers
from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import App
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.page import Line, Page
from ocr_endpoint.server import application
from ocr_endpoint.settings import WAITING, WORKERS

PAGE = Page(200, 100, 0.0, (Line("合同", ((1, 2), (50, 2), (50, 20), (1, 20))),))
BODY = json.dumps({"image": base64.b64encode(b"pixels").decode()}).encode()


@dataclass
class Served:
    """A running endpoint; while `gate` is closed, its engine holds every image."""

    port: int = 0
    gate: threading.Event = field(default_factory=threading.Event)
    begun: int = 0

    def recognize(self, _: bytes) -> Page:
        """Stand in for the engine."""
        self.begun += 1
        assert self.gate.wait(20)
        return PAGE

    def url(self, path: str = OCR_PATH) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}{path}"

    def post(self, body: bytes = BODY) -> requests.Response:
        """A signed call."""
        return requests.post(self.url(), data=body, headers=signed_headers(body), timeout=20)


def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition, at most ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come true within ten seconds"
        threading.Event().wait(0.01)


@pytest.fixture
def served() -> Iterator[Served]:
    """The endpoint on a free port of 127.0.0.1, its engine's gate open."""
    endpoint = Served()
    endpoint.gate.set()
    app = application(OcrApi(Gateway({APP_ID: App((SECRET,))}), endpoint.recognize))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        until(lambda: server.started)
        yield endpoint
        endpoint.gate.set()
        server.should_exit = True
        thread.join(10)


def test_a_signed_call_is_answered(served: Served) -> None:
    """A client that signs as the protocol says gets JSON in UTF-8 with the text."""
    reply = served.post()
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert reply.json()["data"]["textDetections"][0]["detectedText"] == "合同"


def test_a_refusal_looks_like_the_vendors(served: Served) -> None:
    """A 401 carries no Content-Type, as the vendor's does not, and tells how long it took."""
    reply = requests.post(served.url("/nowhere"), timeout=20)
    assert (reply.status_code, reply.json()) == (401, {"success": False, "code": 401, "message": "无效的应用"})
    assert "Content-Type" not in reply.headers
    assert reply.headers["x-tsign-elapse-time"].isdigit()


def test_health_needs_no_signature(served: Served) -> None:
    """GET /health answers as soon as the endpoint is up."""
    assert requests.get(served.url("/health"), timeout=20).json() == {"status": "ok"}


@pytest.mark.parametrize("size", [4_000_000, 20_000_000])
def test_a_body_far_too_large_is_refused(served: Served, size: int) -> None:
    """A body that can hold no allowed image is answered 413 with the vendor's code, before anything is checked."""
    reply = requests.post(served.url(), data=bytes(size), timeout=20)
    assert (reply.status_code, reply.json()["code"]) == (413, 30500101)
    assert served.begun == 0


def test_a_full_queue_asks_to_come_again(served: Served) -> None:
    """Two images are read, eight wait, whoever else comes gets 429 with Retry-After; the ten are answered."""
    served.gate.clear()
    with ThreadPoolExecutor(WORKERS + WAITING + 3) as callers:
        calls = [callers.submit(served.post) for _ in range(WORKERS + WAITING + 3)]
        until(lambda: sum(call.done() for call in calls) == 3)
        refused = [call.result() for call in calls if call.done()]
        served.gate.set()
        answered = [call.result() for call in calls]
    assert [(reply.status_code, reply.json()["code"]) for reply in refused] == [(429, 429)] * 3
    assert all(reply.headers["Retry-After"].isdigit() for reply in refused)
    assert sum(reply.status_code == 200 for reply in answered) == served.begun == WORKERS + WAITING
    assert served.post().status_code == 200


def test_health_answers_while_the_engine_is_busy(served: Served) -> None:
    """Work of the engine does not hold up anybody who asks for something else."""
    served.gate.clear()
    with ThreadPoolExecutor(1) as callers:
        call = callers.submit(served.post)
        until(lambda: served.begun)
        assert requests.get(served.url("/health"), timeout=5).ok
        served.gate.set()
        assert call.result().status_code == 200


def test_a_client_that_goes_away_harms_nobody(served: Served) -> None:
    """A connection that ends in the middle of its body leaves the next caller served."""
    with socket.create_connection(("127.0.0.1", served.port)) as half:
        half.sendall(f"POST {OCR_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{{".encode())
    assert served.post().status_code == 200
    assert served.begun == 1

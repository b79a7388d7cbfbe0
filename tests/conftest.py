"""OCR APIs that do what a test tells them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from world import OcrApiStandIn

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser, where one is installed; nothing is ever downloaded."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("needs Chromium: apt install chromium, or Google Chrome")
    from playwright.sync_api import sync_playwright  # a second that only these tests need

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def ocr() -> Iterator[OcrApiStandIn]:
    """An OCR API on 127.0.0.1 whose answers the test decides."""
    with serving_at(OcrApiStandIn()) as api:
        yield api


@pytest.fixture(scope="session")
def serving() -> Callable[[OcrApiStandIn], AbstractContextManager[OcrApiStandIn]]:
    """The same for a stand-in of a test's own, for as long as it wants."""
    return serving_at


@contextmanager
def serving_at(api: OcrApiStandIn) -> Iterator[OcrApiStandIn]:
    """Serve a stand-in on a free port of this machine, and tell it its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = api.take(body, self.headers["X-Tsign-Open-App-Id"])
            if isinstance(reply, Exception):
                self.connection.close()
                return
            status, headers, content = reply
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class names it so
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # a dropped connection is what the test asked for
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield api
    server.shutdown()
    server.server_close()

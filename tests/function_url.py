"""Events of a Function URL and an HTTP API as AWS makes them, and a door of HTTP before a function that takes them."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import urlsplit

LIMIT = 6 * 2**20
TEXT = ("text/", "application/json", "application/xml", "application/javascript")


class Invoked(Protocol):
    """An environment, or what stands for one."""

    def invoke(self, event: Any) -> Any:
        """What the function answers to an event."""


def function_url_event(method: str, target: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The event of a Function URL; header names in lower case, a body that is not known as text in Base64."""
    lower = {name.lower(): value for name, value in headers.items()}
    url, is_text = urlsplit(target), lower.get("content-type", "").startswith(TEXT)
    host = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": url.path,
        "rawQueryString": url.query,
        "headers": {**lower, "host": host, "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": host.partition(".")[0],
            "domainName": host,
            "http": {"method": method, "path": url.path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "requestId": "5a1d5a7c-0000-4000-8000-000000000000",
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": not is_text,
    }
    if body:
        # what AWS makes of a text that is none is not known; this loses the most
        event["body"] = body.decode(errors="replace") if is_text else base64.b64encode(body).decode()
    return event


def http_api_event(method: str, target: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The event of an HTTP API with payload 2.0 and a greedy route: it differs in its route and its context."""
    event = function_url_event(method, target, headers, body)
    context = {
        **event["requestContext"],
        "accountId": "123456789012",
        "apiId": "a1b2c3d4e5",
        "routeKey": "ANY /{proxy+}",
    }
    return {
        **event,
        "routeKey": "ANY /{proxy+}",
        "requestContext": context,
        "pathParameters": {"proxy": event["rawPath"].lstrip("/")},
    }


@contextmanager
def function_url(environment: Invoked) -> Iterator[str]:
    """A URL of this machine that leads to one environment, as a Function URL with a concurrency of 1 does."""
    turn = threading.Lock()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("do_"):
                raise AttributeError(name)
            return self._pass_on

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            event = function_url_event(self.command, self.path, dict(self.headers.items()), body)
            if len(json.dumps(event)) > LIMIT:
                self._answer({"statusCode": 413, "body": '{"Message":"Request must be smaller than 6291456 bytes"}'})
            elif turn.acquire(blocking=False):
                try:
                    answer = environment.invoke(event)
                finally:
                    turn.release()  # before the answer: whoever has it may call again at once
                self._answer(answer)
            else:
                self._answer({"statusCode": 429, "body": '{"Reason":"ConcurrentInvocationLimitExceeded"}'})

        def _answer(self, answer: dict[str, Any]) -> None:
            body = answer["body"].encode()
            self.send_response(answer["statusCode"])
            # where no type is named, Lambda names one
            headers = {"content-type": "application/json", **answer.get("headers", {})}
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()

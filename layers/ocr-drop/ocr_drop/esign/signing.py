"""Way 1 of the OCR API: the request signature. Pure: the clock is a parameter, the bytes are those that go out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

from ocr_drop.model import Credentials

ACCEPT = "*/*"
CONTENT_TYPE = "application/json;charset=UTF-8"


def content_md5(body: bytes) -> str:
    """Base64 of the body's 16 raw MD5 bytes, empty for no body."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode() if body else ""


def path_and_parameters(path: str, query: str = "") -> str:
    """The path with its parameters as they are signed.

    Keys stand in ASCII order with their values not URL-encoded; an empty value leaves the key alone;
    of a repeated key the first value counts. `query` is URL-encoded, as in the URL.
    """
    parameters: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(key, value)
    pairs = [f"{key}={value}" if value else key for key, value in sorted(parameters.items())]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def string_to_sign(
    method: str,
    target: str,
    *,
    accept: str = ACCEPT,
    md5: str = "",
    content_type: str = CONTENT_TYPE,
    date: str = "",
    signed_headers: Mapping[str, str] | None = None,
) -> str:
    """What is signed, line by line; `target` is `path_and_parameters`, an empty value keeps its line."""
    lines = [method.upper(), accept, md5, content_type, date]
    lines += [f"{name}:{value}" for name, value in (signed_headers or {}).items()]
    return "\n".join([*lines, target])


def signature(secret: str, text: str) -> str:
    """Base64 of the HMAC-SHA256 of a string to sign."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


@dataclass(frozen=True)
class SignatureAuth(AuthBase):
    """Signs a prepared request, whatever its body, headers and parameters are by then."""

    credentials: Credentials
    clock: Callable[[], float] = time.time

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the five headers of way 1; signing again replaces them."""
        body = request.body or b""
        url = urlsplit(str(request.url))
        headers = request.headers
        headers.setdefault("Accept", ACCEPT)
        headers.setdefault("Content-Type", CONTENT_TYPE)
        headers["Content-MD5"] = content_md5(body.encode() if isinstance(body, str) else body)
        text = string_to_sign(
            str(request.method),
            path_and_parameters(url.path, url.query),
            accept=headers["Accept"],
            md5=headers["Content-MD5"],
            content_type=headers["Content-Type"],
            date=headers.get("Date", ""),
        )
        headers["X-Tsign-Open-App-Id"] = self.credentials.app_id
        headers["X-Tsign-Open-Auth-Mode"] = "Signature"
        headers["X-Tsign-Open-Ca-Timestamp"] = str(int(self.clock() * 1000))
        headers["X-Tsign-Open-Ca-Signature"] = signature(self.credentials.secret, text)
        return request

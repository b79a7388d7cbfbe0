"""What a caller must have signed, from a call byte for byte as it came. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, unquote

from ocr_endpoint.calls import Call


def string_to_sign(call: Call) -> str:
    """What the caller must have signed, from the headers byte for byte as sent."""
    headers = call.headers
    names = [name.strip() for name in headers.get("x-tsign-open-ca-signature-headers", "").split(",") if name.strip()]
    return "\n".join(
        [
            call.method.upper(),
            headers.get("accept", ""),
            headers.get("content-md5", ""),
            headers.get("content-type", ""),
            headers.get("date", ""),
            *(f"{name}:{headers.get(name.lower(), '')}" for name in names),
            path_and_parameters(call.path, call.query),
        ]
    )


def path_and_parameters(path: str, query: str) -> str:
    """Path and sorted parameters as they are signed: decoded, the first of a repeated key, no `=` without a value."""
    parameters: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(key, value)
    pairs = [f"{key}={value}" if value else key for key, value in sorted(parameters.items())]
    return unquote(path) + ("?" + "&".join(pairs) if pairs else "")


def is_signed_with(secret: str, call: Call) -> bool:
    """Whether the call carries the signature that this secret makes of it."""
    expected = base64.b64encode(hmac.digest(secret.encode(), _bytes(string_to_sign(call)), "sha256"))
    return hmac.compare_digest(expected, _bytes(call.headers.get("x-tsign-open-ca-signature", "")))


def is_digest_of(content_md5: str, body: bytes) -> bool:
    """Whether a Content-MD5 is that of a body; that of no body is empty."""
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()) if body else b""
    return hmac.compare_digest(digest, _bytes(content_md5))


def _bytes(text: str) -> bytes:
    # a JSON event may carry half of a surrogate pair, which no encoding has
    return text.encode("utf-8", "replace")

"""A caller of the OCR API who signs on their own, from the protocol alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

OCR_PATH = "/v2/identity/auth/api/ocr/generalcharacters"
APP_ID = "7438000001"
SECRET = "dummysecret"


def md5_of(body: bytes) -> str:
    """The Content-MD5 of a body; nothing for no body."""
    return base64.b64encode(hashlib.md5(body).digest()).decode() if body else ""


def sign(text: str, secret: str = SECRET) -> str:
    """The signature of a string to sign."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def signed_headers(
    body: bytes,
    *,
    path: str = OCR_PATH,
    method: str = "POST",
    secret: str = SECRET,
    app_id: str = APP_ID,
    at: float | None = None,
    content_type: str = "application/json;charset=UTF-8",
    date: str = "",
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """All headers of a signed call; `extra` are headers that are signed too."""
    extra = extra or {}
    lines = [method, "*/*", md5_of(body), content_type, date, *(f"{k}:{v}" for k, v in extra.items()), path]
    headers = {
        "X-Tsign-Open-App-Id": app_id,
        "X-Tsign-Open-Auth-Mode": "Signature",
        "X-Tsign-Open-Ca-Timestamp": str(int((time.time() if at is None else at) * 1000)),
        "X-Tsign-Open-Ca-Signature": sign("\n".join(lines), secret),
        "Accept": "*/*",
        "Content-Type": content_type,
        "Content-MD5": md5_of(body),
        **extra,
    }
    if date:
        headers["Date"] = date
    if extra:
        headers["X-Tsign-Open-Ca-Signature-Headers"] = ",".join(extra)
    return headers


def lower(headers: Mapping[str, str]) -> dict[str, Any]:
    """Headers as a server keeps them."""
    return {name.lower(): value for name, value in headers.items()}

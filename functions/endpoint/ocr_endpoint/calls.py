"""The nouns of a served call: what came in, what goes back, and a no with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OCR_PATH = "/v2/identity/auth/api/ocr/generalcharacters"

COME_AGAIN_SECONDS = 2


@dataclass(frozen=True)
class Call:
    """One HTTP request as it arrived: `path` and `query` still URL-encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    source: str = ""
    """The caller's IP address."""


@dataclass(frozen=True)
class Reply:
    """One answer: HTTP status, JSON body, and headers beyond the usual."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


class Answered(Exception):
    """The call has its answer, and needs no engine; `reply` is that answer, in the vendor's shape."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body.get("message"))
        self.reply = reply


class Rejected(Answered):
    """The call is answered with a no."""


def no_access(message: str, *, code: int = 401) -> Rejected:
    """The gateway's no: its code is the HTTP status too, and there is no `data` at all."""
    return Rejected(Reply(code, {"success": False, "code": code, "message": message}))


def refusal(code: int, message: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Rejected:
    """The business's no: its code decides, whatever the HTTP status is."""
    return Rejected(Reply(status, {"code": code, "message": message, "data": None}, headers or {}))


def busy(seconds: int = COME_AGAIN_SECONDS) -> Rejected:
    """Too many calls: come again after so many seconds."""
    return refusal(429, "请求过于频繁,请稍后再试", status=429, headers={"Retry-After": str(seconds)})

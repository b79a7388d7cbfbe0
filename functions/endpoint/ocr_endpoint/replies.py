"""An answer as bytes and headers, the same whatever carries it. Pure."""

from __future__ import annotations

import json

from ocr_endpoint.calls import Reply


def content_of(reply: Reply) -> bytes:
    """The body of an answer: JSON in UTF-8."""
    return json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(reply: Reply, seconds: float) -> dict[str, str]:
    """The headers of an answer that took so long."""
    # the vendor's gateway sends its 401 without a Content-Type, so clients had better not need one
    kind = {} if reply.status == 401 else {"content-type": "application/json;charset=UTF-8"}
    return {**kind, "x-tsign-elapse-time": str(round(seconds * 1000)), **reply.headers}

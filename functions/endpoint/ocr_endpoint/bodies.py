"""The body of a request: read whole, or given up as soon as it is known to be too large or too slow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request

from ocr_endpoint.calls import refusal
from ocr_endpoint.intake import MAX_BODY_BYTES, PARAMETER, TOO_LARGE

BODY_SECONDS = 30.0


def check_length(headers: Mapping[str, str]) -> None:
    """Raise Rejected (413) for a body that says beforehand that it is too large."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > MAX_BODY_BYTES:
        raise refusal(PARAMETER, TOO_LARGE, status=413)


async def read_body(request: Request) -> bytes:
    """All of the body; raises Rejected (413, 408) where it does not end within the limit, and ClientDisconnect."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise refusal(PARAMETER, TOO_LARGE, status=413)
    except TimeoutError:
        raise refusal(408, "请求超时", status=408, headers={"Connection": "close"}) from None
    return bytes(body)

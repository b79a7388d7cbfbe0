"""The body of a request: read whole, or given up as soon as it is known to be too large or too slow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request

from ocr_endpoint.calls import busy, refusal
from ocr_endpoint.intake import MAX_BODY_BYTES, PARAMETER, TOO_LARGE
from ocr_endpoint.patience import LAST_SECONDS, STOPPING

BODY_SECONDS = 30.0
STARTS_WITHIN = 10
"""Seconds after which whoever serves after a stop does so."""


def check_length(headers: Mapping[str, str]) -> None:
    """Raise Rejected (413) for a body that says beforehand that it is too large."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > MAX_BODY_BYTES:
        raise refusal(PARAMETER, TOO_LARGE, status=413)


async def read_body(request: Request) -> bytes:
    """All of the body; raises ClientDisconnect, and Rejected for one that does not end within its bytes or its time.

    Too many bytes are 413, too much time 408; who has not ended shortly after a stop may come again (429).
    """
    stopping = request.scope.get("state", {}).get(STOPPING) or asyncio.Event()
    reading, stopped = asyncio.ensure_future(_read(request)), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait((reading, stopped), timeout=BODY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if stopped.done():
            await asyncio.wait((reading,), timeout=LAST_SECONDS)
        if reading.done():
            return reading.result()
    finally:
        reading.cancel()
        stopped.cancel()
    if stopping.is_set():
        raise busy(STARTS_WITHIN)
    raise refusal(408, "请求超时", status=408, headers={"Connection": "close"})


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise refusal(PARAMETER, TOO_LARGE, status=413)
    return bytes(body)

"""Bodies of requests: read whole, or given up as soon as they are known to be too large or too slow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request

from ocr_endpoint.calls import Rejected, busy, refusal
from ocr_endpoint.intake import MAX_BODY_BYTES, PARAMETER, TOO_LARGE
from ocr_endpoint.patience import LAST_SECONDS, STOPPING

MOST_BODIES = 64
"""Bodies that are taken in at one time, of 3 MB at the most; they come before their turn is."""

BODY_SECONDS = 30.0
SLOW_SECONDS = 2.0
"""After which a body gives way to another one where there are too many."""

STARTS_WITHIN = 10
"""Seconds after which whoever serves after a stop does so."""


def check_length(headers: Mapping[str, str]) -> None:
    """Raise Rejected (413) for a body that says beforehand that it is too large."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > MAX_BODY_BYTES:
        raise refusal(PARAMETER, TOO_LARGE, status=413)


class Bodies:
    """Those that are coming in. One event loop asks."""

    def __init__(self) -> None:
        self._since: dict[asyncio.Task[bytes], float] = {}

    def __len__(self) -> int:
        """How many are coming in now."""
        return len(self._since)

    async def take(self, request: Request) -> bytes:
        """All of a body; raises ClientDisconnect, and Rejected for one that does not end within its bytes or its time.

        Too many bytes are 413, too much time 408; for whom there is no room now, or no time at a stop, it is 429.
        """
        self._make_room()
        stopping = request.scope.get("state", {}).get(STOPPING) or asyncio.Event()
        reading, stopped = asyncio.create_task(_read(request)), asyncio.create_task(stopping.wait())
        self._since[reading] = asyncio.get_running_loop().time()
        try:
            await asyncio.wait((reading, stopped), timeout=BODY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                await asyncio.wait((reading,), timeout=LAST_SECONDS)
            if reading.done() and not reading.cancelled():
                return reading.result()
        finally:
            self._since.pop(reading, None)
            reading.cancel()
            stopped.cancel()
        raise busy(STARTS_WITHIN) if stopping.is_set() else _too_slow()

    def _make_room(self) -> None:
        """For one more; who has been slow for longest gives way. Raises Rejected (429) where nobody has been slow."""
        if len(self) < MOST_BODIES:
            return
        oldest, since = next(iter(self._since.items()))
        if asyncio.get_running_loop().time() - since < SLOW_SECONDS:
            raise busy()
        del self._since[oldest]
        oldest.cancel()


def _too_slow() -> Rejected:
    return refusal(408, "请求超时", status=408, headers={"Connection": "close"})


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise refusal(PARAMETER, TOO_LARGE, status=413)
    return bytes(body)

"""The API over HTTP: the event loop admits and waits, a few threads recognize, and a short queue stands between."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ocr_endpoint.app import OcrApi
from ocr_endpoint.calls import Answered, Call, Reply, refusal
from ocr_endpoint.intake import MAX_BODY_BYTES, PARAMETER, TOO_LARGE

WORKERS = 2
WAITING = 8
BODY_SECONDS = 30.0
# a client that is still sending would lose the answer to a reset: this much is read and thrown away first
DRAIN_BYTES = 32 * 1_048_576


class Queue:
    """Recognitions running and waiting; beyond `WORKERS` + `WAITING` of them, a caller is asked to come again."""

    def __init__(self, api: OcrApi) -> None:
        self._api = api
        self._threads = ThreadPoolExecutor(WORKERS, "call")
        self._inside = 0

    async def answer(self, image: bytes) -> Reply:
        """The engine's answer, when its turn has come; Rejected (429) when the queue is full."""
        if self._inside >= WORKERS + WAITING:
            raise refusal(429, "请求过于频繁,请稍后再试", status=429, headers={"Retry-After": "2"})
        self._inside += 1
        job = self._threads.submit(self._api.answer, image)
        loop = asyncio.get_running_loop()
        job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))
        return await asyncio.wrap_future(job)

    def close(self) -> None:
        """Drop what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _leave(self) -> None:
        self._inside -= 1


def application(api: OcrApi) -> Starlette:
    """The API as an ASGI application."""
    queue = Queue(api)

    async def serve(request: Request) -> Response:
        began = time.monotonic()
        try:
            reply = await queue.answer(api.check(await _call(request)))
        except Answered as answered:
            reply = answered.reply
        except ClientDisconnect:
            return Response(status_code=400)
        return _response(reply, time.monotonic() - began)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(routes=[Route("/health", health), Route("/{path:path}", serve, methods=methods)])


async def _call(request: Request) -> Call:
    scope = request.scope
    return Call(
        method=request.method,
        path=_text(scope.get("raw_path") or scope["path"].encode()),
        query=_text(scope["query_string"]),
        headers={_text(name).lower(): _text(value) for name, value in scope["headers"]},
        body=await _body(request),
    )


async def _body(request: Request) -> bytes:
    """The whole body, or Rejected as soon as it is known to be too large or too slow; never held beyond the limit."""
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > DRAIN_BYTES:
                    break
                if size <= MAX_BODY_BYTES:
                    body += chunk
                else:
                    body.clear()
    except TimeoutError:
        raise refusal(408, "请求超时", status=408, headers={"Connection": "close"}) from None
    if size > MAX_BODY_BYTES:
        raise refusal(PARAMETER, TOO_LARGE, status=413, headers={"Connection": "close"})
    return bytes(body)


def _response(reply: Reply, seconds: float) -> Response:
    body = json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")).encode()
    headers: dict[str, Any] = {"x-tsign-elapse-time": str(round(seconds * 1000)), **reply.headers}
    # the vendor's gateway sends its 401 without a Content-Type, so clients had better not need one
    kind = None if reply.status == 401 else "application/json;charset=UTF-8"
    return Response(body, reply.status, headers, kind)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")

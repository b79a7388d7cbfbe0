"""The API over HTTP: the event loop admits and waits, a few threads recognize, and a short line stands between."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ocr_endpoint.about import METRICS, About
from ocr_endpoint.app import OcrApi, defect
from ocr_endpoint.bodies import Bodies, check_length
from ocr_endpoint.calls import Answered, Call, Reply
from ocr_endpoint.metrics import CONTENT_TYPE, Metrics
from ocr_endpoint.replies import content_of, headers_of
from ocr_endpoint.settings import WAITING, WORKERS
from ocr_endpoint.turns import Turns


def application(api: OcrApi, workers: int = WORKERS, waiting: int = WAITING) -> Starlette:
    """The API as an ASGI application, with its metrics beside it."""
    turns, metrics = Turns(api.answer, workers, waiting), Metrics()
    door = Door(replace(api, about=About(counts=True)), turns, metrics)

    async def counts(_: Request) -> Response:
        now = {"receiving": len(door.bodies), "running": turns.running, "waiting": turns.waiting}
        return Response(metrics.text(now), headers={"Content-Type": CONTENT_TYPE})

    return Starlette(routes=[Route(METRICS, counts), Route("/{path:path}", door)])


class Door:
    """Where calls come in, of any method and path: each gets one answer in the API's own shape."""

    def __init__(self, api: OcrApi, turns: Turns, metrics: Metrics) -> None:
        self._api, self._turns, self._metrics = api, turns, metrics
        self.bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        began = time.monotonic()
        try:
            reply = await self._reply(Request(scope, receive))
        except Answered as answered:
            reply = answered.reply
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - a defect of ours is an answer too
            reply = defect(error)
        self._metrics.answered(reply)
        response = Response(content_of(reply), reply.status, headers_of(reply, time.monotonic() - began))
        await response(scope, receive, send)

    async def _reply(self, request: Request) -> Reply:
        head = _head(request)
        check_length(head.headers)
        bounds = self._api.admit(head)
        self._turns.check_room()
        call = replace(head, body=await self.bodies.take(request))
        order = self._api.read(call)
        self._turns.check_room()
        self._api.charge(call, order, bounds)
        return await self._recognized(order.image, request)

    async def _recognized(self, image: bytes, request: Request) -> Reply:
        """The engine's answer; for a caller who goes away before their turn, the engine does not work."""
        began = time.monotonic()
        job = self._turns.enter(image)
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait((job, gone), return_when=asyncio.FIRST_COMPLETED)
            if not job.done():
                raise ClientDisconnect
            return job.result()
        finally:
            gone.cancel()
            if not job.cancel():
                self._metrics.recognized(time.monotonic() - began)


async def _gone(request: Request) -> None:
    """Return when the caller has gone away; after its body, nothing else is to come."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _head(request: Request) -> Call:
    scope = request.scope
    client = request.client
    return Call(
        method=request.method,
        path=_text(scope.get("raw_path") or scope["path"].encode()),
        query=_text(scope["query_string"]),
        headers={_text(name).lower(): _text(value) for name, value in scope["headers"]},
        body=b"",
        source=client.host if client else "",
    )


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")

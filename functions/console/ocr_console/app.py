"""The console as an ASGI application: a handful of pages, rendered on the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ocr_console.headers import SafeHeaders
from ocr_console.shelf import Entry
from ocr_console.viewer.page import page

_HERE = Path(__file__).parent


Find = Callable[[str], list[Any]]
"""Hits of a text, best first, each with `key`, `page`, `line` and `text`."""


class Uploads(Protocol):
    """What the console needs to know of a stack."""

    def latest(self) -> list[Entry]:
        """The newest uploads."""

    def form(self, key: str) -> dict[str, Any]:
        """Where and how to post a file."""

    def document(self, key: str) -> Any:
        """The document of a key."""

    def source(self, document: Any) -> bytes:
        """The bytes that a document was made from."""


def application(uploads: Uploads, middleware: list[Middleware], find: Find | None = None) -> Starlette:
    """The console of one stack; `middleware` says who may come in, `find` searches all that was recognized."""
    templates = Environment(
        loader=PackageLoader("ocr_console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def shown(name: str, **values: Any) -> HTMLResponse:
        return HTMLResponse(templates.get_template(name).render(**values))

    async def home(_: Request) -> Response:
        return shown("home.html", entries=await run_in_threadpool(uploads.latest), searches=find is not None)

    async def latest(_: Request) -> Response:
        return shown("latest.html", entries=await run_in_threadpool(uploads.latest))

    async def form(request: Request) -> Response:
        key = request.query_params.get("key", "").strip()
        if not key or len(key.encode()) > 1000 or key.endswith("/"):
            return JSONResponse({"error": "a file needs a name of at most 1,000 bytes"}, 400)
        return JSONResponse(await run_in_threadpool(uploads.form, key))

    async def view(request: Request) -> Response:
        key = request.path_params["key"]
        document = await run_in_threadpool(uploads.document, key)
        if document is None:
            return HTMLResponse(templates.get_template("missing.html").render(key=key), 404)
        image = await run_in_threadpool(uploads.source, document)
        # the page brings its own policy, by the hashes of its one style and script
        own = {"Content-Security-Policy": "frame-ancestors 'none'"}
        return HTMLResponse(await run_in_threadpool(page, document, image, home="/"), headers=own)

    async def search(request: Request) -> Response:
        wanted = request.query_params.get("q", "").strip()
        hits = await run_in_threadpool(find, wanted) if wanted and find else []
        return shown("hits.html", wanted=wanted, hits=hits)

    return Starlette(
        routes=[
            Route("/", home),
            Route("/latest", latest),
            Route("/form", form),
            Route("/search", search),
            Route("/view/{key:path}", view),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        middleware=[Middleware(SafeHeaders), *middleware],
    )

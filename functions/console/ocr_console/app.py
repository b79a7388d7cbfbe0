"""The console as an ASGI application: a handful of pages, rendered on the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from ocr_drop.errors import OcrDropError

_HERE = Path(__file__).parent
_LONGEST_NAME = 1000


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


@dataclass(frozen=True)
class _Pages:
    """What each address answers with."""

    uploads: Uploads
    find: Find | None
    templates: Environment

    async def home(self, _: Request) -> Response:
        """The place to drop files, and the latest uploads."""
        return self._shown("home.html", entries=await self._latest(), searches=self.find is not None)

    async def latest(self, _: Request) -> Response:
        """The latest uploads alone, as the page asks for them again and again."""
        return self._shown("latest.html", entries=await self._latest())

    async def form(self, request: Request) -> Response:
        """How a browser posts a file of a name straight to the bucket."""
        key = request.query_params.get("key", "").strip()
        if not key or len(key.encode()) > _LONGEST_NAME or key.endswith("/"):
            return JSONResponse({"error": f"a file needs a name of at most {_LONGEST_NAME} bytes"}, 400)
        return JSONResponse(await run_in_threadpool(self.uploads.form, key))

    async def view(self, request: Request) -> Response:
        """The page of one result."""
        key = request.path_params["key"]
        document = await run_in_threadpool(self.uploads.document, key)
        if document is None:
            told = f"There is no result of “{key}” yet. If it was just dropped, look again in a few seconds."
            return self._shown("sentence.html", 404, told=told)
        image = await run_in_threadpool(self.uploads.source, document)
        # the page brings its own policy, by the hashes of its one style and script
        own = {"Content-Security-Policy": "frame-ancestors 'none'"}
        return HTMLResponse(await run_in_threadpool(page, document, image, home="/"), headers=own)

    async def search(self, request: Request) -> Response:
        """The lines that a text was found in."""
        wanted = request.query_params.get("q", "").strip()
        hits = await run_in_threadpool(self.find, wanted) if wanted and self.find else []
        return self._shown("hits.html", wanted=wanted, hits=hits)

    async def trouble(self, _: Request, error: Exception) -> Response:
        """What AWS refuses or fails at, in its one sentence."""
        return self._shown("sentence.html", 502, told=str(error))

    async def _latest(self) -> list[Entry]:
        return await run_in_threadpool(self.uploads.latest)

    def _shown(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self.templates.get_template(name).render(**values), status)


def application(uploads: Uploads, middleware: list[Middleware], find: Find | None = None) -> Starlette:
    """The console of one stack; `middleware` says who may come in, `find` searches all that was recognized."""
    loader = PackageLoader("ocr_console")
    templates = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages = _Pages(uploads, find, templates)
    return Starlette(
        routes=[
            Route("/", pages.home),
            Route("/latest", pages.latest),
            Route("/form", pages.form),
            Route("/search", pages.search),
            Route("/view/{key:path}", pages.view),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        middleware=[Middleware(SafeHeaders), *middleware],
        exception_handlers={OcrDropError: pages.trouble},
    )

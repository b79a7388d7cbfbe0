"""`ocr-drop console`: the page in the browser, for any stack, served from this machine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from ocr_drop_cli import stacks
from ocr_drop_cli.serving import listen, serve, stop_quietly_when_told, url

if TYPE_CHECKING:
    from starlette.applications import Starlette


@click.command()
@click.option(
    "--port", default=8400, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes any that is free."
)
@stacks.options
def console(port: int, *, stack: str | None, region: str | None, profile: str | None, local: bool) -> None:
    """Drop images in the browser, watch them, look at what was read and search it, until Ctrl-C or SIGTERM."""
    stop_quietly_when_told()
    listener = listen("127.0.0.1", port)
    app = _application(stack, region, profile, local=local)
    print(f"console ready at {url(listener)}", flush=True)
    serve(app, listener)


def _application(stack: str | None, region: str | None, profile: str | None, *, local: bool) -> Starlette:
    """Imported here: other commands need none of it."""
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from ocr_console.app import application
    from ocr_console.following import find
    from ocr_console.texts import Texts
    from ocr_drop_cli.shelves import index_file, shelf

    uploads = shelf(stack=stack, region=region, profile=profile, local=local)
    # a page of another site that gives itself our address must not get in
    own = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return application(uploads, [own], partial(find, Texts(index_file(uploads)), uploads))

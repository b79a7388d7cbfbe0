"""`ocr-drop endpoint`: the OCR API on this machine."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from starlette.applications import Starlette

DEFAULT_PORT = 8300
DEFAULT_APP_ID = "7438000001"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes any that is free.",
)
@click.option("--app-id", default=DEFAULT_APP_ID, show_default=True, help="The app id that callers sign with.")
@click.option(
    "--secret",
    envvar="OCR_ENDPOINT_SECRET",
    help="Its secret, better given as OCR_ENDPOINT_SECRET; without one, a new one is made and printed once.",
)
@click.option(
    "--credentials",
    type=click.Path(dir_okay=False, path_type=Path),
    help='A file with both instead: {"appId": "...", "secret": "..."}, as ocr-drop\'s own secret.',
)
def endpoint(host: str, port: int, app_id: str, secret: str | None, credentials: Path | None) -> None:
    """Serve the OCR API with an engine on this machine, until Ctrl-C or SIGTERM."""
    _stop_quietly_when_told()
    if credentials:
        app_id, secret = _read(credentials)
    listener = _listen(host, port)
    made = None if secret else secrets.token_hex(16)
    app = _application(app_id, secret or made or "")
    print(f"OCR API ready at {_url(listener)}", flush=True)
    if made:
        print(f"app id {app_id}, secret {made} (made for this run; give your own with OCR_ENDPOINT_SECRET)", flush=True)
    _serve(app, listener)


def _stop_quietly_when_told() -> None:
    """Being told to stop is no failure: exit 0, at once while the engine loads, later when uvicorn has ended its work.

    uvicorn takes these signals over while it serves, and raises them again once it has stopped.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))


def _read(credentials: Path) -> tuple[str, str]:
    from ocr_endpoint.credentials import UnusableCredentials, read_credentials

    try:
        ((app_id, secret),) = read_credentials(credentials.read_text()).items()
    except OSError as error:
        raise click.ClickException(f"cannot read {credentials}: {error.strerror}") from None
    except (UnusableCredentials, UnicodeDecodeError):
        raise click.ClickException(
            f'{credentials} does not hold {{"appId": "...", "secret": "..."}}: put app id and secret there'
        ) from None
    return app_id, secret


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"port {port} is taken: choose another with --port, or any with --port 0"
            ) from None
        raise click.ClickException(f"cannot listen on {host} port {port}: {error.strerror or error}") from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _application(app_id: str, secret: str) -> Starlette:
    """The API with its engine loaded and warm. Imported here: other commands need none of it."""
    from ocr_endpoint.app import OcrApi
    from ocr_endpoint.gateway import Gateway
    from ocr_endpoint.recognition import Recognition
    from ocr_endpoint.server import application

    engine = Recognition()
    engine.warm_up()
    return application(OcrApi(Gateway({app_id: secret}), engine.recognize))


def _serve(app: Starlette, listener: socket.socket) -> None:
    """Serve until told to stop; what is being answered then gets a few seconds to end."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
    )
    uvicorn.Server(config).run(sockets=[listener])

"""`ocr-drop endpoint`: the OCR API on this machine."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ocr_drop_cli.serving import listen, serve, stop_quietly_when_told, url

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
    stop_quietly_when_told()
    if credentials:
        app_id, secret = _read(credentials)
    listener = listen(host, port)
    made = None if secret else secrets.token_hex(16)
    app = _application(app_id, secret or made or "")
    print(f"OCR API ready at {url(listener)}", flush=True)
    if made:
        print(f"app id {app_id}, secret {made} (made for this run; give your own with OCR_ENDPOINT_SECRET)", flush=True)
    serve(app, listener)


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


def _application(app_id: str, secret: str) -> Starlette:
    """The API with its engine loaded and warm. Imported here: other commands need none of it."""
    from ocr_endpoint.app import OcrApi
    from ocr_endpoint.gateway import Gateway
    from ocr_endpoint.recognition import Recognition
    from ocr_endpoint.server import application

    engine = Recognition()
    engine.warm_up()
    return application(OcrApi(Gateway({app_id: secret}), engine.recognize))

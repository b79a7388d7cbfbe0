"""`ocr-drop endpoint`: the OCR API on this machine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ocr_drop_cli.serving import listen, serve, stop_quietly_when_told, url

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from ocr_endpoint.settings import EndpointSettings

DEFAULT_PORT = 8300
DEFAULT_APP_ID = "7438000001"
STOPS_WITHIN = 60
"""Seconds for what was taken in to be answered: ten dense pages, two at a time, take half of that."""


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
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file instead: several apps, and what bounds them. It is read again every five minutes.",
)
@click.pass_context
def endpoint(
    context: click.Context,
    host: str,
    port: int,
    app_id: str,
    secret: str | None,
    credentials: Path | None,
    config: Path | None,
) -> None:
    """Serve the OCR API with an engine on this machine, until Ctrl-C or SIGTERM."""
    _refuse_two_ways(context)
    stop_quietly_when_told()
    made = None if secret or credentials or config else secrets.token_hex(16)
    read, named = _settings(app_id, secret or made or "", credentials, config)
    settings = _read(read, named)
    listener = listen(host, port)
    app = _application(settings, read if config else None)
    print(f"OCR API ready at {url(listener)}", flush=True)
    if made:
        print(f"app id {app_id}, secret {made} (made for this run; give your own with OCR_ENDPOINT_SECRET)", flush=True)
    from ocr_endpoint.patience import PatientProtocol

    serve(app, listener, protocol=PatientProtocol, stops_within=STOPS_WITHIN)


def _refuse_two_ways(context: click.Context) -> None:
    """Apps come from one place; a variable that happens to be set gives way to a file."""
    typed = ParameterSource.COMMANDLINE
    given = {name for name in ("app_id", "secret") if context.get_parameter_source(name) == typed}
    files = {name for name in ("credentials", "config") if context.params[name]}
    if len(files) > 1 or (files and given):
        raise click.UsageError("give the callers once: by --config, by --credentials, or by --app-id and --secret")


def _settings(
    app_id: str, secret: str, credentials: Path | None, config: Path | None
) -> tuple[Callable[[], EndpointSettings], str]:
    """How the settings are read, and from where as a user knows it."""
    from ocr_endpoint.apps import App
    from ocr_endpoint.settings import EndpointSettings, bounds_from

    if config:
        return lambda: EndpointSettings.from_toml(config.read_text("utf-8")), str(config)
    if credentials:
        return lambda: EndpointSettings.from_environment(os.environ, credentials.read_text("utf-8")), str(credentials)
    return lambda: EndpointSettings({app_id: App((secret,), bounds_from(os.environ))}), "the settings"


def _read(read: Callable[[], EndpointSettings], named: str) -> EndpointSettings:
    from ocr_endpoint.credentials import UnusableCredentials
    from ocr_endpoint.settings import UnusableSettings

    try:
        return read()
    except OSError as error:
        raise click.ClickException(f"cannot read {named}: {error.strerror}") from None
    except (UnusableSettings, UnusableCredentials) as error:
        raise click.ClickException(f"{named} cannot be used: {error}") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"{named} cannot be used: it is not UTF-8") from None


def _application(settings: EndpointSettings, renew: Callable[[], EndpointSettings] | None) -> Starlette:
    """The API with its engine loaded and warm. Imported here: other commands need none of it."""
    from ocr_endpoint.app import OcrApi
    from ocr_endpoint.credentials import RenewedApps
    from ocr_endpoint.gateway import Gateway
    from ocr_endpoint.recognition import Recognition
    from ocr_endpoint.server import application

    engine = Recognition()
    engine.warm_up()
    apps = RenewedApps(lambda: renew().apps) if renew else settings.apps
    return application(OcrApi(Gateway(apps), engine.recognize), settings.workers, settings.waiting)

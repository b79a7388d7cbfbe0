"""A web application on this machine: where it listens, and how it stops."""

from __future__ import annotations

import errno
import os
import signal
import socket
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import asyncio

    from starlette.types import ASGIApp


def stop_quietly_when_told() -> None:
    """Being told to stop is no failure: exit 0, at once while things load, later when uvicorn has ended its work.

    uvicorn takes these signals over while it serves, and raises them again once it has stopped.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"port {port} is taken: choose another with --port, or any with --port 0"
            ) from None
        raise click.ClickException(f"cannot listen on {host} port {port}: {error.strerror or error}") from None


def url(listener: socket.socket) -> str:
    """Where a socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    app: ASGIApp, listener: socket.socket, *, protocol: type[asyncio.Protocol] | None = None, stops_within: int = 5
) -> None:
    """Serve until told to stop; what is being answered then gets `stops_within` seconds to end."""
    import uvicorn

    config = uvicorn.Config(
        app,
        http=protocol or "auto",
        log_level="error",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=stops_within,
        timeout_keep_alive=30,
    )
    uvicorn.Server(config).run(sockets=[listener])

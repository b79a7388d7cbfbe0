"""The local AWS, as a process of ours."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import string
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import click
from botocore.config import Config

from ocr_drop_cli.local.data import Data, Known
from ocr_drop_cli.local.processes import Processes

NAME = "the local AWS"
REGION = "us-east-1"
PORT = 4566
"""Where it answers unless told otherwise: what one types stays the same from run to run."""

PATIENCE_AT_THE_END = 12.0
"""Seconds that it has to end in order, with data: what is under way ends, all is written down."""

_SAVE = "/_ocr-drop/save"
_LAUNCHER = Path(__file__).with_name("ministack_launcher.py")


@dataclass(frozen=True)
class LocalAws:
    """Where the local AWS is reached and the credentials of its one user, who may do everything."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = REGION

    def client(self, service: str) -> Any:
        """A client of one service. Its first call waits until the local AWS has started."""
        return self._session.client(
            service,
            endpoint_url=self.endpoint_url,
            # no proxy of the user's stands between this machine and itself
            config=Config(proxies={}, connect_timeout=5, read_timeout=60, max_pool_connections=30),
        )

    @property
    def _session(self) -> boto3.Session:
        return boto3.Session(self.access_key_id, self.secret_access_key, region_name=self.region)


def start(processes: Processes, port: int | None, data: Data | None = None) -> LocalAws:
    """Start a local AWS on a port of this machine; it may not answer yet.

    Port 0 is any that is free, None is `PORT` or else any that is free; what stands in `data` has its port already.
    """
    known = data.known if data else None
    with _listen_again(port, known) if known else _listen(port) as listener:
        port = listener.getsockname()[1]
        keys = (known.access_key_id, known.secret_access_key) if known else (_key_id(), secrets.token_hex(20))
        aws = LocalAws(f"http://127.0.0.1:{port}", *keys)
        processes.start(
            NAME,
            [str(_interpreter()), str(_LAUNCHER), str(listener.fileno())],
            _environment(aws, port, processes.folder) | (_lasting(data) if data else {}),
            pass_fds=[listener.fileno(), *([data.lock] if data else [])],
            patience=PATIENCE_AT_THE_END if data else 0,
        )
    return aws


def save(aws: LocalAws) -> None:
    """Have a local AWS with data write down all that it holds, now."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(aws.endpoint_url + _SAVE, timeout=60).close()


def _listen_again(port: int | None, known: Known) -> socket.socket:
    """Listen where a stack was before: the addresses of its queues hold the port."""
    if port and port != known.port:
        raise click.ClickException(f"this data was made at port {known.port}: leave --port out, or name another folder")
    return _listen(known.port, "the addresses in this data hold it; set it free, or name another folder")


def _lasting(data: Data) -> dict[str, str]:
    return {
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data.state.absolute()),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data.objects.absolute()),
    }


def _listen(port: int | None, way_out: str = "choose another with --port, or leave --port out") -> socket.socket:
    if port is None:
        try:
            return socket.create_server(("127.0.0.1", PORT), backlog=128)
        except OSError:
            return _listen(0)
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({os.strerror(error.errno or 0)})"
        raise click.ClickException(f"port {port} {why}: {way_out}") from None


def _interpreter() -> Path:
    """The interpreter of the environment that holds what the functions' layers hold, and the local AWS."""
    found = Path(sys.prefix, "local-aws", "bin", "python")
    if not found.exists():
        raise click.ClickException(f"the local AWS is not set up ({found} is missing): run make run once")
    return found


def _environment(aws: LocalAws, port: int, folder: Path) -> dict[str, str]:
    return {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": aws.access_key_id,
        "AWS_SECRET_ACCESS_KEY": aws.secret_access_key,
        "DOCKER_HOST": f"unix://{folder}/no-docker",  # it would tidy up containers, and there are none of ours
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": aws.region,
        "SFTP_ENABLED": "0",
        "TZ": "UTC",
    }


def _key_id() -> str:
    return "AKIA" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(16))

"""The deployed system on this machine: the template, created in the local AWS, with the OCR API beside it."""

from __future__ import annotations

import json
import re
import secrets
import socket
import sys
import time
from dataclasses import dataclass, field, replace

import click

from ocr_drop_cli.local import aws
from ocr_drop_cli.local.aws import LocalAws
from ocr_drop_cli.local.data import Data, Known
from ocr_drop_cli.local.deployment import PATIENCE, deploy
from ocr_drop_cli.local.description import Description
from ocr_drop_cli.local.processes import Processes
from ocr_drop_cli.local.translation import TEMPLATE, package

NAME = "ocr-drop-local"
OCR_API = "the OCR API"
CONSOLE = "the console"
CONSOLE_PORT = 8400
OCR_PORT = 8300
"""Where `local up` puts it unless told otherwise, so that events/env.json stays true from run to run."""
_APP_ID = "7438000001"
CALLS_IN_FLIGHT = 4


@dataclass(frozen=True)
class OcrAccount:
    """An OCR API and the app that calls it."""

    url: str
    app_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Stack:
    """A running stack: what it is called, and the local AWS that it stands in."""

    description: Description
    aws: LocalAws


def start(
    processes: Processes,
    *,
    port: int | None = 0,
    account: OcrAccount | None = None,
    data: Data | None = None,
    watched: bool = False,
) -> Stack:
    """Start everything; without an `account`, with the OCR API of this machine. Its processes are in `processes`.

    With `data` it goes on where it was stopped, and what comes of it is kept there; one that is `watched` has the
    console and the example consumers.
    """
    known = data.known if data else None
    local = aws.start(processes, port, data)
    own = account is None
    account = account or start_ocr_api(processes, OCR_PORT if port is None else 0, known)
    parameters = {
        "AwsEndpointUrl": local.endpoint_url,
        "Consumers": "yes" if watched else "no",
        "MaxCallsInFlight": str(CALLS_IN_FLIGHT),
        "OcrEndpoint": account.url,
        "ResultsBucketName": f"{NAME}-results",
        "UploadsBucketName": f"{NAME}-uploads",
    }
    packed = package(TEMPLATE, parameters, local.region)
    description = _described(local, deploy(processes, local, NAME, packed, parameters, anew=known is not None), account)
    if known is None or (known.app_id, known.ocr_secret) != (account.app_id, account.secret):
        content = json.dumps({"appId": account.app_id, "secret": account.secret})
        local.client("secretsmanager").put_secret_value(SecretId=description.secret_id, SecretString=content)
    if watched:
        description = replace(description, viewer_url=start_console(processes, local))
    if own:
        wait_until_ready(processes, OCR_API)
    if data:
        aws.save(local)
        data.remember(_known(local, account, own_ocr_api=own))
    return Stack(description, local)


def _known(local: LocalAws, account: OcrAccount, *, own_ocr_api: bool) -> Known:
    return Known(
        port=int(local.endpoint_url.rsplit(":", 1)[1]),
        access_key_id=local.access_key_id,
        secret_access_key=local.secret_access_key,
        ocr_url=account.url,
        app_id=account.app_id,
        ocr_secret=account.secret,
        own_ocr_api=own_ocr_api,
    )


def start_ocr_api(processes: Processes, preferred: int = 0, known: Known | None = None) -> OcrAccount:
    """Start the OCR API of this machine; its engine loads while others go on, until `wait_for_ocr_api`.

    At the `preferred` port if it is free; where it was `known` before, it is the same again.
    """
    account = _own_account(preferred, known)
    port = account.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "ocr_drop_cli", "endpoint", "--port", port, "--app-id", account.app_id]
    processes.start(OCR_API, command, {"OCR_ENDPOINT_SECRET": account.secret})
    return account


def _own_account(preferred: int, known: Known | None) -> OcrAccount:
    """The one from before if there was one: what it was asked before is known by its address, and not asked again."""
    if known is None or not known.own_ocr_api:
        return OcrAccount(f"http://127.0.0.1:{_free_port(preferred)}", _APP_ID, secrets.token_hex(16))
    port = int(known.ocr_url.rsplit(":", 1)[1])
    if _free_port(port) != port:
        raise click.ClickException(f"port {port} is taken, which {OCR_API} of this data had: set it free first")
    return OcrAccount(known.ocr_url, known.app_id, known.ocr_secret)


def _free_port(preferred: int) -> int:
    try:
        with socket.create_server(("127.0.0.1", preferred)) as listener:
            return int(listener.getsockname()[1])
    except OSError:
        return _free_port(0)


def start_console(processes: Processes, local: LocalAws) -> str:
    """Start the page in the browser; gives its address."""
    port = str(_free_port(CONSOLE_PORT))
    command = [sys.executable, "-m", "ocr_drop_cli", "console", "--port", port, "--stack", NAME]
    environment = {
        "AWS_ENDPOINT_URL": local.endpoint_url,
        "AWS_DEFAULT_REGION": local.region,
        "AWS_ACCESS_KEY_ID": local.access_key_id,
        "AWS_SECRET_ACCESS_KEY": local.secret_access_key,
    }
    processes.start(CONSOLE, command, environment)
    return wait_until_ready(processes, CONSOLE)


def wait_until_ready(processes: Processes, name: str) -> str:
    """Wait until a child says `... ready at <address>`; gives the address."""
    end = time.monotonic() + PATIENCE
    while not (found := re.search(r"ready at (\S+)\n", processes.log(name).read_text())):
        processes.check()
        if time.monotonic() > end:
            raise click.ClickException(f"{name} was not ready within {PATIENCE:.0f} s")
        time.sleep(0.02)
    return found[1]


def _described(local: LocalAws, outputs: dict[str, str], account: OcrAccount) -> Description:
    return Description(
        endpoint_url=local.endpoint_url,
        region=local.region,
        access_key_id=local.access_key_id,
        secret_access_key=local.secret_access_key,
        uploads_bucket=outputs["UploadsBucket"],
        results_bucket=outputs["ResultsBucket"],
        index_table=outputs["IndexTable"],
        event_bus=outputs["EventBus"],
        uploads_queue_url=outputs["UploadsQueueUrl"],
        dead_letter_queue_url=outputs["DeadLetterQueueUrl"],
        secret_id=outputs["SecretId"],
        ocr_url=account.url,
    )

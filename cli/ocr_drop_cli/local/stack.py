"""The deployed system on this machine: the template, created in the local AWS, with the OCR API beside it."""

from __future__ import annotations

import json
import secrets
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import click

from ocr_drop_cli.local import aws
from ocr_drop_cli.local.aws import LocalAws
from ocr_drop_cli.local.description import Description
from ocr_drop_cli.local.processes import Processes
from ocr_drop_cli.local.translation import CODE_BUCKET, TEMPLATE, Package, package

NAME = "ocr-drop-local"
OCR_API = "the OCR API"
OCR_PORT = 8300
"""Where `local up` puts it unless told otherwise, so that events/env.json stays true from run to run."""
PATIENCE = 60.0
"""Seconds that a start may take; it takes a few."""

_APP_ID = "7438000001"
_CALLS_IN_FLIGHT = 4
_READY = "OCR API ready at "


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


def start(processes: Processes, *, port: int | None = 0, account: OcrAccount | None = None) -> Stack:
    """Start everything; without an `account`, with the OCR API of this machine. Its processes are in `processes`."""
    local = aws.start(processes, port)
    own = account is None
    account = account or _start_ocr_api(processes, OCR_PORT if port is None else 0)
    parameters = {
        "AwsEndpointUrl": local.endpoint_url,
        "MaxCallsInFlight": str(_CALLS_IN_FLIGHT),
        "OcrEndpoint": account.url,
        "ResultsBucketName": f"{NAME}-results",
        "UploadsBucketName": f"{NAME}-uploads",
    }
    packed = package(TEMPLATE, parameters, local.region)
    _put_code(local, packed)
    description = _described(local, _create(processes, local, packed.template, parameters), account)
    content = json.dumps({"appId": account.app_id, "secret": account.secret})
    local.client("secretsmanager").put_secret_value(SecretId=description.secret_id, SecretString=content)
    if own:
        _wait_for_ocr_api(processes)
    return Stack(description, local)


def _start_ocr_api(processes: Processes, preferred: int) -> OcrAccount:
    """Start the OCR API of this machine: its engine loads while the stack is created, which has to know its port."""
    port = _free_port(preferred)
    account = OcrAccount(f"http://127.0.0.1:{port}", _APP_ID, secrets.token_hex(16))
    command = [sys.executable, "-m", "ocr_drop_cli", "endpoint", "--port", str(port), "--app-id", account.app_id]
    processes.start(OCR_API, command, {"OCR_ENDPOINT_SECRET": account.secret})
    return account


def _free_port(preferred: int) -> int:
    try:
        with socket.create_server(("127.0.0.1", preferred)) as listener:
            return int(listener.getsockname()[1])
    except OSError:
        return _free_port(0)


def _wait_for_ocr_api(processes: Processes) -> None:
    end = time.monotonic() + PATIENCE
    while _READY not in processes.log(OCR_API).read_text():
        processes.check()
        if time.monotonic() > end:
            raise click.ClickException(f"{OCR_API} was not ready within {PATIENCE:.0f} s")
        time.sleep(0.02)


def _put_code(local: LocalAws, packed: Package) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket=CODE_BUCKET)
    for key, content in packed.code.items():
        s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=content)


def _create(
    processes: Processes, local: LocalAws, template: dict[str, Any], parameters: dict[str, str]
) -> dict[str, str]:
    """Create the stack and wait for it; returns its outputs."""
    cloudformation = local.client("cloudformation")
    cloudformation.create_stack(
        StackName=NAME,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        processes.check()
        (stack,) = cloudformation.describe_stacks(StackName=NAME)["Stacks"]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        if stack["StackStatus"] != "CREATE_IN_PROGRESS":
            break
        time.sleep(0.02)
    raise click.ClickException(f"the stack could not be created: {_reason(cloudformation)}")


def _reason(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("FAILED")]
    if not failed:
        return f"it was not complete within {PATIENCE:.0f} s"
    return f"{failed[0]['LogicalResourceId']}: {failed[0].get('ResourceStatusReason', 'no reason given')}"


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

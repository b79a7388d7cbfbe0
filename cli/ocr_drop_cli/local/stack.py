"""The deployed system on this machine: the template, created in the local AWS, with the OCR API beside it."""

from __future__ import annotations

import json
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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
    secret = secrets.token_hex(16)
    if account is None:
        _start_ocr_api(processes, secret)
    with ThreadPoolExecutor() as pool:
        packed = pool.submit(package, TEMPLATE, _parameters(local, "http://127.0.0.1"), local.region)
        account = account or OcrAccount(_ocr_url(processes), _APP_ID, secret)
        _put_code(local, packed.result())
    outputs = _create(processes, local, packed.result(), account)
    description = _described(local, outputs, account)
    content = json.dumps({"appId": account.app_id, "secret": account.secret})
    local.client("secretsmanager").put_secret_value(SecretId=description.secret_id, SecretString=content)
    return Stack(description, local)


def _parameters(local: LocalAws, ocr_url: str) -> dict[str, str]:
    return {
        "AwsEndpointUrl": local.endpoint_url,
        "MaxCallsInFlight": str(_CALLS_IN_FLIGHT),
        "OcrEndpoint": ocr_url,
        "ResultsBucketName": f"{NAME}-results",
        "UploadsBucketName": f"{NAME}-uploads",
    }


def _start_ocr_api(processes: Processes, secret: str) -> None:
    command = [sys.executable, "-m", "ocr_drop_cli", "endpoint", "--port", "0", "--app-id", _APP_ID]
    processes.start(OCR_API, command, {"OCR_ENDPOINT_SECRET": secret})


def _ocr_url(processes: Processes) -> str:
    """The URL that the OCR API says when its engine has loaded."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        processes.check()
        for line in processes.log(OCR_API).read_text().splitlines():
            if line.startswith(_READY):
                return line.removeprefix(_READY).strip()
        time.sleep(0.02)
    raise click.ClickException(f"{OCR_API} was not ready within {PATIENCE:.0f} s")


def _put_code(local: LocalAws, packed: Package) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket=CODE_BUCKET)
    for key, content in packed.code.items():
        s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=content)


def _create(processes: Processes, local: LocalAws, packed: Package, account: OcrAccount) -> dict[str, str]:
    """Create the stack and wait for it; returns its outputs."""
    cloudformation = local.client("cloudformation")
    parameters = _parameters(local, account.url)
    cloudformation.create_stack(
        StackName=NAME,
        TemplateBody=json.dumps(packed.template),
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

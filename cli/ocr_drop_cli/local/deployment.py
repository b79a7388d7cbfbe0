"""The stack in the local AWS: created the first time, updated where it stands already, as `sam deploy` does."""

from __future__ import annotations

import json
import time
from typing import Any

import click
from botocore.exceptions import ClientError

from ocr_drop_cli.local.aws import LocalAws
from ocr_drop_cli.local.processes import Processes
from ocr_drop_cli.local.translation import CODE_BUCKET, Package

PATIENCE = 60.0
"""Seconds that a deployment may take; it takes a few."""

_TEMPLATE_KEY = "template.json"
_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_UNDER_WAY = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")


def deploy(
    processes: Processes, local: LocalAws, name: str, packed: Package, parameters: dict[str, str], *, anew: bool
) -> dict[str, str]:
    """Create a stack, or with `anew` update the one that is there, and wait for it; returns its outputs."""
    _put_code(local, packed)
    cloudformation = local.client("cloudformation")
    asked = {
        "StackName": name,
        # by way of the bucket, as `sam deploy` does: a body of its own may only have 51,200 bytes
        "TemplateURL": f"{local.endpoint_url}/{CODE_BUCKET}/{_TEMPLATE_KEY}",
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    }
    if anew:
        _update(cloudformation, asked)
    else:
        cloudformation.create_stack(**asked)
    return _outputs(processes, cloudformation, name)


def _put_code(local: LocalAws, packed: Package) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket=CODE_BUCKET)
    for key, content in {**packed.code, _TEMPLATE_KEY: json.dumps(packed.template).encode()}.items():
        s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=content)


def _update(cloudformation: Any, asked: dict[str, Any]) -> None:
    try:
        cloudformation.update_stack(**asked)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if not message.startswith("No updates"):
            raise click.ClickException(f"the stack could not be updated: {message}") from None


def _outputs(processes: Processes, cloudformation: Any, name: str) -> dict[str, str]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        processes.check()
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        if stack["StackStatus"] in _DONE:
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        if stack["StackStatus"] not in _UNDER_WAY:
            break
        time.sleep(0.02)
    raise click.ClickException(f"the stack could not be made: {_reason(cloudformation, name)}")


def _reason(cloudformation: Any, name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("FAILED")]
    if not failed:
        return f"it was not complete within {PATIENCE:.0f} s"
    return f"{failed[0]['LogicalResourceId']}: {failed[0].get('ResourceStatusReason', 'no reason given')}"

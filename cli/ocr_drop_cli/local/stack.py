"""The deployed system on this machine: the template in a local AWS, and the OCR API beside it."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config

from ocr_drop_cli.local import aws_launcher_path, packaging
from ocr_drop_cli.local.failures import LocalFailure
from ocr_drop_cli.local.processes import Child, free_port, is_free

NAME = "ocr-drop-local"
CALLS_IN_FLIGHT = "4"
"""The ceiling here: two environments with two calls each keep a laptop's engine busy."""

_KEY = "test"
_ARTIFACTS = "ocr-drop-local-artifacts"
_PATIENCE = 60.0


@dataclass(frozen=True)
class OcrAccount:
    """An OCR API (scheme, host and port) and the credentials for it."""

    url: str
    app_id: str
    secret: str


@dataclass(frozen=True)
class LocalStack:
    """A running local stack: what a client needs to know of it."""

    endpoint_url: str
    outputs: dict[str, str]
    ocr_url: str

    def client(self, service: str) -> Any:
        """A boto3 client of this stack's AWS."""
        return _client(service, self.endpoint_url)

    def description(self) -> dict[str, str | None]:
        """What `local up --json` prints."""
        return {
            "endpointUrl": self.endpoint_url,
            "region": packaging.REGION,
            "accessKeyId": _KEY,
            "secretAccessKey": _KEY,
            "uploadsBucket": self.outputs["UploadsBucket"],
            "resultsBucket": self.outputs["ResultsBucket"],
            "indexTable": self.outputs["IndexTable"],
            "eventBus": self.outputs["EventBus"],
            "uploadsQueueUrl": self.outputs["UploadsQueueUrl"],
            "deadLetterQueueUrl": self.outputs["DeadLetterQueueUrl"],
            "secretId": self.outputs["SecretId"],
            "ocrUrl": self.ocr_url,
            "viewerUrl": None,
        }


@contextmanager
def running(port: int | None = None, ocr: OcrAccount | None = None) -> Iterator[LocalStack]:
    """A local stack for as long as the context lasts; afterwards no process and no file of it is left."""
    if port is not None and not is_free(port):
        raise LocalFailure(f"port {port} is taken: choose another with --port")
    with tempfile.TemporaryDirectory(prefix="ocr-drop-", ignore_cleanup_errors=True) as folder:
        children: list[Child] = []
        try:
            yield _start(port or free_port(), ocr, Path(folder), children)
        finally:
            for child in children:
                child.stop()


def _start(port: int, ocr: OcrAccount | None, scratch: Path, children: list[Child]) -> LocalStack:
    """Start both programs at once: the engine loads while the stack is created."""
    aws = _start_aws(port, scratch)
    children.append(aws)
    account = ocr or OcrAccount("", "7438000001", secrets.token_hex(16))
    if ocr is None:
        children.append(endpoint := _start_endpoint(account, scratch))
    url = f"http://127.0.0.1:{port}"
    _wait_for(url, aws)
    if ocr is None:
        account = OcrAccount(_url_of(endpoint), account.app_id, account.secret)
    outputs = _create(url, account.url)
    stack = LocalStack(url, outputs, account.url)
    content = json.dumps({"appId": account.app_id, "secret": account.secret})
    stack.client("secretsmanager").put_secret_value(SecretId=outputs["SecretId"], SecretString=content)
    return stack


def _start_aws(port: int, scratch: Path) -> Child:
    python = Path(sys.prefix) / "local-aws" / "bin" / "python"
    if not python.exists():
        raise LocalFailure("the local AWS is not installed: run `make run` once, which sets it up")
    environment = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": packaging.REGION,
        "AUTH": "true",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "AWS_ACCESS_KEY_ID": _KEY,
        "AWS_SECRET_ACCESS_KEY": _KEY,
        "PYTHONDONTWRITEBYTECODE": "",
    }
    return Child(str(python), [str(aws_launcher_path())], environment, scratch=scratch, name="aws")


def _start_endpoint(account: OcrAccount, scratch: Path) -> Child:
    program = ["-m", "ocr_drop_cli.main", "endpoint", "--port", "0", "--app-id", account.app_id]
    return Child(sys.executable, program, {"OCR_ENDPOINT_SECRET": account.secret}, scratch=scratch, name="endpoint")


def _url_of(endpoint: Child) -> str:
    words = endpoint.line().split()
    if not words or not words[-1].startswith("http"):
        raise LocalFailure(f"the OCR API did not start: {endpoint.last_words()}")
    return words[-1]


def _wait_for(url: str, aws: Child) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if not aws.running():
            raise LocalFailure(f"the local AWS did not start: {aws.last_words()}")
        try:
            urlopen(url, timeout=1).close()
        except HTTPError:
            return
        except (URLError, OSError):
            time.sleep(0.02)
        else:
            return
    raise LocalFailure(f"the local AWS did not answer within {_PATIENCE:.0f} s: {aws.last_words()}")


def _create(url: str, ocr_url: str) -> dict[str, str]:
    """Create the template's stack as `sam deploy` does; gives its outputs."""
    parameters = {
        "AwsEndpointUrl": url,
        "OcrEndpoint": ocr_url,
        "MaxCallsInFlight": CALLS_IN_FLIGHT,
        "UploadsBucketName": f"{NAME}-uploads",
        "ResultsBucketName": f"{NAME}-results",
    }
    template = packaging.load()
    s3 = _client("s3", url)
    s3.create_bucket(Bucket=_ARTIFACTS)
    for name, data in packaging.package(template, _ARTIFACTS).items():
        s3.put_object(Bucket=_ARTIFACTS, Key=name, Body=data)
    cloudformation = _client("cloudformation", url)
    cloudformation.create_stack(
        StackName=NAME,
        TemplateBody=json.dumps(packaging.translate(template, parameters), default=str),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    return _outputs(cloudformation)


def _outputs(cloudformation: Any) -> dict[str, str]:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        (stack,) = cloudformation.describe_stacks(StackName=NAME)["Stacks"]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        if not stack["StackStatus"].endswith("CREATE_IN_PROGRESS"):
            break
        time.sleep(0.02)
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    reasons = [f"{event['LogicalResourceId']} ({event.get('ResourceStatusReason', '')})" for event in failed]
    raise LocalFailure(f"the stack could not be created: {'; '.join(reasons) or stack['StackStatus']}")


def _client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=packaging.REGION,
        aws_access_key_id=_KEY,
        aws_secret_access_key=_KEY,
        config=Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
    )

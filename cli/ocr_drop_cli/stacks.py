"""Which stack a command works on: a deployed one or the one that runs on this machine; for both the same code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import boto3
import click
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from ocr_drop.services import Services
from ocr_drop.settings import MIB, Settings
from ocr_drop_cli.local import state
from ocr_drop_cli.local.description import Description
from ocr_drop_cli.local.stack import NAME as LOCAL_STACK


class Session(Protocol):
    """What makes clients, as boto3's session does."""

    def client(self, service: str, config: Config | None = None) -> Any:
        """A client of one service."""


Command = TypeVar("Command", bound=Callable[..., Any])

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN_KEY = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"})


def options(command: Command) -> Command:
    """The options by which a command is told its stack."""
    for option in (
        click.option("--local", is_flag=True, help="The stack that `ocr-drop local up` runs."),
        click.option("--profile", help="The profile of the AWS CLI to use."),
        click.option("--region", help="The region of the stack.  [default: the profile's]"),
        click.option("--stack", help="The stack's name.  [default: the local stack, if one runs]"),
    ):
        command = option(command)
    return command


def services(*, stack: str | None, region: str | None, profile: str | None, local: bool) -> tuple[Services, int]:
    """The edges of a stack for the command line, and its ceiling of calls in flight."""
    found = session(stack=stack, region=region, profile=profile, local=local)
    try:
        return _services(found, stack or LOCAL_STACK)
    except BotoCoreError as error:
        raise click.ClickException(_unusable(error)) from None


def session(*, stack: str | None, region: str | None, profile: str | None, local: bool) -> Session:
    """What makes the clients for a stack."""
    if local and stack:
        raise click.UsageError("give --stack or --local, not both")
    if stack is None:
        return _LocalSession(_running())
    try:
        found: Session = boto3.Session(profile_name=profile, region_name=region)
    except ProfileNotFound as error:
        raise click.ClickException(f"{error}: aws configure list-profiles shows those there are") from None
    except BotoCoreError as error:
        raise click.ClickException(_unusable(error)) from None
    return found


def _running() -> Description:
    found = state.find()
    if found is None:
        raise click.UsageError("no local stack runs: name a deployed one with --stack, or start one: ocr-drop local up")
    return found


class _LocalSession:
    """A session whose clients call the local AWS, past any proxy."""

    def __init__(self, found: Description) -> None:
        self._session = boto3.Session(found.access_key_id, found.secret_access_key, region_name=found.region)
        self._url = found.endpoint_url

    def client(self, service: str, config: Config | None = None) -> Any:
        """A client of one service of the local AWS."""
        direct = Config(proxies={})
        config = config.merge(direct) if config else direct
        return self._session.client(service, config=config, endpoint_url=self._url)


def _services(session: Any, stack: str) -> tuple[Services, int]:
    found = _described(session, stack)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    given = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in found.get("Parameters", [])}
    if not {"UploadsBucket", "ResultsBucket", "IndexTable"} <= set(outputs):
        raise click.ClickException(f"the stack {stack} is none of ocr-drop: it has no output UploadsBucket")
    settings = Settings(
        uploads_bucket=outputs["UploadsBucket"],
        results_bucket=outputs["ResultsBucket"],
        index_table=outputs["IndexTable"],
        event_bus=outputs["EventBus"],
        uploads_queue_url=outputs["UploadsQueueUrl"],
        dead_letter_queue_url=outputs["DeadLetterQueueUrl"],
        ocr_secret_id=outputs["SecretId"],
        ocr_endpoint=given["OcrEndpoint"].rstrip("/"),
        egress_ip=outputs.get("EgressIp", ""),
        max_image_bytes=int(given["MaxImageBytes"]),
        call_threads=1,
        memory_bytes=MIB * int(given["MemorySize"]),
        max_pages=int(given["MaxPages"]),
        tiles=given["Tiles"] == "allow",
        auth_mode=given["AuthMode"],
    )
    return Services.of(settings, session), int(given["MaxCallsInFlight"])


def _described(session: Any, stack: str) -> dict[str, Any]:
    try:
        (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except NoRegionError:
        raise click.ClickException("no region is set: give --region, or set one with aws configure") from None
    except NoCredentialsError:
        raise click.ClickException("no AWS credentials were found: aws configure, or give --profile") from None
    except ClientError as error:
        raise click.ClickException(_refusal(error, stack)) from None
    return dict(found)


def _unusable(error: BotoCoreError) -> str:
    name = type(error).__name__
    if isinstance(error, HTTPClientError):
        return f"AWS could not be reached ({name}): look at the network, and whether the region is spelt right"
    return f"AWS cannot be used as it is configured ({name}): sign in again, or look at aws configure list"


def _refusal(error: ClientError, stack: str) -> str:
    code = error.response["Error"]["Code"]
    if code == "ValidationError":
        return f"there is no stack {stack} in this account and region: see aws cloudformation list-stacks"
    if code in _EXPIRED:
        return "the AWS credentials have expired: sign in again, with aws sso login or as you do"
    if code in _UNKNOWN_KEY:
        return "AWS does not know these credentials: look at aws configure list"
    return f"these credentials may not look at the stack {stack} ({code}): they need cloudformation:DescribeStacks"

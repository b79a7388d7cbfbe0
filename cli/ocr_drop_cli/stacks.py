"""Which stack a command works on: a deployed one or the one that runs on this machine; for both the same code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
import click
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from ocr_drop.aws import CONFIG
from ocr_drop.services import Services
from ocr_drop.settings import MIB, Settings
from ocr_drop_cli.local import state
from ocr_drop_cli.local.description import Description
from ocr_drop_cli.local.stack import NAME as LOCAL_STACK

Command = TypeVar("Command", bound=Callable[..., Any])

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_DENIED = frozenset({"403", "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "UnauthorizedOperation"})
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


@dataclass(frozen=True)
class Stack:
    """A stack that a command works on: its edges, its ceiling of calls, and clients for what it alone does."""

    name: str
    services: Services
    ceiling: int
    session: Any

    def client(self, service: str, config: Config = CONFIG) -> Any:
        """A client of one service, in the stack's region."""
        return self.session.client(service, config=config)


def services(*, stack: str | None, region: str | None, profile: str | None, local: bool) -> tuple[Services, int]:
    """The edges of a stack for the command line, and its ceiling of calls in flight."""
    found = opened(stack=stack, region=region, profile=profile, local=local)
    return found.services, found.ceiling


def opened(*, stack: str | None, region: str | None, profile: str | None, local: bool) -> Stack:
    """The stack that the options name; whatever keeps it from being found is one sentence."""
    if local and stack:
        raise click.UsageError("give --stack or --local, not both")
    if stack is None:
        return _opened(_LocalSession(_running()), LOCAL_STACK)
    try:
        return _opened(boto3.Session(profile_name=profile, region_name=region), stack)
    except ProfileNotFound as error:
        raise click.ClickException(f"{error}: aws configure list-profiles shows those there are") from None
    except BotoCoreError as error:
        raise click.ClickException(_unusable(error)) from None


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
        self.region_name = found.region

    def client(self, service: str, config: Config | None = None) -> Any:
        """A client of one service of the local AWS."""
        direct = Config(proxies={})
        config = config.merge(direct) if config else direct
        return self._session.client(service, config=config, endpoint_url=self._url)


@contextmanager
def refusals(right: str) -> Iterator[None]:
    """Tell in one sentence what AWS refuses inside, naming the `right` that it takes."""
    try:
        yield
    except S3UploadFailedError as error:
        raise click.ClickException(_refused(error.__context__, right)) from None
    except (ClientError, BotoCoreError) as error:
        raise click.ClickException(_refused(error, right)) from None


def _refused(error: BaseException | None, right: str) -> str:
    if isinstance(error, BotoCoreError):
        return _unusable(error)
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    if code in _EXPIRED:
        return "the AWS credentials have expired: sign in again, with aws sso login or as you do"
    if code in _DENIED:
        return f"AWS refused it ({code}): these credentials need {right}, in the account that the stack is in"
    if code == "NoSuchBucket":
        return "the stack's bucket is not there any more: deploy the stack again, or name another with --stack"
    return f"AWS did not do it ({code}), for which these credentials need {right}: try again"


def _opened(session: Any, stack: str) -> Stack:
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
    return Stack(stack, Services.of(settings, session), int(given["MaxCallsInFlight"]), session)


def _described(session: Any, stack: str) -> dict[str, Any]:
    try:
        (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except NoRegionError:
        raise click.ClickException("no region is set: give --region, or set one with aws configure") from None
    except NoCredentialsError:
        raise click.ClickException("no AWS credentials were found: aws configure, or give --profile") from None
    except ClientError as error:
        raise click.ClickException(_refusal(error, stack, session.region_name)) from None
    return dict(found)


def _unusable(error: BotoCoreError) -> str:
    name = type(error).__name__
    if isinstance(error, InvalidRegionError):
        return "the region is no name of a region, such as eu-west-1: give another with --region"
    if isinstance(error, EndpointConnectionError | HTTPClientError):
        return f"AWS could not be reached ({name}): look at the network, and whether the region is spelt right"
    return f"AWS cannot be used as it is configured ({name}): sign in again, or look at aws configure list"


def _refusal(error: ClientError, stack: str, region: str) -> str:
    code = error.response["Error"]["Code"]
    if code == "ValidationError":
        return (
            f"there is no stack {stack} in {region} of this account:"
            " try --region or --profile, or see aws cloudformation list-stacks"
        )
    if code in _EXPIRED:
        return "the AWS credentials have expired: sign in again, with aws sso login or as you do"
    if code in _UNKNOWN_KEY:
        return "AWS does not know these credentials: look at aws configure list"
    return f"these credentials may not look at the stack {stack} ({code}): they need cloudformation:DescribeStacks"

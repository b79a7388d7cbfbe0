"""Which stack a command works on, and one sentence for each way in which it cannot be found."""

from __future__ import annotations

import click
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
)

from ocr_drop_cli import stacks
from ocr_drop_cli.main import run


class CloudFormation:
    """Answers `describe_stacks` as it is told."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def describe_stacks(self, **_: str) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Session:
    """A session with one client."""

    region_name = "eu-west-1"

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def client(self, *_: str) -> CloudFormation:
        return CloudFormation(self.answer)


def _refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret of AWS"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (_refused("ValidationError"), "there is no stack nonsense"),
        (_refused("ExpiredToken"), "have expired"),
        (_refused("InvalidClientTokenId"), "does not know these credentials"),
        (_refused("AccessDenied"), "cloudformation:DescribeStacks"),
        (NoCredentialsError(), "no AWS credentials"),
        (NoRegionError(), "--region"),
        (InvalidRegionError(region_name="a b"), "--region"),
        (EndpointConnectionError(endpoint_url="https://x"), "whether the region is spelt right"),
        (_refused("ValidationError"), "eu-west-1"),
        ({"Stacks": [{"Outputs": [], "Parameters": []}]}, "none of ocr-drop"),
    ],
)
def test_whatever_keeps_a_stack_from_being_found_is_one_sentence(
    answer: object, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, what to do, and no traceback."""
    monkeypatch.setattr(stacks.boto3, "Session", lambda **_: Session(answer))
    assert run(["backfill", "--stack", "nonsense"]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert "secret of AWS" not in told


def test_without_a_stack_and_without_a_local_one_the_usage_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2: name one, or start one."""
    monkeypatch.setattr(stacks.state, "find", lambda: None)
    assert run(["backfill"]) == 2
    assert "ocr-drop local up" in capsys.readouterr().err


def test_a_stack_is_deployed_or_local_not_both(capsys: pytest.CaptureFixture[str]) -> None:
    """Which one was meant, nobody guesses."""
    assert run(["backfill", "--local", "--stack", "a"]) == 2
    assert "not both" in capsys.readouterr().err


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in --profile is the user's own."""
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert run(["backfill", "--stack", "a", "--profile", "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (_refused("AccessDenied"), "need s3:PutObject, in the account that the stack is in"),
        (_refused("403"), "need s3:PutObject"),
        (_refused("ExpiredToken"), "have expired"),
        (_refused("NoSuchBucket"), "bucket is not there"),
        (_refused("SlowDown"), "try again"),
        (EndpointConnectionError(endpoint_url="https://x"), "could not be reached"),
    ],
)
def test_what_aws_refuses_a_command_is_one_sentence(error: Exception, said: str) -> None:
    """It names the right that it takes, and nothing that AWS said of the request."""
    with pytest.raises(click.ClickException) as told, stacks.refusals("s3:PutObject"):
        raise error
    assert said in told.value.message
    assert "secret of AWS" not in told.value.message

"""What AWS would refuse only at deployment: names that clash, texts that are too long, YAML that it does not know."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from ocr_drop_cli.local.translation import TEMPLATE

LONGEST_DESCRIPTION = 1024
LONG_VALUE = "x" * 130
"""Longer than the ARN of any queue or secret of a stack whose name fits into a bucket's."""


def _written() -> dict[str, Any]:
    return dict(yaml_parse(TEMPLATE.read_text()))


def _holds(condition: Any, parameters: dict[str, str]) -> Any:
    """What CloudFormation makes of a rule's condition."""
    if not isinstance(condition, dict):
        return condition
    ((function, given),) = condition.items()
    if function == "Ref":
        return parameters[given]
    values = [_holds(each, parameters) for each in given]
    return {
        "Fn::Or": lambda: any(values),
        "Fn::And": lambda: all(values),
        "Fn::Not": lambda: not values[0],
        "Fn::Equals": lambda: values[0] == values[1],
    }[function]()


@pytest.mark.parametrize(
    ("uploads", "results", "allowed"),
    [
        ("", "", True),
        ("in", "", True),
        ("", "out", True),
        ("in", "out", True),
        ("same", "same", False),
    ],
)
def test_one_bucket_for_both_is_refused_and_nothing_else(uploads: str, results: str, allowed: bool) -> None:
    """Names that are left out are made by the stack and differ; the same name given twice stops the deployment."""
    parameters = {"UploadsBucketName": uploads, "ResultsBucketName": results}
    assertions = [each for rule in _written()["Rules"].values() for each in rule["Assertions"]]
    assert all(_holds(each["Assert"], parameters) for each in assertions) is allowed


def test_runbooks_fit_into_an_alarm() -> None:
    """CloudWatch takes 1,024 characters, names of the stack's own things included."""
    alarms = [each for each in _written()["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    described = [alarm["Properties"]["AlarmDescription"]["Fn::Sub"] for alarm in alarms]
    texts = [text if isinstance(text, str) else text[0] for text in described]
    assert len(texts) > 4
    for text in texts:
        assert len(re.sub(r"\$\{[^}]+\}", LONG_VALUE, text)) <= LONGEST_DESCRIPTION


def test_no_alias_is_used() -> None:
    """CloudFormation does not know YAML's aliases, which SAM's own commands would hide."""
    tokens = yaml.scan(TEMPLATE.read_text())
    assert not [token for token in tokens if isinstance(token, yaml.AliasToken | yaml.AnchorToken)]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("OcrEndpoint", ["https://openapi.esign.cn", "http://127.0.0.1:8300"], ["openapi.esign.cn", "https://a.b/v2"]),
        ("AwsEndpointUrl", ["", "http://127.0.0.1:4566"], ["127.0.0.1:4566", "http://a.b/"]),
        ("UploadsBucketName", ["", "my-uploads-1"], ["My-Uploads", "a_b", "-a-b"]),
        ("ResultsBucketName", ["", "my-results-1"], ["My-Results", "a.b", "ab-"]),
        ("AlarmTopicArn", ["", "arn:aws-cn:sns:cn-north-1:123456789012:ops"], ["ops", "arn:aws:sqs:a:123456789012:b"]),
    ],
)
def test_a_value_that_cannot_work_is_refused_at_once(name: str, good: list[str], bad: list[str]) -> None:
    """A pattern of the parameter says so before anything is created."""
    pattern = _written()["Parameters"][name]["AllowedPattern"]
    assert all(re.search(pattern, value) for value in good)
    assert not [value for value in bad if re.search(pattern, value)]

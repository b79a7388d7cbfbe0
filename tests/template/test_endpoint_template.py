"""functions/endpoint/template.yaml: the OCR API as a function with a URL, bounded and without a secret in sight."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from samtranslator.yaml_helper import yaml_parse

from endpoint_built import MEMORY, ROOT
from ocr_endpoint.apps import Bounds
from ocr_endpoint.settings import bounds_from

FOLDER = ROOT / "functions" / "endpoint"
TEMPLATE = FOLDER / "template.yaml"


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """The template as it is written."""
    return dict(yaml_parse(TEMPLATE.read_text()))


@pytest.fixture(scope="module")
def function(written: dict[str, Any]) -> dict[str, Any]:
    """The function's properties."""
    return dict(written["Resources"]["EndpointFunction"]["Properties"])


def test_it_is_a_zip_function_for_arm64(function: dict[str, Any]) -> None:
    """There is no choice of processor: for x86_64 the parts do not fit."""
    assert function["Architectures"] == ["arm64"]
    assert "PackageType" not in function


def test_everybody_may_call_and_the_signature_decides(written: dict[str, Any], function: dict[str, Any]) -> None:
    """The URL is open unless AWS_IAM is asked for; then nobody is let in but by IAM."""
    assert written["Parameters"]["AuthType"]["Default"] == "NONE"
    assert function["FunctionUrlConfig"]["AuthType"] == {"Ref": "AuthType"}
    permissions = [each for each in written["Resources"].values() if each["Type"] == "AWS::Lambda::Permission"]
    assert {each["Condition"] for each in permissions} == {"IsOpen"}
    assert {each["Properties"]["Principal"] for each in permissions} == {"*"}
    by_action = {each["Properties"]["Action"]: each["Properties"] for each in permissions}
    assert set(by_action) == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert by_action["lambda:InvokeFunctionUrl"]["FunctionUrlAuthType"] == "NONE"
    assert by_action["lambda:InvokeFunction"]["InvokedViaFunctionUrl"] is True
    assert written["Conditions"]["IsOpen"] == {"Fn::Equals": [{"Ref": "AuthType"}, "NONE"]}


def test_what_it_may_cost_has_a_bound(written: dict[str, Any], function: dict[str, Any]) -> None:
    """Calls at one time, a call's time and its memory are all bounded; logs end."""
    assert function["ReservedConcurrentExecutions"] == {"Ref": "MaxCallsInFlight"}
    whole = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]["MaxCallsInFlight"]["Default"]
    assert written["Parameters"]["MaxCallsInFlight"]["Default"] == int(whole)
    assert function["Timeout"] <= 60
    assert written["Parameters"]["MemorySize"]["Default"] == MEMORY
    assert written["Resources"]["EndpointLogGroup"]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": "EndpointLogGroup"}


def test_no_variable_holds_the_secret(written: dict[str, Any], function: dict[str, Any]) -> None:
    """The environment names a secret of Secrets Manager, which is made there and is in no parameter."""
    variables = function["Environment"]["Variables"]
    assert variables == {
        "OCR_ENDPOINT_SECRET_ID": {"Ref": "EndpointSecret"},
        "OCR_ENDPOINT_TABLE": {"Ref": "EndpointTable"},
        "OCR_ENDPOINT_ALLOW": {"Ref": "AllowedNetworks"},
        "OCR_ENDPOINT_QUOTA": {"Ref": "Quota"},
        "OCR_ENDPOINT_RATE": {"Ref": "Rate"},
        "AWS_ENDPOINT_URL": {"Ref": "AwsEndpointUrl"},
    }
    assert not [name for name in written["Parameters"] if "secret" in name.lower()]


def test_the_secret_has_ocr_drops_own_form(written: dict[str, Any]) -> None:
    """Its text can be put into the secret of ocr-drop's stack as it is."""
    made = written["Resources"]["EndpointSecret"]["Properties"]["GenerateSecretString"]
    template = json.loads(made["SecretStringTemplate"]["Fn::Sub"])
    assert {*template, made["GenerateStringKey"]} == {"appId", "secret"}
    assert made["PasswordLength"] >= 32


def test_every_variable_that_binds_is_one_the_function_reads(function: dict[str, Any]) -> None:
    """What the template sets by parameters is what the endpoint is told by its names."""
    read = (FOLDER / "ocr_endpoint/settings.py").read_text() + (FOLDER / "ocr_endpoint/function.py").read_text()
    named = set(re.findall(r"OCR_ENDPOINT_[A-Z_]*[A-Z]", read)) | {f"OCR_ENDPOINT_{name}" for name in ("QUOTA", "RATE")}
    assert named == {name for name in function["Environment"]["Variables"] if name.startswith("OCR_ENDPOINT_")}


GOOD = {
    "AllowedNetworks": [
        "",
        "192.0.2.7",
        "0.0.0.0/0",
        "192.0.2.0/24,198.51.100.7",
        "2001:db8::/32,::1",
        "::ffff:192.0.2.1",
    ],
    "Quota": ["", "0", "1000"],
    "Rate": ["", "50", "0.5", "0.001", "9999.999"],
}
BAD = {
    "AllowedNetworks": [
        "everybody",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.0/33",
        "192.0.2.1,",
        ",192.0.2.1",
        "192.0.2.1;::1",
    ],
    "Quota": ["-1", "1.5", "many", "1e3"],
    "Rate": ["0", "0.0", "-1", "fast", ".5", "1.", "1e3"],
}
VARIABLES = {"AllowedNetworks": "OCR_ENDPOINT_ALLOW", "Quota": "OCR_ENDPOINT_QUOTA", "Rate": "OCR_ENDPOINT_RATE"}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_bound_that_makes_no_sense_is_refused_before_anything_is_made(written: dict[str, Any], name: str) -> None:
    """The parameter's pattern lets through what the function starts with, and stops what it would not."""
    parameter = written["Parameters"][name]
    for value in GOOD[name]:
        assert re.search(parameter["AllowedPattern"], value), value
        bounds_from({VARIABLES[name]: value})
    assert not [value for value in BAD[name] if re.search(parameter["AllowedPattern"], value)]
    assert bounds_from({VARIABLES[name]: parameter["Default"]}) == Bounds()


@given(st.data())
def test_what_a_pattern_lets_through_the_function_starts_with(data: st.DataObject) -> None:
    """Whatever is given as quota, rate or IPv4 networks: no stack is made whose function cannot start."""
    parameters = yaml_parse(TEMPLATE.read_text())["Parameters"]
    for name, variable in VARIABLES.items():
        value = data.draw(st.from_regex(re.compile(parameters[name]["AllowedPattern"], re.ASCII), fullmatch=True))
        if ":" not in value:
            bounds_from({variable: value})


def test_what_environments_have_to_know_of_each_other_is_in_a_table(written: dict[str, Any]) -> None:
    """Its key and its end are those that the function writes; it is paid by use, and encrypted."""
    table = written["Resources"]["EndpointTable"]["Properties"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ends", "Enabled": True}
    assert table["SSESpecification"]["SSEEnabled"] is True


def test_the_role_may_read_the_one_secret_use_the_one_table_and_log(written: dict[str, Any]) -> None:
    """Each action is on one resource of the stack."""
    (policy,) = written["Resources"]["EndpointRole"]["Properties"]["Policies"]
    allowed = {}
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            allowed[action] = statement["Resource"]
    log, table = ({"Fn::GetAtt": [name, "Arn"]} for name in ("EndpointLogGroup", "EndpointTable"))
    assert allowed == {
        **dict.fromkeys((f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update", "Delete")), table),
        "secretsmanager:GetSecretValue": {"Ref": "EndpointSecret"},
        "logs:CreateLogStream": log,
        "logs:PutLogEvents": log,
    }


def test_what_the_whole_system_is_told_fits_its_parameter(written: dict[str, Any]) -> None:
    """The output OcrEndpoint, made of the function's URL, is what ocr-drop's parameter of that name takes."""
    output = written["Outputs"]["OcrEndpoint"]["Value"]
    pattern = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]["OcrEndpoint"]["AllowedPattern"]
    assert output == {
        "Fn::Sub": [
            "https://${Host}",
            {"Host": {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::GetAtt": ["EndpointFunctionUrl", "FunctionUrl"]}]}]}},
        ]
    }
    url = "https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws/"
    assert re.search(pattern, "https://" + url.split("/")[2])


def test_no_alias_is_used() -> None:
    """CloudFormation does not know YAML's aliases."""
    tokens = yaml.scan(TEMPLATE.read_text())
    assert not [token for token in tokens if isinstance(token, yaml.AliasToken | yaml.AnchorToken)]

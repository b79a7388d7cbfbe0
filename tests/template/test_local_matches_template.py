"""Local is the same system: what the template says is what the local AWS has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cloudformation import Made
from ocr_drop_cli.local import stack as local_stack
from ocr_drop_cli.local.translation import TEMPLATE, package
from running import Running

NOWHERE = ("--ocr-url", "http://127.0.0.1:9", "--app-id", "a", "--secret", "b")


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The local stack, without the OCR API: nothing is uploaded here."""
    stack = Running(*NOWHERE)
    yield stack
    stack.end()


@pytest.fixture(scope="module")
def template(running: Running) -> dict[str, Any]:
    """The translated template, with the parameters that the local stack was created with."""
    (stack,) = running.client("cloudformation").describe_stacks(StackName=local_stack.NAME)["Stacks"]
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    translated = package(TEMPLATE, parameters, running.told["region"]).template
    return {
        **translated,
        "Chosen": parameters,
        "Given": {name: each.get("Default") for name, each in translated["Parameters"].items()} | parameters,
    }


@pytest.fixture(scope="module")
def resources(running: Running) -> dict[str, dict[str, Any]]:
    """What the local AWS created, by logical id."""
    listed = running.client("cloudformation").list_stack_resources(StackName=local_stack.NAME)
    return {resource["LogicalResourceId"]: resource for resource in listed["StackResourceSummaries"]}


def value(template: dict[str, Any], written: Any) -> Any:
    """What a property means where it says so by parameters and mappings; None where only AWS could tell."""
    match written:
        case {"Ref": name} if name in template["Given"]:
            return template["Given"][name]
        case {"Fn::FindInMap": [name, key, entry]}:
            return template["Mappings"][name][value(template, key)][entry]
        case {}:
            return None
    return written


def properties(template: dict[str, Any], name: str) -> dict[str, Any]:
    """The properties of one resource as the template gives them."""
    return dict(template["Resources"][name]["Properties"])


def test_every_resource_is_there(
    running: Running, template: dict[str, Any], resources: dict[str, dict[str, Any]]
) -> None:
    """Each resource that the parameters ask for was created, of the same type, and none besides."""
    made = Made(running.told["region"], **template["Chosen"])
    wanted = {name: resource["Type"] for name, resource in made.resources.items()}
    assert {name: resource["ResourceType"] for name, resource in resources.items()} == wanted
    assert {resource["ResourceStatus"] for resource in resources.values()} == {"CREATE_COMPLETE"}


def test_the_function_is_the_templates(running: Running, template: dict[str, Any]) -> None:
    """Handler, timeout, memory, layers and each variable of the environment are what the template says."""
    written = properties(template, "RecognizeFunction")
    found = running.client("lambda").get_function_configuration(FunctionName=f"{local_stack.NAME}-recognize")
    assert found["Handler"] == written["Handler"]
    assert found["Runtime"] == written["Runtime"]
    assert found["Timeout"] == int(value(template, written["Timeout"]))
    assert found["MemorySize"] == int(value(template, written["MemorySize"]))
    assert len(found["Layers"]) == len(written["Layers"])
    assert found["LoggingConfig"]["LogFormat"] == written["LoggingConfig"]["LogFormat"]
    variables = {name: value(template, given) for name, given in written["Environment"]["Variables"].items()}
    assert set(found["Environment"]["Variables"]) == set(variables)
    known = {name: str(given) for name, given in variables.items() if given is not None}
    assert found["Environment"]["Variables"].items() >= known.items()


def test_the_environment_names_the_stacks_own_resources(running: Running) -> None:
    """What the function reads and writes is what the stack tells its user."""
    found = running.client("lambda").get_function_configuration(FunctionName=f"{local_stack.NAME}-recognize")
    variables, told = found["Environment"]["Variables"], running.told
    assert variables["RESULTS_BUCKET"] == told["resultsBucket"]
    assert variables["INDEX_TABLE"] == told["indexTable"]
    assert variables["EVENT_BUS"] == told["eventBus"]
    assert variables["UPLOADS_QUEUE_URL"] == told["uploadsQueueUrl"]
    assert variables["DEAD_LETTER_QUEUE_URL"] == told["deadLetterQueueUrl"]
    assert variables["OCR_SECRET_ID"] == told["secretId"]
    assert variables["OCR_ENDPOINT"] == told["ocrUrl"]
    assert variables["AWS_ENDPOINT_URL"] == told["endpointUrl"]


def test_the_mapping_is_the_templates(running: Running, template: dict[str, Any]) -> None:
    """Batches are as large, as many at a time and as partly answered as on AWS."""
    written = properties(template, "RecognizeFunctionUploads")
    (found,) = running.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert found["BatchSize"] == value(template, written["BatchSize"])
    assert found["FunctionResponseTypes"] == written["FunctionResponseTypes"]
    assert found["ScalingConfig"] == {name: value(template, given) for name, given in written["ScalingConfig"].items()}
    assert found["MaximumBatchingWindowInSeconds"] == value(template, written["MaximumBatchingWindowInSeconds"])
    assert found["State"] == "Enabled"


@pytest.mark.parametrize(
    ("name", "place"), [("UploadsQueue", "uploadsQueueUrl"), ("DeadLetterQueue", "deadLetterQueueUrl")]
)
def test_the_queues_are_the_templates(running: Running, template: dict[str, Any], name: str, place: str) -> None:
    """Timeout, retention, encryption, redrive and policy of a queue are what the template says."""
    written = properties(template, name)
    found = running.sqs.get_queue_attributes(QueueUrl=running.told[place], AttributeNames=["All"])["Attributes"]
    numbers = {key: given for key, given in written.items() if isinstance(given, int) and not isinstance(given, bool)}
    assert {key: int(found[key]) for key in numbers} == numbers
    assert found["SqsManagedSseEnabled"].lower() == "true"
    policy = properties(template, f"{name}Policy")["PolicyDocument"]
    assert [each["Sid"] for each in json.loads(found["Policy"])["Statement"]] == [
        each["Sid"] for each in policy["Statement"]
    ]
    if "RedrivePolicy" in written:
        redrive = json.loads(found["RedrivePolicy"])
        assert int(redrive["maxReceiveCount"]) == written["RedrivePolicy"]["maxReceiveCount"]
        dead = running.told["deadLetterQueueUrl"].rsplit("/", 1)[1]
        assert redrive["deadLetterTargetArn"].endswith(f":{dead}")


def test_the_table_is_the_templates(running: Running, template: dict[str, Any]) -> None:
    """Keys, indexes and time to live of the table are what the template says."""
    written, dynamodb = properties(template, "IndexTable"), running.client("dynamodb")
    found = dynamodb.describe_table(TableName=running.told["indexTable"])["Table"]
    assert found["KeySchema"] == written["KeySchema"]
    indexes = {each["IndexName"]: (each["KeySchema"], each["Projection"]) for each in found["GlobalSecondaryIndexes"]}
    assert indexes == {
        each["IndexName"]: (each["KeySchema"], each["Projection"]) for each in written["GlobalSecondaryIndexes"]
    }
    life = dynamodb.describe_time_to_live(TableName=running.told["indexTable"])["TimeToLiveDescription"]
    assert life["AttributeName"] == written["TimeToLiveSpecification"]["AttributeName"]
    assert life["TimeToLiveStatus"] == "ENABLED"


@pytest.mark.parametrize(("name", "place"), [("UploadsBucket", "uploadsBucket"), ("ResultsBucket", "resultsBucket")])
def test_the_buckets_are_the_templates(running: Running, template: dict[str, Any], name: str, place: str) -> None:
    """Versions, public access, policy and notifications of a bucket are what the template says."""
    written, bucket = properties(template, name), running.told[place]
    assert running.s3.get_bucket_versioning(Bucket=bucket)["Status"] == written["VersioningConfiguration"]["Status"]
    blocked = running.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert blocked == written["PublicAccessBlockConfiguration"]
    policy = json.loads(running.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == [
        each["Sid"] for each in properties(template, f"{name}Policy")["PolicyDocument"]["Statement"]
    ]
    notified = running.s3.get_bucket_notification_configuration(Bucket=bucket).get("QueueConfigurations", [])
    wanted = written.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
    assert [each["Events"] for each in notified] == [[each["Event"]] for each in wanted if "Event" in each]


def test_the_role_may_do_what_the_template_allows(running: Running, template: dict[str, Any], resources: Any) -> None:
    """The function's role has the template's statements and no others: the local AWS holds it to them."""
    role, iam = resources["RecognizeRole"]["PhysicalResourceId"], running.client("iam")
    found = iam.get_role_policy(RoleName=role, PolicyName="recognize")["PolicyDocument"]
    (written,) = properties(template, "RecognizeRole")["Policies"]
    assert [(each["Sid"], each["Action"]) for each in found["Statement"]] == [
        (each["Sid"], each["Action"]) for each in written["PolicyDocument"]["Statement"]
    ]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []

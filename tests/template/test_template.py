"""House rules of the stack, held on the translated template: what AWS is asked for, not only what is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from ocr_drop_cli.local.translation import ROOT, TEMPLATE, package


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """The template as it is written."""
    return dict(yaml_parse(TEMPLATE.read_text()))


@pytest.fixture(scope="module")
def resources(written: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The resources after SAM's translation, with default parameters."""
    return dict(package(TEMPLATE, {}, "eu-west-1").template["Resources"])


def _of(resources: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    found = {name: resource for name, resource in resources.items() if resource["Type"] == kind}
    assert found, f"no {kind}"
    return found


def _properties(resources: dict[str, dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    for resource in _of(resources, kind).values():
        yield resource["Properties"]


def test_a_message_stays_hidden_six_times_as_long_as_the_function_may_run(resources) -> None:
    """Lambda asks for six times: an upload under way is not handed out twice."""
    timeout = resources["RecognizeFunction"]["Properties"]["Timeout"]
    assert resources["UploadsQueue"]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def test_what_cannot_be_read_ends_in_the_dead_letter_queue(resources) -> None:
    """The uploads queue has a dead-letter queue, and waiting uploads do not use up their receives."""
    policy = resources["UploadsQueue"]["Properties"]["RedrivePolicy"]
    assert policy["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert policy["maxReceiveCount"] == 1000


def test_both_queues_are_encrypted_and_keep_messages_for_two_weeks(resources) -> None:
    """Nothing vanishes over a holiday; by which key is a choice (test_choices)."""
    for queue in _properties(resources, "AWS::SQS::Queue"):
        assert queue["SqsManagedSseEnabled"]["Fn::If"][0] == "OwnsKey"
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_buckets_are_private_encrypted_versioned_and_stay(resources) -> None:
    """No public access, explicit encryption, versions, and no loss when the stack is deleted."""
    for bucket in _of(resources, "AWS::S3::Bucket").values():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert properties["BucketEncryption"]
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("kind", ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"])
def test_every_bucket_and_queue_insists_on_tls(resources, kind: str) -> None:
    """Whoever comes without TLS is denied."""
    for policy in _properties(resources, kind):
        denials = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
        assert [each["Condition"] for each in denials] == [{"Bool": {"aws:SecureTransport": "false"}}]
    things = {"AWS::S3::BucketPolicy": "AWS::S3::Bucket", "AWS::SQS::QueuePolicy": "AWS::SQS::Queue"}
    assert len(_of(resources, kind)) == len(_of(resources, things[kind]))


def test_the_table_says_how_it_is_encrypted_and_can_be_restored(resources) -> None:
    """Explicit encryption, point-in-time recovery, pay per request, and the indexes of the five questions."""
    table = resources["IndexTable"]["Properties"]
    assert table["SSESpecification"]["SSEEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    names = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
    assert names == {"by-status", "by-day", "by-request", "by-verify"}


def test_only_the_uploads_bucket_of_this_account_may_send(resources) -> None:
    """S3 may send to the queue for one bucket, and that one has to exist after the policy."""
    (allowed,) = [
        each
        for each in resources["UploadsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    ]
    assert allowed["Principal"] == {"Service": "s3.amazonaws.com"}
    assert set(allowed["Condition"]) == {"StringEquals", "ArnEquals"}
    assert "UploadsQueuePolicy" in resources["UploadsBucket"]["DependsOn"]


def test_the_role_names_what_it_may_touch(resources) -> None:
    """No star where a name can stand: neither as an action nor as a resource."""
    for role in _properties(resources, "AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                assert not [action for action in actions if "*" in action]
                assert statement["Resource"] != "*"


def test_the_role_may_do_what_the_code_does(resources) -> None:
    """Each call that the package makes has its action in a role, and nothing else has."""
    calls = {
        "get_object": "s3:GetObject",
        "put_object": "s3:PutObject",
        "head_object": "s3:GetObject",
        "get_item": "dynamodb:GetItem",
        "put_item": "dynamodb:PutItem",
        "update_item": "dynamodb:UpdateItem",
        "query": "dynamodb:Query",
        "get_secret_value": "secretsmanager:GetSecretValue",
        "put_events": "events:PutEvents",
        "change_message_visibility": "sqs:ChangeMessageVisibility",
        "change_message_visibility_batch": "sqs:ChangeMessageVisibility",
        "send_message": "sqs:SendMessage",
        "transact_write_items": "dynamodb:UpdateItem",
        "batch_get_item": "dynamodb:BatchGetItem",
        "delete_item": "dynamodb:DeleteItem",
        "send_message_batch": "sqs:SendMessage",
        "get_queue_attributes": "sqs:GetQueueAttributes",
        "list_objects_v2": "s3:ListBucket",
        "list_object_versions": "s3:ListBucketVersions",
        "delete_objects": "s3:DeleteObjectVersion",
        "receive_message": "sqs:ReceiveMessage",
        "delete_message": "sqs:DeleteMessage",
    }
    package_text = "".join(path.read_text() for path in (ROOT / "layers/ocr-drop/ocr_drop").rglob("*.py"))
    made = set(re.findall(r"_client\.([a-z0-9_]+)\(", package_text))
    assert made == set(calls)
    policies = [policy for role in _properties(resources, "AWS::IAM::Role") for policy in role["Policies"]]
    allowed = {
        action
        for policy in [*policies, resources["ForgettingPolicy"]["Properties"]]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    without_version = {"s3:DeleteObject"}
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    reading = {"s3:GetObjectVersion"}
    consumer = {"s3:PutObjectTagging", "s3:PutObjectVersionTagging"}
    assert allowed == set(calls.values()) | without_version | logs | reading | consumer


def test_events_are_announced_under_one_source_only(resources) -> None:
    """The role may put events of source ocr-drop on the stack's own bus."""
    text = json.dumps(resources["RecognizeRole"])
    assert '"events:source": "ocr-drop"' in text


def test_batches_are_answered_in_part_and_the_ceiling_is_the_mappings(resources) -> None:
    """One bad message does not bring its batch back; Lambda never starts more environments than the ceiling."""
    (mapping,) = _properties(resources, "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == 10
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == {
        "Fn::FindInMap": ["CallsInFlight", {"Ref": "MaxCallsInFlight"}, "Environments"]
    }
    assert "ReservedConcurrentExecutions" not in resources["RecognizeFunction"]["Properties"]


def test_environments_times_threads_is_the_ceiling_for_every_choice(written) -> None:
    """MaxCallsInFlight is what it says: never one call more, and none wasted."""
    choices = written["Parameters"]["MaxCallsInFlight"]["AllowedValues"]
    assert set(choices) == set(written["Mappings"]["CallsInFlight"])
    for ceiling, parts in written["Mappings"]["CallsInFlight"].items():
        assert parts["Environments"] * parts["Threads"] == int(ceiling)
        assert 2 <= parts["Environments"] <= 1000
        assert parts["Threads"] <= 5


def test_each_alarm_says_what_to_do(resources) -> None:
    """A description is a runbook: what is happening, then a list."""
    for alarm in _properties(resources, "AWS::CloudWatch::Alarm"):
        assert json.dumps(alarm["AlarmDescription"]).count("\\n- ") >= 2
        assert alarm["TreatMissingData"] == "notBreaching"


def test_somebody_is_told_of_dead_letters(resources) -> None:
    """A single message in the dead-letter queue raises the alarm."""
    alarm = resources["DeadLettersAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetterQueue", "QueueName"]}}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_every_function_logs_into_a_group_with_retention(resources) -> None:
    """Logs do not pile up for ever, and no group is made behind the stack's back."""
    groups = _of(resources, "AWS::Logs::LogGroup")
    assert all("RetentionInDays" in group["Properties"] for group in groups.values())
    for function in _properties(resources, "AWS::Lambda::Function"):
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups


def test_no_partition_is_written_out(written) -> None:
    """The stack works in China's and other partitions as well."""
    assert "arn:aws:" not in TEMPLATE.read_text()


def test_results_may_not_be_written_where_uploads_come_in(written) -> None:
    """Each result would be an upload again, for ever."""
    (assertion,) = written["Rules"]["ResultsAreNotUploads"]["Assertions"]
    assert "UploadsBucketName" in json.dumps(assertion["Assert"])
    assert "ResultsBucketName" in json.dumps(assertion["Assert"])


def test_every_parameter_says_what_it_does(written) -> None:
    """Whoever runs `sam deploy --guided` reads these sentences, and all have a default."""
    for name, parameter in written["Parameters"].items():
        assert parameter["Description"].rstrip(".") + "." == parameter["Description"], name
        assert "Default" in parameter, name


def test_the_secret_is_never_in_the_template(written) -> None:
    """It begins empty, stays when the stack goes, and no parameter carries it."""
    secret = written["Resources"]["OcrSecret"]
    assert json.loads(secret["Properties"]["SecretString"]) == {"appId": "", "secret": ""}
    assert secret["DeletionPolicy"] == "Retain"
    assert not [name for name in written["Parameters"] if "secret" in name.lower()]


def test_outputs_lead_to_the_first_result(written) -> None:
    """The first three outputs are commands to type, in order."""
    steps = [name for name in written["Outputs"] if name.startswith("Step")]
    assert len(steps) >= 3
    assert all(written["Outputs"][name]["Value"]["Fn::Sub"].startswith("aws ") for name in steps)


def test_the_handler_is_where_the_template_says(written) -> None:
    """CodeUri and Handler name a file and a function in it."""
    properties = written["Resources"]["RecognizeFunction"]["Properties"]
    module, function = properties["Handler"].split(".")
    source = (ROOT / properties["CodeUri"] / f"{module}.py").read_text()
    assert f"def {function}(event" in source

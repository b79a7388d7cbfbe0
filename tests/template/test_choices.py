"""What a stack is with each choice made: a key of its own, endpoints, retention, tracing, another partition."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from cloudformation import Made
from ocr_drop_cli.local.translation import ROOT, TEMPLATE, package

EVERYTHING = {"FixedEgress": "yes", "PrivateAws": "yes", "OwnKey": "yes", "Tracing": "Active"}
EVERYTHING |= {"KeepUploadsDays": "365", "KeepOldVersionsDays": "30"}
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
LASTING = {"AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::KMS::Key", "AWS::EC2::EIP"}


@pytest.fixture(scope="module")
def plain() -> Made:
    """The stack with every default."""
    return Made()


@pytest.fixture(scope="module")
def full() -> Made:
    """The stack with every choice made."""
    return Made(**EVERYTHING)


@pytest.fixture(scope="module")
def in_china() -> Made:
    """The same in China's partition."""
    return Made("cn-north-1", **EVERYTHING)


def test_by_default_nothing_is_made_that_costs_by_the_hour(plain: Made) -> None:
    """No NAT gateway, address, endpoint or key, unless asked for."""
    kinds = {each["Type"] for each in plain.resources.values()}
    assert not [kind for kind in kinds if kind.startswith(("AWS::EC2", "AWS::KMS"))]


def test_with_a_key_of_its_own_all_that_holds_data_is_encrypted_with_it(full: Made) -> None:
    """Buckets, queues, table, secret, bus and logs: none is left with another key."""
    for bucket in full.of("AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
        assert rule["BucketKeyEnabled"] is True
    for queue in full.of("AWS::SQS::Queue").values():
        assert queue["KmsMasterKeyId"] == KEY
        assert "SqsManagedSseEnabled" not in queue
    assert full.of("AWS::DynamoDB::Table")["IndexTable"]["SSESpecification"]["KMSMasterKeyId"] == KEY
    assert full.of("AWS::SecretsManager::Secret")["OcrSecret"]["KmsKeyId"] == KEY
    assert full.of("AWS::Events::EventBus")["EventBus"]["KmsKeyIdentifier"] == KEY
    assert {group["KmsKeyId"]["Fn::GetAtt"][0] for group in full.of("AWS::Logs::LogGroup").values()} == {"Key"}


def test_without_one_all_of_it_is_encrypted_by_aws(plain: Made) -> None:
    """No choice leaves anything in the clear, and none names a key that is not there."""
    assert "Key" not in json.dumps([each.get("Fn::GetAtt") for each in plain.resources.values()])
    assert '["Key", "Arn"]' not in json.dumps(plain.resources)
    for queue in plain.of("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
    for bucket in plain.of("AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_the_key_lets_in_the_services_that_act_by_themselves(full: Made) -> None:
    """S3 tells an encrypted queue, alarms reach an encrypted topic, the bus delivers, logs are written: no one else."""
    statements = full.of("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]
    services = {each["Principal"].get("Service") for each in statements}
    logs = "logs.eu-west-1.amazonaws.com"
    assert services == {None, "s3.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com", logs}
    for statement in statements:
        assert ("Condition" in statement) == ("Service" in statement["Principal"])
    (of_logs,) = [each for each in statements if each["Principal"].get("Service") == logs]
    groups = of_logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    for group in full.of("AWS::Logs::LogGroup").values():
        assert re.fullmatch(groups.rsplit(":", 1)[1].replace("*", ".+"), group["LogGroupName"])


def test_both_functions_may_use_the_key_and_no_other(full: Made) -> None:
    """Reading messages, objects, rows and the secret needs it."""
    (statement,) = full.of("AWS::IAM::Policy")["KeyPolicyOfFunctions"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == KEY
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(statement["Action"])


def test_what_the_function_calls_has_an_endpoint(full: Made) -> None:
    """Each service that the package makes a client of is reached without the NAT gateway."""
    services = (ROOT / "layers/ocr-drop/ocr_drop/services.py").read_text()
    called = set(re.findall(r"session\.client\(\s*\"(\w+)\"", services))
    endpoints = full.of("AWS::EC2::VPCEndpoint")
    assert {each["ServiceName"].rsplit(".", 1)[1] for each in endpoints.values()} == called
    for endpoint in endpoints.values():
        if endpoint["VpcEndpointType"] == "Interface":
            assert endpoint["PrivateDnsEnabled"] is True
            assert len(endpoint["SubnetIds"]) == 2


def test_the_address_is_fixed_without_endpoints_too() -> None:
    """Endpoints by the hour are a choice of their own."""
    endpoints = Made(FixedEgress="yes").of("AWS::EC2::VPCEndpoint").values()
    assert {each["VpcEndpointType"] for each in endpoints} == {"Gateway"}


def test_endpoints_without_a_network_of_ones_own_are_none() -> None:
    """PrivateAws alone makes nothing."""
    assert not [name for name in Made(PrivateAws="yes").resources if name.endswith("Endpoint")]


def test_uploads_and_old_versions_are_forgotten_when_asked(plain: Made, full: Made) -> None:
    """Results and kept answers never expire; by default nothing does."""

    def rules(made: Made, bucket: str) -> dict[str, dict[str, Any]]:
        return {each["Id"]: each for each in made.of("AWS::S3::Bucket")[bucket]["LifecycleConfiguration"]["Rules"]}

    for bucket in ("UploadsBucket", "ResultsBucket"):
        assert set(rules(plain, bucket)) == {"forget-unfinished-parts"}
        old = rules(full, bucket)["forget-old-versions"]
        assert int(old["NoncurrentVersionExpiration"]["NoncurrentDays"]) == 30
    assert int(rules(full, "UploadsBucket")["forget-uploads"]["ExpirationInDays"]) == 365
    assert not [each for each in rules(full, "ResultsBucket").values() if "ExpirationInDays" in each]


@pytest.mark.parametrize("choice", ["Active", "PassThrough"])
def test_tracing_is_lambdas_own(choice: str) -> None:
    """The function is traced by Lambda or not at all; the right to send traces comes with it, the SDK never."""
    made = Made(Tracing=choice)
    for function in made.of("AWS::Lambda::Function").values():
        assert function["TracingConfig"] == {"Mode": choice}
    assert ("TracingPolicy" in made.resources) == (choice == "Active")
    assert "xray" not in (ROOT / "layers/dependencies/requirements.txt").read_text()


def test_all_that_holds_what_cannot_be_had_again_stays(full: Made) -> None:
    """Deleting or replacing the stack loses no object, row, secret, key or allowed address."""
    lasting = {name: each for name, each in full.resources.items() if each["Type"] in LASTING}
    assert {each["Type"] for each in lasting.values()} == LASTING
    for name, resource in lasting.items():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


def test_nothing_is_public(full: Made) -> None:
    """Nobody is allowed anything who is not named, no function has an address, and nothing comes in from outside."""
    for name, resource in full.resources.items():
        for key in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
            for statement in resource.get("Properties", {}).get(key, {}).get("Statement", []):
                assert statement["Effect"] == "Deny" or statement.get("Principal") not in ("*", {"AWS": "*"}), name
    assert not [each for each in full.resources.values() if each["Type"] == "AWS::Lambda::Url"]
    for group in full.of("AWS::EC2::SecurityGroup").values():
        assert not [rule for rule in group.get("SecurityGroupIngress", []) if "CidrIp" in rule]


def test_a_star_stands_only_where_aws_knows_no_name(full: Made) -> None:
    """The rights to stand in a network and to trace are for all resources or none."""
    stars = set()
    for name, resource in full.resources.items():
        properties = resource.get("Properties", {})
        documents = [properties.get("PolicyDocument", {})]
        documents += [each["PolicyDocument"] for each in properties.get("Policies", [])]
        for statement in (each for document in documents for each in document.get("Statement", [])):
            if statement["Effect"] == "Allow" and statement["Resource"] == "*":
                stars.add(name)
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert statement["Effect"] == "Deny" or not [action for action in actions if "*" in action], name
    assert stars == {"NetworkPolicy", "TracingPolicy"}


def test_the_stack_is_at_home_in_china(in_china: Made) -> None:
    """No ARN of another partition, and the names that differ there are the ones of there."""
    text = json.dumps(in_china.resources)
    assert "arn:aws:" not in text
    assert "arn:aws-cn:" in text
    services = {
        each["Principal"].get("Service") for each in in_china.of("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]
    }
    assert "logs.cn-north-1.amazonaws.com.cn" in services
    names = {each["ServiceName"] for each in in_china.of("AWS::EC2::VPCEndpoint").values()}
    assert {"com.amazonaws.cn-north-1.s3", "cn.com.amazonaws.cn-north-1.sqs"} <= names


def test_bills_can_be_told_apart() -> None:
    """`sam deploy` gives the stack a tag, and CloudFormation every resource of it that can bear one."""
    assert 'tags = "application=ocr-drop"' in (ROOT / "samconfig.toml").read_text()


def test_the_mapping_invokes_what_was_deployed_last(plain: Made) -> None:
    """There is no alias or version to lag behind: uploads go to the function itself."""
    (mapping,) = plain.of("AWS::Lambda::EventSourceMapping").values()
    assert mapping["FunctionName"] == {"Ref": "RecognizeFunction"}
    kinds = {each["Type"] for each in plain.resources.values()}
    assert not kinds & {"AWS::Lambda::Alias", "AWS::Lambda::Version"}


def test_a_change_in_a_layer_reaches_the_function(tmp_path: Path) -> None:
    """One line more in the package is a new version of the layer, and both functions name that one."""
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TEMPLATE, tmp_path)

    def layers() -> list[Any]:
        resources = package(tmp_path / TEMPLATE.name, {}, "eu-west-1").template["Resources"]
        return [resources[name]["Properties"]["Layers"] for name in ("RecognizeFunction", "ReconcileFunction")]

    before = layers()
    with (tmp_path / "layers/ocr-drop/ocr_drop/clock.py").open("a") as module:
        module.write("# another line\n")
    after = layers()
    assert before[0] == before[1]
    assert after[0] == after[1]
    assert before[0][0] == after[0][0], "what it imports did not change"
    assert before[0][1] != after[0][1]

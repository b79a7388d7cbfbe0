"""Starts the local AWS inside its own environment, with the few things mended that this project's template needs.

Each mend says what AWS does; whatever is not here works as it comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.app import main
from ministack.core import iam_evaluator
from ministack.services import dynamodb, secretsmanager
from ministack.services.cloudformation import provisioners

Provision = Callable[..., Any]


def mend(kind: str, action: str = "create") -> Callable[[Callable[..., Any]], None]:
    """Put a function around what provisions a kind of resource; it gets the original first."""

    def around(mended: Callable[..., Any]) -> None:
        handlers = provisioners._RESOURCE_HANDLERS[kind]
        original = handlers[action]
        handlers[action] = lambda *arguments: mended(original, *arguments)

    return around


@mend("AWS::Lambda::EventSourceMapping")
def numbers_are_numbers(create: Provision, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
    """A parameter or mapping arrives as text, on which the poller stops; on AWS a number is a number."""
    for name in ("BatchSize", "MaximumBatchingWindowInSeconds"):
        if name in properties:
            properties[name] = int(properties[name])
    if "ScalingConfig" in properties:
        properties["ScalingConfig"] = {name: int(value) for name, value in properties["ScalingConfig"].items()}
    return create(logical_id, properties, stack)


@mend("AWS::Lambda::Function")
def variables_are_text(create: Provision, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
    """A number of a mapping stays a number, with which no process starts; on AWS a variable is text."""
    variables = properties.get("Environment", {}).get("Variables", {})
    for name, value in variables.items():
        variables[name] = str(value)
    for name in ("Timeout", "MemorySize"):
        if name in properties:
            properties[name] = int(properties[name])
    return create(logical_id, properties, stack)


@mend("AWS::SecretsManager::Secret")
def a_secrets_ref_is_its_arn(create: Provision, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
    """`!Ref` of a secret gives its ARN, not its name."""
    _, attributes = create(logical_id, properties, stack)
    return attributes["Arn"], attributes


@mend("AWS::SecretsManager::Secret", "delete")
def a_secret_is_deleted_by_its_arn(delete: Provision, arn: str, properties: dict[str, Any]) -> Any:
    """The other side of the mend above."""
    secrets = secretsmanager._secrets.items()
    return delete(next((name for name, secret in secrets if secret["ARN"] == arn), arn), properties)


@mend("AWS::DynamoDB::Table")
def a_table_has_its_time_to_live(create: Provision, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
    """TimeToLiveSpecification counts when the table is created."""
    name, attributes = create(logical_id, properties, stack)
    if ttl := properties.get("TimeToLiveSpecification"):
        specification = {"AttributeName": ttl["AttributeName"], "Enabled": str(ttl["Enabled"]).lower() == "true"}
        dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": specification})
    return name, attributes


def loopback_counts_as_tls() -> None:
    """Nothing leaves this machine, so policies that insist on TLS let the loopback's plain HTTP pass."""
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolved


if __name__ == "__main__":
    loopback_counts_as_tls()
    main()

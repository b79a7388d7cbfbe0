"""An example of who lives on ocr-drop's events: each upload gets its result as tags, once, whatever comes twice.

Events come at least once. `detail.id` is the same each time: it is what a consumer leaves doubles out by.
"""

import os
from typing import Any

import boto3
from botocore.exceptions import ClientError

s3, table = boto3.client("s3"), boto3.client("dynamodb")


def handler(event: dict[str, Any], context: Any) -> dict[str, bool]:  # noqa: ARG001 - Lambda calls with both
    """Tag the upload that an event tells of; gives whether it was the first time."""
    detail = event["detail"]
    if not _is_new(detail["id"]):
        return {"tagged": False}
    tags = {"ocr-drop:status": detail["status"], "ocr-drop:lines": str(detail.get("lines", 0))}
    version = {"VersionId": detail["versionId"]} if detail["versionId"] else {}
    s3.put_object_tagging(
        Bucket=detail["bucket"],
        Key=detail["key"],
        Tagging={"TagSet": [{"Key": name, "Value": value} for name, value in tags.items()]},
        **version,
    )
    return {"tagged": True}


def _is_new(event_id: str) -> bool:
    """Write down that an event was seen; False if it was before."""
    try:
        table.put_item(
            TableName=os.environ["SEEN_TABLE"],
            Item={"id": {"S": event_id}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True

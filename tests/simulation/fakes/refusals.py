"""Errors as boto3's clients raise them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

_STATUS = {
    "ConditionalRequestConflict": 409,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "MethodNotAllowed": 405,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NoSuchVersion": 404,
    "404": 404,
    "PreconditionFailed": 412,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
}


def refusal(operation: str, code: str, message: str = "", **more: Any) -> ClientError:
    """The error of an operation, with the HTTP status that its code comes with (400 for most)."""
    response: Any = {
        "Error": {"Code": code, "Message": message or code},
        "ResponseMetadata": {"HTTPStatusCode": _STATUS.get(code, 400)},
        **more,
    }
    return ClientError(response, operation)

"""The API in a Lambda function: its settings, and both directions of an HTTP event (payload 2.0)."""

from __future__ import annotations

import base64
import os
import time
from typing import Any

from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import Apps
from ocr_endpoint.calls import Call, Reply, refusal
from ocr_endpoint.credentials import RenewedApps
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.intake import MAX_BODY_BYTES, PARAMETER, TOO_LARGE
from ocr_endpoint.replies import content_of, headers_of
from ocr_endpoint.settings import EndpointSettings
from ocr_endpoint.shared import SharedUsage
from ocr_endpoint.usage import OwnUsage, Usage

CONNECT_SECONDS, READ_SECONDS = 2, 5


def api_from_environment() -> OcrApi:
    """The API for the app of the secret OCR_ENDPOINT_SECRET_ID, its engine loaded and warm.

    Its bounds hold for all environments together where OCR_ENDPOINT_TABLE names their table.
    """
    secret_id = os.environ.get("OCR_ENDPOINT_SECRET_ID")
    if not secret_id:
        raise RuntimeError("set OCR_ENDPOINT_SECRET_ID: the secret of Secrets Manager that callers sign with")
    import boto3  # it comes with the runtime, and nothing that serves elsewhere needs it
    from botocore.config import Config

    config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"mode": "standard"})
    client, table = boto3.client("secretsmanager", config=config), os.environ.get("OCR_ENDPOINT_TABLE")
    usage: Usage = SharedUsage(boto3.client("dynamodb", config=config), table) if table else OwnUsage()

    def apps() -> Apps:
        stored = str(client.get_secret_value(SecretId=secret_id)["SecretString"])
        return EndpointSettings.from_environment(os.environ, stored).apps

    gateway = Gateway(RenewedApps(apps))
    from ocr_endpoint.recognition import Recognition  # a second of imports, of no use without the settings

    engine = Recognition()
    engine.warm_up()
    return OcrApi(gateway, engine.recognize, usage)


def answer(event: dict[str, Any], api: OcrApi) -> dict[str, Any]:
    """What Lambda is to answer to a call of a Function URL or an HTTP API."""
    began = time.monotonic()
    call = as_call(event)
    large = len(call.body) > MAX_BODY_BYTES
    reply = refusal(PARAMETER, TOO_LARGE, status=413).reply if large else api.serve(call)
    return as_response(reply, time.monotonic() - began)


def as_call(event: dict[str, Any]) -> Call:
    """The call that an HTTP event tells of."""
    body = event.get("body") or ""
    return Call(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        query=event.get("rawQueryString", ""),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        source=event["requestContext"]["http"].get("sourceIp", ""),
    )


def as_response(reply: Reply, seconds: float) -> dict[str, Any]:
    """The answer as Lambda wants it; where no Content-Type is named, it says application/json by itself."""
    return {"statusCode": reply.status, "headers": headers_of(reply, seconds), "body": content_of(reply).decode()}

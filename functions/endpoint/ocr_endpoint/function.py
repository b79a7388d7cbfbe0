"""The API in a Lambda function: its settings, and both directions of an HTTP event (payload 2.0)."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from ocr_endpoint.app import OcrApi
from ocr_endpoint.apps import Apps
from ocr_endpoint.calls import Call, Reply, refusal
from ocr_endpoint.credentials import RenewedApps
from ocr_endpoint.gateway import Gateway
from ocr_endpoint.intake import MAX_BODY_BYTES, PARAMETER, TOO_LARGE
from ocr_endpoint.settings import EndpointSettings


def api_from_environment() -> OcrApi:
    """The API for the app of the secret OCR_ENDPOINT_SECRET_ID, its engine loaded and warm."""
    secret_id = os.environ.get("OCR_ENDPOINT_SECRET_ID")
    if not secret_id:
        raise RuntimeError("set OCR_ENDPOINT_SECRET_ID: the secret of Secrets Manager that callers sign with")
    import boto3  # it comes with the runtime, and nothing that serves elsewhere needs it

    client = boto3.client("secretsmanager")

    def apps() -> Apps:
        stored = str(client.get_secret_value(SecretId=secret_id)["SecretString"])
        return EndpointSettings.from_environment(os.environ, stored).apps

    gateway = Gateway(RenewedApps(apps))
    from ocr_endpoint.recognition import Recognition  # a second of imports, of no use without the settings

    engine = Recognition()
    engine.warm_up()
    return OcrApi(gateway, engine.recognize)


def answer(event: dict[str, Any], api: OcrApi) -> dict[str, Any]:
    """What Lambda is to answer to a call of a Function URL or an HTTP API."""
    call = as_call(event)
    if len(call.body) > MAX_BODY_BYTES:
        return as_response(refusal(PARAMETER, TOO_LARGE, status=413).reply)
    return as_response(api.serve(call))


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


def as_response(reply: Reply) -> dict[str, Any]:
    """The answer as Lambda wants it."""
    return {
        "statusCode": reply.status,
        "headers": {"content-type": "application/json;charset=UTF-8", **reply.headers},
        "body": json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")),
    }

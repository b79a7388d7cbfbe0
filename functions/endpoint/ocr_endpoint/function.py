"""The API in a Lambda function: its settings, and both directions of an HTTP event (payload 2.0)."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from ocr_endpoint.app import OcrApi
from ocr_endpoint.calls import Call, Reply
from ocr_endpoint.gateway import Gateway


def api_from_environment() -> OcrApi:
    """The API for the app in OCR_ENDPOINT_APP_ID and OCR_ENDPOINT_SECRET, its engine loaded and warm."""
    missing = [name for name in ("OCR_ENDPOINT_APP_ID", "OCR_ENDPOINT_SECRET") if not os.environ.get(name)]
    if missing:
        raise RuntimeError(f"set {' and '.join(missing)}: the app id and secret that callers sign with")
    from ocr_endpoint.recognition import Recognition  # a second of imports, of no use without the settings

    engine = Recognition()
    engine.warm_up()
    secrets = {os.environ["OCR_ENDPOINT_APP_ID"]: os.environ["OCR_ENDPOINT_SECRET"]}
    return OcrApi(Gateway(secrets), engine.recognize)


def as_call(event: dict[str, Any]) -> Call:
    """The call that an HTTP event tells of."""
    body = event.get("body") or ""
    return Call(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        query=event.get("rawQueryString", ""),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
    )


def as_response(reply: Reply) -> dict[str, Any]:
    """The answer as Lambda wants it."""
    return {
        "statusCode": reply.status,
        "headers": {"content-type": "application/json;charset=UTF-8", **reply.headers},
        "body": json.dumps(reply.body, ensure_ascii=False, separators=(",", ":")),
    }

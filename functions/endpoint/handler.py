"""The door of the endpoint function: a Function URL or HTTP API (payload 2.0) call in, the vendor's answer out."""

from __future__ import annotations

from typing import Any

from ocr_endpoint.function import answer, api_from_environment

api = api_from_environment()  # once per environment: the models are loaded while it starts


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Serve one call of the OCR API."""
    return answer(event, api)

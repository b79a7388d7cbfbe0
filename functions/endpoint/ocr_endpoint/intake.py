"""What an admitted call brings: its JSON body, read into one image and the caller's own name for the request."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from ocr_endpoint.calls import refusal

MAX_IMAGE_BYTES = 1_048_576
MAX_BODY_BYTES = 3 * 1_048_576

MISSING = 30500100
PARAMETER = 30500101
TOO_LARGE = "参数错误:文件大小超出限制,最大1MB"


@dataclass(frozen=True)
class Order:
    """The bytes of one image, and the requestId, empty where none was sent."""

    image: bytes = field(repr=False)
    request_id: str = ""


def read_order(body: bytes) -> Order:
    """What the body carries; Rejected tells which parameter is missing or wrong."""
    parameters = _parameters(body)
    request_id = parameters.get("requestId")
    if not (request_id is None or (isinstance(request_id, str | int) and not isinstance(request_id, bool))):
        raise refusal(PARAMETER, "参数错误:requestId格式不正确")
    image = parameters.get("image")
    if image is None or image == "":
        raise refusal(MISSING, "缺少参数:image不能为空")
    if not isinstance(image, str):
        raise refusal(PARAMETER, "参数错误:image须为字符串")
    return Order(_decoded(image), "" if request_id is None else str(request_id))


def _parameters(body: bytes) -> dict[str, Any]:
    try:
        parameters = json.loads(body.decode("utf-8"), object_pairs_hook=_once) if body else {}
    except (ValueError, RecursionError):
        raise refusal(PARAMETER, "参数错误:请求体不是合法的JSON") from None
    if not isinstance(parameters, dict):
        raise refusal(PARAMETER, "参数错误:请求体须为JSON对象")
    return parameters


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand there once: which of two images was meant, nobody can tell."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise refusal(PARAMETER, "参数错误:请求体中有重复的参数")
    return content


def _decoded(image: str) -> bytes:
    if image.startswith("data:"):
        raise refusal(PARAMETER, "参数错误:image不能带有data:前缀")
    if len(image) // 4 * 3 - 2 > MAX_IMAGE_BYTES:
        raise refusal(PARAMETER, TOO_LARGE)
    try:
        data = base64.b64decode(image, validate=True)
    except (binascii.Error, ValueError):
        raise refusal(PARAMETER, "参数错误:image不是合法的Base64") from None
    if len(data) > MAX_IMAGE_BYTES:
        raise refusal(PARAMETER, TOO_LARGE)
    return data

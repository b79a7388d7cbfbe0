"""What came back from the OCR API: an answer, or which failure. Decides by `code`, tolerates the unknown. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from ocr_drop.errors import (
    CredentialsRefused,
    NeedsOperator,
    OcrDropError,
    OutcomeUnknown,
    Refused,
    Throttled,
    Unforeseen,
)
from ocr_drop.geometry import Point
from ocr_drop.model import Answer, Detection, ItemBox, Reply

LONGEST_WAIT = 6 * 3600
"""Seconds: a longer Retry-After would not fit into the queue's own 12 hours together with what came before."""

_REFUSED = {
    30500100: "no_image",
    30500101: "parameter",
    30500116: "format",
    30503127: "unrecognizable",
}


def interpret(reply: Reply, now: float, egress_ip: str = "") -> Answer:
    """The answer of one call. Raises the failure that it means (protocol table: `code` first, then HTTP status).

    `egress_ip` is where our calls come from, if that is known: a failure of the allow-list names it.
    """
    content = _parsed(reply.body)
    code = _code(content)
    if code == 0 and reply.status < 300:
        return _answer(content, reply.body)
    if 403 in (reply.status, code):
        raise _not_allowed(_said(content), egress_ip)
    raise _failure(reply, code, content, retry_after(reply.headers, now))


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _code(content: Mapping[str, Any]) -> int | None:
    code = content.get("code")
    if isinstance(code, str):
        return int(code) if re.fullmatch("-?[0-9]{1,18}", code) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _failure(reply: Reply, code: int | None, content: Mapping[str, Any], after: float | None) -> OcrDropError:
    status = reply.status
    said = _said(content)
    if 429 in (status, code):
        return Throttled("throttled", "the OCR API asked to slow down", after=after)
    if (failure := _operator(status, code, said)) is not None:
        return failure
    if code in _REFUSED:
        return Refused(_REFUSED[code], f"the OCR API refused the image ({code}): {said}")
    if code == 30500000:
        return OutcomeUnknown("operation_failed", f"the OCR API failed ({code}): {said}", after=after)
    if status >= 500:
        return OutcomeUnknown("server_error", f"the OCR API failed with HTTP {status}", after=after)
    if code is None:
        return OutcomeUnknown("not_json", f"the OCR API answered HTTP {status} with {_what(reply.body)}", after=after)
    return Unforeseen("unforeseen", f"the OCR API answered the undescribed code {code}: {said}", raw=reply.body)


def _what(body: bytes) -> str:
    """A body that is no answer, told safely: a gateway's page by its start, anything else by its length."""
    if body.lstrip()[:1] == b"<":
        return repr(body[:80].decode("utf-8", "replace"))
    return f"{len(body)} bytes without a code"


def _said(content: Mapping[str, Any]) -> str:
    return _text(content.get("message"))[:200]


def _not_allowed(said: str, egress_ip: str) -> NeedsOperator:
    remedy = (
        f"put {egress_ip} on the app's allow-list"
        if egress_ip
        else "deploy with FixedEgress=yes and put the address in the output EgressIp on the app's allow-list"
    )
    return NeedsOperator("ip_not_allowed", f"the OCR API does not let this IP in (403 {said}): {remedy}")


def _operator(status: int, code: int | None, said: str) -> NeedsOperator | None:
    if code == 30503107:
        return NeedsOperator("balance", f"the OCR API's balance is used up ({code} {said}): top it up")
    if 401 in (status, code):
        message = f"the OCR API refused the credentials (401 {said}): put the right app id and secret into the secret"
        return CredentialsRefused("credentials", message)
    return None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, as a number or as a date; None without one."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = (
            float(value) if value.replace(".", "", 1).isdecimal() else parsedate_to_datetime(value).timestamp() - now
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _answer(content: Mapping[str, Any], body: bytes) -> Answer:
    data = content.get("data")
    data = data if isinstance(data, dict) else {}
    found = data.get("textDetections")
    verify_id = data.get("verifyId")
    return Answer(
        raw=body,
        verify_id=_text(verify_id)[:500] or None,
        angle=_number(data.get("angle")) or 0.0,
        detections=tuple(_detection(entry) for entry in found if isinstance(entry, dict))
        if isinstance(found, list)
        else (),
    )


def _text(value: Any) -> str:
    """A field as text that UTF-8 can hold: half an emoji becomes a question mark."""
    return str(value or "").encode("utf-8", "replace").decode()


def _detection(entry: Mapping[str, Any]) -> Detection:
    return Detection(
        text=_text(entry.get("detectedText")),
        paragraph=_paragraph(entry.get("advancedInfo")),
        polygon=_polygon(entry.get("polygon")),
        item=_item(entry.get("itemPolygon")),
    )


def _paragraph(info: Any) -> int | None:
    """The paragraph's number: `"1"`, or `{"Parag":{"ParagNo":1}}` as a string, as the sibling cloud API gives it."""
    if isinstance(info, str):
        try:
            info = json.loads(info)
        except (ValueError, RecursionError):
            return None
    if isinstance(info, dict):
        inner = info.get("Parag")
        info = inner.get("ParagNo") if isinstance(inner, dict) else None
    return info if isinstance(info, int) and not isinstance(info, bool) else None


def _polygon(points: Any) -> tuple[Point, ...] | None:
    if not isinstance(points, list) or len(points) != 4:
        return None
    corners = [(_number(point.get("x")), _number(point.get("y"))) for point in points if isinstance(point, dict)]
    found = tuple(Point(x, y) for x, y in corners if x is not None and y is not None)
    return found if len(found) == 4 else None


def _item(box: Any) -> ItemBox | None:
    if isinstance(box, str):
        box = _parsed(box.encode())
    if not isinstance(box, dict):
        return None
    x, y, width, height = (_number(box.get(name)) for name in ("x", "y", "width", "height"))
    if x is None or y is None or width is None or height is None:
        return None
    return ItemBox(x, y, width, height)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None

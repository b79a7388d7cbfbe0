"""The OCR API at the other end of the wire: it counts what it receives, and stands in for `requests` at the client.

Its replies are named; `REPLIES` is the vendor's table of failures, and connections that end in every way.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

from requests import exceptions
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from simulation.faults import Faults
from simulation.scheduler import Scheduler
from simulation.schedules import Trouble

RIGHT = '{"appId": "7438000001", "secret": "right"}'
WRONG = '{"appId": "7438000001", "secret": "wrong"}'
JUNK = '{"appId": ""}'

Nature = Literal["answer", "final", "unknown", "free"]
"""What a reply says of its call: answered, refused for good, not known, or surely not billed."""


@dataclass(frozen=True)
class Reply:
    """How a call is answered: HTTP status, code and headers, after so many seconds; None for a lost connection."""

    nature: Nature
    code: int | None = 0
    status: int = 200
    seconds: float = 1.0
    after: str = ""
    drops: Literal["", "unsent", "unreceived", "received"] = ""


REPLIES: dict[str, Reply] = {
    "ok": Reply("answer"),
    "slow": Reply("answer", seconds=30.0),
    "too_slow": Reply("unknown", seconds=100.0),
    "server_error": Reply("unknown", None, 503),
    "bad_gateway": Reply("unknown", None, 502, after="30"),
    "html": Reply("unknown", None),
    "failed": Reply("unknown", 30500000),
    "dropped": Reply("unknown", drops="received"),
    "dropped_early": Reply("unknown", drops="unreceived"),
    "unreachable": Reply("free", drops="unsent"),
    "throttled": Reply("free", 429, 429),
    "throttled_long": Reply("free", None, 429, after="300"),
    "no_image": Reply("final", 30500100),
    "parameter": Reply("final", 30500101),
    "format": Reply("final", 30500116),
    "unrecognizable": Reply("final", 30503127),
    "undescribed": Reply("final", 12345),
    "balance": Reply("free", 30503107),
    "ip": Reply("free", 403, 403),
    "ip_in_body": Reply("free", 403),
    "credentials": Reply("free", 401, 401),
}

FAILURE_CODES = {"no_image": "no_image", "parameter": "parameter", "format": "format"}
FAILURE_CODES |= {"unrecognizable": "unrecognizable", "undescribed": "unforeseen"}
"""How an upload fails to whose content the OCR API gave such a reply."""


@dataclass
class Call:
    """One call that was received, how it was replied to, and whether that reply reached the caller."""

    request_id: str
    content: str
    reply: str
    at: float
    in_ledger: bool = True
    reached: bool = False

    @property
    def nature(self) -> Nature:
        return REPLIES[self.reply].nature


@dataclass
class Vendor:
    """Receives calls and replies as the schedule says. `pictures` tells which content bytes on the wire are."""

    scheduler: Scheduler
    faults: Faults
    replies: list[str]
    troubles: tuple[Trouble, ...]
    start: float
    pictures: dict[bytes, str]
    is_in_ledger: Callable[[str], bool]
    calls: list[Call] = field(default_factory=list)
    tried: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def secret(self) -> str:
        """What the secret holds at this moment."""
        if self._troubled("junk_secret"):
            return JUNK
        return WRONG if self._troubled("secret") else RIGHT

    def _troubled(self, what: str) -> bool:
        now = self.scheduler.now - self.start
        return any(one.what == what and one.at <= now < one.at + one.seconds for one in self.troubles)

    def _reply(self, app_secret: str) -> str:
        """Trouble comes before the script: who may not call gets nothing else."""
        if app_secret != "right" or self._troubled("credentials"):
            return "credentials"
        for what, reply in (("ip", "ip"), ("ip_in_body", "ip_in_body"), ("balance", "balance")):
            if self._troubled(what):
                return reply
        if self._troubled("down"):
            return "server_error"
        if self._troubled("flood"):
            return "throttled"
        return self.replies.pop(0) if self.replies else "ok"

    def post(self, data: bytes, app_secret: str, timeout: tuple[float, float]) -> Any:
        """One call from an environment, as `requests` would make it."""
        self.tried += 1
        fault = self.faults.point("vendor.post", "before")
        name = "unreachable" if fault and fault.what == "fail" else self._reply(app_secret)
        reply = REPLIES[name]
        if reply.drops == "unsent":
            raise exceptions.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))  # type: ignore[arg-type]
        if reply.drops == "unreceived":
            raise exceptions.ConnectionError(ProtocolError("reset"))
        body = self._received(data, name)
        call = self.calls[-1]
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            fault = self.faults.point("vendor.post", "after")
            self.scheduler.pause(min(reply.seconds, timeout[1]))
        finally:
            self.in_flight -= 1
        if reply.seconds > timeout[1]:
            raise exceptions.ReadTimeout("no answer")
        if reply.drops == "received" or (fault and fault.what == "fail"):
            raise exceptions.ConnectionError(ProtocolError("reset"))
        call.reached = True
        return SimpleNamespace(
            status_code=reply.status, headers={"Retry-After": reply.after} if reply.after else {}, content=body
        )

    def _received(self, data: bytes, name: str) -> bytes:
        asked = json.loads(data)
        content = self.pictures[base64.b64decode(asked["image"])]
        call = Call(asked["requestId"], content, name, self.scheduler.now, self.is_in_ledger(asked["requestId"]))
        self.calls.append(call)
        reply = REPLIES[name]
        if reply.code is None:
            return b"<html>" if reply.status < 500 else b""
        text = {"detectedText": content, "advancedInfo": "1", "polygon": None, "itemPolygon": None}
        answer = {"verifyId": f"verify-{len(self.calls)}", "angle": 0, "textDetections": [text]}
        return json.dumps({"code": reply.code, "message": name, "data": answer if reply.code == 0 else None}).encode()


class Wire:
    """Stands in for the module `requests` at the client of the OCR API; the vendor at its end is the run's."""

    def __init__(self) -> None:
        self.vendor: Vendor | None = None

    def Session(self) -> _Session:  # noqa: N802 - as requests names it
        assert self.vendor
        return _Session(self.vendor)


class _Session:
    trust_env = True

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def post(self, url: str, *, data: bytes, auth: Any, timeout: tuple[float, float], **_: Any) -> Any:
        return self._vendor.post(data, auth.credentials.secret, timeout)

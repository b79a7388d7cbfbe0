"""Way 2: OAuth tokens, given out and known again. They live in this process; another one knows none of them."""

from __future__ import annotations

import hmac
import secrets as chance
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from ocr_endpoint.apps import Apps
from ocr_endpoint.calls import Call, Reply, refusal

ACCESS_PATH = "/v1/oauth2/access_token"
REFRESH_PATH = "/v1/oauth2/refresh_token"
LIFE = 7200.0
"""Seconds that a token lives."""

AFTERLIFE = 300.0
"""Seconds that it still lives once there is a newer one; of each app only the last two are known."""

_UNKNOWN = (72000032, "应用停用或应用不存在")


@dataclass
class _Issued:
    token: str
    refresh_token: str
    ends_at: float


@dataclass
class Tokens:
    """The tokens of known app ids; `clock` gives Unix seconds."""

    apps: Apps = field(repr=False)
    clock: Callable[[], float]
    _issued: dict[str, list[_Issued]] = field(default_factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def serves(self, call: Call) -> bool:
        """Whether a call asks for a token."""
        return call.path in (ACCESS_PATH, REFRESH_PATH)

    def answer(self, call: Call) -> Reply:
        """A new token for who knows the app's secret or its refresh token, or the API's own no, which is HTTP 200."""
        if call.method != "GET":
            return refusal(405, "请求方法不支持", status=405, headers={"Allow": "GET"}).reply
        asked = {name: values[0] for name, values in parse_qs(call.query).items()}
        app_id = asked.get("appId", "")
        knows = self._knows_secret if call.path == ACCESS_PATH else self._knows_refresh_token
        grant = "client_credentials" if call.path == ACCESS_PATH else "refresh_token"
        if asked.get("grantType") != grant or not knows(app_id, asked):
            return refusal(*_UNKNOWN).reply
        issued = self._issue(app_id)
        data = {
            "token": issued.token,
            "refreshToken": issued.refresh_token,
            "expiresIn": str(round(issued.ends_at * 1000)),
        }
        return Reply(200, {"code": 0, "message": "成功", "data": data})

    def accepts(self, app_id: str, token: str) -> bool:
        """Whether a token was given to this app and lives."""
        with self._lock:
            return any(
                hmac.compare_digest(issued.token.encode(), token.encode()) and issued.ends_at > self.clock()
                for issued in self._issued.get(app_id, [])
            )

    def _issue(self, app_id: str) -> _Issued:
        now = self.clock()
        made = _Issued(chance.token_hex(32), chance.token_hex(32), now + LIFE)
        with self._lock:
            before = self._issued.get(app_id, [])[-1:]
            for issued in before:
                issued.ends_at = min(issued.ends_at, now + AFTERLIFE)
            self._issued[app_id] = [*before, made]
        return made

    def _knows_secret(self, app_id: str, asked: Mapping[str, str]) -> bool:
        app, given = self.apps.get(app_id), asked.get("secret", "").encode()
        return app is not None and any(hmac.compare_digest(secret.encode(), given) for secret in app.secrets)

    def _knows_refresh_token(self, app_id: str, asked: Mapping[str, str]) -> bool:
        given = asked.get("refreshToken", "").encode()
        with self._lock:
            newest = self._issued.get(app_id, [])[-1:]
            return any(hmac.compare_digest(issued.refresh_token.encode(), given) for issued in newest)

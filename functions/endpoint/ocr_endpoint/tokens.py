"""Way 2: OAuth tokens that prove themselves, so that every process that knows the app's secret knows them too."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets as chance
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
"""Seconds that it still lives once there is a newer one; of each app only the last two live."""

REFRESH_LIFE = 86_400.0
"""Seconds that a refresh token lives. How long the vendor's lives is not known; without a store, it needs an end."""

_UNKNOWN = (72000032, "应用停用或应用不存在")
_STAMP, _PROOF = 16, 32
"""Bytes: eight of the moment in Unix milliseconds and eight by chance, so that stamps sort by time; and a SHA-256."""


@dataclass
class Tokens:
    """The tokens of known app ids; `clock` gives Unix seconds. One thread asks.

    A token is a stamp and its HMAC by the app's secret. Which ones are the last two of an app, a process learns from
    those that it gives out and those that it is shown.
    """

    apps: Apps = field(repr=False)
    clock: Callable[[], float]
    _last: dict[str, list[bytes]] = field(default_factory=dict, init=False, repr=False)

    def serves(self, call: Call) -> bool:
        """Whether a call asks for a token."""
        return call.path in (ACCESS_PATH, REFRESH_PATH)

    def answer(self, call: Call) -> Reply:
        """A new token for who knows the app's secret or its refresh token, or the API's own no, which is HTTP 200."""
        if call.method != "GET":
            return refusal(405, "请求方法不支持", status=405, headers={"Allow": "GET"}).reply
        asked = {name: values[0] for name, values in parse_qs(call.query).items()}
        app_id = asked.get("appId", "")
        if call.path == ACCESS_PATH:
            grant, secret = "client_credentials", self._secret_given(app_id, asked)
        else:
            grant, secret = "refresh_token", self._secret_refreshed(app_id, asked)
        if secret is None or asked.get("grantType") != grant:
            return refusal(*_UNKNOWN).reply
        return Reply(200, {"code": 0, "message": "成功", "data": self._issue(app_id, secret)})

    def accepts(self, app_id: str, token: str) -> bool:
        """Whether a token was given to this app and lives."""
        found = self._proven(app_id, "token", token)
        if found is None:
            return False
        stamp, _ = found
        last = self._learn(app_id, stamp)
        ends = _moment(stamp) + LIFE
        if stamp != last[-1]:
            ends = min(ends, _moment(last[-1]) + AFTERLIFE)
        return stamp in last and self.clock() < ends

    def _issue(self, app_id: str, secret: str) -> dict[str, str]:
        newest = self._last.get(app_id, [b""])[-1]
        # of two in one millisecond the later one has to be the newer one
        milliseconds = max(round(self.clock() * 1000), int.from_bytes(newest[:8], "big") + 1)
        stamp = milliseconds.to_bytes(8, "big") + chance.token_bytes(8)
        self._learn(app_id, stamp)
        return {
            "token": _written(app_id, "token", stamp, secret),
            "refreshToken": _written(app_id, "refresh", stamp, secret),
            "expiresIn": str(round((_moment(stamp) + LIFE) * 1000)),
        }

    def _learn(self, app_id: str, stamp: bytes) -> list[bytes]:
        """The stamps of the last two tokens of an app that are known, now that this one is."""
        self._last[app_id] = sorted({*self._last.get(app_id, []), stamp})[-2:]
        return self._last[app_id]

    def _secret_given(self, app_id: str, asked: Mapping[str, str]) -> str | None:
        app, given = self.apps.get(app_id), asked.get("secret", "").encode()
        return next((each for each in app.secrets if hmac.compare_digest(each.encode(), given)), None) if app else None

    def _secret_refreshed(self, app_id: str, asked: Mapping[str, str]) -> str | None:
        """The secret behind a refresh token that lives and whose token is the newest one known."""
        found = self._proven(app_id, "refresh", asked.get("refreshToken", ""))
        if found is None:
            return None
        stamp, secret = found
        is_newest = self._learn(app_id, stamp)[-1] == stamp
        return secret if is_newest and self.clock() < _moment(stamp) + REFRESH_LIFE else None

    def _proven(self, app_id: str, kind: str, text: str) -> tuple[bytes, str] | None:
        """The stamp in a token and the secret that it was made with, if one of the app's made it."""
        app = self.apps.get(app_id)
        try:
            raw = base64.b64decode(text, b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if app is None or len(raw) != _STAMP + _PROOF:
            return None
        stamp, proof = raw[:_STAMP], raw[_STAMP:]
        secret = next((s for s in app.secrets if hmac.compare_digest(_proof(app_id, kind, stamp, s), proof)), None)
        return None if secret is None else (stamp, secret)


def _moment(stamp: bytes) -> float:
    """When a token was given out, in Unix seconds."""
    return int.from_bytes(stamp[:8], "big") / 1000


def _written(app_id: str, kind: str, stamp: bytes, secret: str) -> str:
    return base64.urlsafe_b64encode(stamp + _proof(app_id, kind, stamp, secret)).decode()


def _proof(app_id: str, kind: str, stamp: bytes, secret: str) -> bytes:
    # what a caller signs begins with a method in capitals, so neither proof can stand for the other
    return hmac.digest(secret.encode(), f"{kind}\n{app_id}\n".encode() + stamp, "sha256")

"""Who may call: the vendor's request signature or a token, verified. Knows nothing of recognition."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ocr_endpoint.apps import App, Apps
from ocr_endpoint.calls import OCR_PATH, Call, no_access
from ocr_endpoint.replays import Mark
from ocr_endpoint.signatures import is_digest_of, is_signed_with
from ocr_endpoint.tokens import Tokens

WINDOW_MS = 15 * 60 * 1000
UNKNOWN_APP = "无效的应用"


@dataclass(frozen=True)
class Gateway:
    """Lets in who signs with a secret of a known app id, or has a token for it; `clock` gives Unix seconds.

    A call is judged by its headers first, so that a body is only taken from who may send one.
    """

    apps: Apps = field(repr=False)
    clock: Callable[[], float] = time.time
    tokens: Tokens = field(init=False)

    def __post_init__(self) -> None:
        """Tokens are given out by the same secrets and the same clock."""
        object.__setattr__(self, "tokens", Tokens(self.apps, self.clock))

    def admit(self, call: Call) -> App:
        """The app whose caller may pass, by the headers; otherwise raises Rejected with the first thing that is wrong.

        App, then time, then signature, as the vendor's gateway; the allow-list last, for who has shown to be the app.
        """
        app = self._app(call)
        if _signs(call):
            if not self._is_fresh(_timestamp(call)):
                raise no_access("INVALID_TIMESTAMP")
            if not any(is_signed_with(secret, call) for secret in app.secrets):
                raise no_access("INVALID_SIGNATURE")
        else:
            self._check_token(call)
        if not app.bounds.lets_in(call.source):
            raise no_access("IP白名单不匹配", code=403)
        return app

    def check_body(self, call: Call) -> None:
        """Raise Rejected for a body that is not the signed one: else a signature would fit any body."""
        if _signs(call) and not is_digest_of(call.headers.get("content-md5", ""), call.body):
            raise no_access("INVALID_SIGNATURE")

    def mark(self, call: Call) -> Mark | None:
        """By what an admitted call would be known again; None for one with a token, which cannot be told apart."""
        if not _signs(call):
            return None
        stamp = int(_timestamp(call))
        signature = call.headers.get("x-tsign-open-ca-signature", "")
        return Mark((stamp + WINDOW_MS) / 1000, app_id_of(call), stamp, signature)

    def _app(self, call: Call) -> App:
        app_id = app_id_of(call)
        if not app_id and call.path == OCR_PATH:
            raise no_access("TOKEN_CANT_BE_NULL")
        app = self.apps.get(app_id)
        if app is None:
            raise no_access(UNKNOWN_APP)
        return app

    def _check_token(self, call: Call) -> None:
        """Without the mode the vendor's gateway assumes a token."""
        token = call.headers.get("x-tsign-open-token", "")
        if not token:
            raise no_access("TOKEN_CANT_BE_NULL")
        if not self.tokens.accepts(app_id_of(call), token):
            raise no_access("TOKEN错误")

    def _is_fresh(self, timestamp: str) -> bool:
        # 13 digits until the year 2286; more would only be work for int()
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
            return False
        return abs(self.clock() * 1000 - int(timestamp)) <= WINDOW_MS


def app_id_of(call: Call) -> str:
    """The app id that a call names."""
    return call.headers.get("x-tsign-open-app-id", "")


def _signs(call: Call) -> bool:
    return call.headers.get("x-tsign-open-auth-mode", "").lower() == "signature"


def _timestamp(call: Call) -> str:
    return call.headers.get("x-tsign-open-ca-timestamp", "")

"""Who may call: the vendor's request signature or a token, verified. Knows nothing of recognition."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from ocr_endpoint.calls import OCR_PATH, Call, no_access
from ocr_endpoint.tokens import Tokens

WINDOW_MS = 15 * 60 * 1000
UNKNOWN_APP = "无效的应用"


@dataclass(frozen=True)
class Gateway:
    """Lets in who signs with the secret of a known app id, or has a token for it; `clock` gives Unix seconds."""

    secrets: Mapping[str, str] = field(repr=False)
    clock: Callable[[], float] = time.time
    tokens: Tokens = field(init=False)

    def __post_init__(self) -> None:
        """Tokens are given out by the same secrets and the same clock."""
        object.__setattr__(self, "tokens", Tokens(self.secrets, self.clock))

    def admit(self, call: Call) -> None:
        """Return for a caller who may pass; otherwise raise Rejected with the first thing that is wrong."""
        secret = self._secret(call)
        mode = call.headers.get("x-tsign-open-auth-mode", "")
        if mode.lower() != "signature":
            self._check_token(call)
            return
        if not self._is_fresh(call.headers.get("x-tsign-open-ca-timestamp", "")):
            raise no_access("INVALID_TIMESTAMP")
        if not (_body_is_covered(call) and _is_signed(call, secret)):
            raise no_access("INVALID_SIGNATURE")

    def _check_token(self, call: Call) -> None:
        """Without the mode the vendor's gateway assumes a token."""
        token = call.headers.get("x-tsign-open-token", "")
        if not token:
            raise no_access("TOKEN_CANT_BE_NULL")
        if not self.tokens.accepts(call.headers.get("x-tsign-open-app-id", ""), token):
            raise no_access("TOKEN错误")

    def _secret(self, call: Call) -> str:
        app_id = call.headers.get("x-tsign-open-app-id", "")
        if not app_id and call.path == OCR_PATH:
            raise no_access("TOKEN_CANT_BE_NULL")
        secret = self.secrets.get(app_id)
        if secret is None:
            raise no_access(UNKNOWN_APP)
        return secret

    def _is_fresh(self, timestamp: str) -> bool:
        # 13 digits until the year 2286; more would only be work for int()
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
            return False
        return abs(self.clock() * 1000 - int(timestamp)) <= WINDOW_MS


def string_to_sign(call: Call) -> str:
    """What the caller must have signed, from the headers byte for byte as sent."""
    headers = call.headers
    names = [name.strip() for name in headers.get("x-tsign-open-ca-signature-headers", "").split(",") if name.strip()]
    return "\n".join(
        [
            call.method.upper(),
            headers.get("accept", ""),
            headers.get("content-md5", ""),
            headers.get("content-type", ""),
            headers.get("date", ""),
            *(f"{name}:{headers.get(name.lower(), '')}" for name in names),
            path_and_parameters(call.path, call.query),
        ]
    )


def path_and_parameters(path: str, query: str) -> str:
    """Path and sorted parameters as they are signed: decoded, the first of a repeated key, no `=` without a value."""
    parameters: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(key, value)
    pairs = [f"{key}={value}" if value else key for key, value in sorted(parameters.items())]
    return unquote(path) + ("?" + "&".join(pairs) if pairs else "")


def _body_is_covered(call: Call) -> bool:
    """Whether the digest in the signed string is that of this very body: else a signature would fit any body."""
    digest = base64.b64encode(hashlib.md5(call.body, usedforsecurity=False).digest()) if call.body else b""
    return hmac.compare_digest(digest, call.headers.get("content-md5", "").encode())


def _is_signed(call: Call, secret: str) -> bool:
    expected = base64.b64encode(hmac.digest(secret.encode(), string_to_sign(call).encode(), "sha256"))
    return hmac.compare_digest(expected, call.headers.get("x-tsign-open-ca-signature", "").encode())

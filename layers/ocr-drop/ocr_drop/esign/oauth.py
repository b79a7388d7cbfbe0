"""Way 2 of the OCR API: an OAuth token in the place of a signature."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests import PreparedRequest
from requests.auth import AuthBase

from ocr_drop.errors import CredentialsRefused, OcrDropError, TryLater
from ocr_drop.model import Credentials, Token

PATH = "/v1/oauth2/access_token"
TIMEOUT = 10.0
LIFE = 7200.0
"""Seconds that a token lives, as the OCR API documents it: no answer makes it longer."""

_UNKNOWN_APP = 72000032

# the secret stands in the URL, and urllib3 logs URLs where someone sets the root logger to DEBUG
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


@dataclass(frozen=True)
class TokenAuth(AuthBase):
    """Lets a request in by a token."""

    app_id: str
    token: str = field(repr=False)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the two headers of way 2."""
        request.headers["X-Tsign-Open-App-Id"] = self.app_id
        request.headers["X-Tsign-Open-Token"] = self.token
        return request


def fetched(endpoint: str, credentials: Credentials, now: float) -> Token:
    """A new token; the one before lives for five minutes more. `now` in seconds since 1970.

    Raises `CredentialsRefused` where the app or its secret is not known and `TryLater` where no answer came.
    No error tells more than a code: the request's URL holds the secret.
    """
    query = {"appId": credentials.app_id, "secret": credentials.secret, "grantType": "client_credentials"}
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(endpoint + PATH, params=query, timeout=TIMEOUT, allow_redirects=False)
            content = answer.json()
    except requests.RequestException as error:
        raise _unavailable(type(error).__name__) from None
    if not isinstance(content, dict):
        raise _unavailable("no JSON object")
    if answer.status_code >= 300 or content.get("code") != 0:
        raise _refusal(answer.status_code, content.get("code"))
    return _token(content.get("data"), now)


def _refusal(status: int, code: Any) -> OcrDropError:
    if code == _UNKNOWN_APP or 401 in (status, code):
        told = (
            f"the OCR API gives no token for these credentials ({code}): put the right app id and secret in the secret"
        )
        return CredentialsRefused("credentials", told)
    return _unavailable(f"HTTP {status}")


def _token(data: Any, now: float) -> Token:
    """The token of an answer, whose `expiresIn` is a moment in milliseconds, as a string or as a number."""
    found: Mapping[str, Any] = data if isinstance(data, dict) else {}
    value, moment = found.get("token"), str(found.get("expiresIn"))
    if not (isinstance(value, str) and value.isascii() and value.isprintable() and value and moment.isdecimal()):
        raise _unavailable("no token in it")
    return Token(value, min(int(moment) / 1000, now + LIFE))


def _unavailable(why: str) -> TryLater:
    return TryLater("token_unavailable", f"the OCR API gave no token ({why})")

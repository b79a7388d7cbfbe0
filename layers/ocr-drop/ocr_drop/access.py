"""What lets a call in at the OCR API: a signature made for it (way 1), or the token that all share (way 2)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from requests.auth import AuthBase

from ocr_drop.errors import OcrDropError, TryLater
from ocr_drop.esign import oauth
from ocr_drop.esign.oauth import TokenAuth
from ocr_drop.esign.signing import SignatureAuth
from ocr_drop.model import Credentials, Token
from ocr_drop.secrets import Secrets
from ocr_drop.tokens import LEASE, Tokens

EARLY = 600.0
"""Seconds before its end at which a token is replaced: twice as long as the one before then still lives."""

_POLL = 0.3


class Access(Protocol):
    """What a call shows at the OCR API's door."""

    def auth(self) -> AuthBase:
        """What lets the next call in. Raises `NeedsOperator` and `TryLater`."""

    def renewed(self, refused: AuthBase) -> bool:
        """After `refused` was refused: whether there is something else to show now."""


@dataclass
class BySignature:
    """Each call is signed with the app's secret."""

    secrets: Secrets
    clock: Callable[[], float]

    def auth(self) -> AuthBase:
        """The signature of the credentials as last read."""
        return SignatureAuth(self.secrets.credentials(), self.clock)

    def renewed(self, refused: AuthBase) -> bool:
        """Read the secret afresh; tells whether it now holds others."""
        return isinstance(refused, SignatureAuth) and self.secrets.renewed(refused.credentials)


@dataclass
class ByToken:
    """Each call carries one token, which all environments share and one at a time fetches, early."""

    secrets: Secrets
    tokens: Tokens
    endpoint: str
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _seen: dict[str, Token] = field(default_factory=dict, init=False, repr=False)

    def auth(self) -> AuthBase:
        """The shared token. Raises `TryLater` while another fetches the first one for too long."""
        credentials = self.secrets.credentials()
        with self._lock:
            token = self._seen.get(credentials.app_id)
            if token is None or self._is_due(token):
                token = self._seen[credentials.app_id] = self._shared(credentials)
        return TokenAuth(credentials.app_id, token.value)

    def renewed(self, refused: AuthBase) -> bool:
        """Let go of the refused token, and read the secret afresh: another will be fetched once, for all."""
        if not isinstance(refused, TokenAuth):
            return False
        with self._lock:
            self._seen.pop(refused.app_id, None)
        self.tokens.drop(refused.app_id, refused.token)
        self.secrets.renewed(self.secrets.credentials())
        return True

    def _shared(self, credentials: Credentials) -> Token:
        end = self.clock() + LEASE
        while True:
            found = self.tokens.found(credentials.app_id)
            if found and not self._is_due(found):
                return found
            if self.tokens.take_turn(credentials.app_id, found):
                return self._fetched(credentials)
            if found and found.expires_at > self.clock() + EARLY / 2:
                return found  # another is fetching the next one
            if self.clock() >= end:
                raise TryLater("token_awaited", "another environment is fetching the OCR API's token", after=2)
            self.sleep(_POLL)

    def _fetched(self, credentials: Credentials) -> Token:
        try:
            token = oauth.fetched(self.endpoint, credentials, self.clock())
        except OcrDropError:
            self.tokens.give_turn_back(credentials.app_id)
            raise
        self.tokens.store(credentials.app_id, token)
        return token

    def _is_due(self, token: Token) -> bool:
        return token.expires_at - self.clock() < EARLY

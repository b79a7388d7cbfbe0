"""Secrets Manager: the credentials of the OCR API, read once and afresh when they were refused."""

from __future__ import annotations

import json
import threading
from typing import Any

from ocr_drop import aws
from ocr_drop.errors import NeedsOperator
from ocr_drop.model import Credentials


class Secrets:
    """One secret of Secrets Manager that holds `{"appId": "...", "secret": "..."}`."""

    def __init__(self, client: Any, secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id
        self._lock = threading.Lock()
        self._credentials: Credentials | None = None

    def credentials(self) -> Credentials:
        """The credentials as last read. Raises `NeedsOperator` when the secret does not hold any."""
        with self._lock:
            if self._credentials is None:
                self._credentials = self._read()
            return self._credentials

    def renewed(self, refused: Credentials) -> bool:
        """Read the secret afresh after `refused` were refused; tells whether it now holds others."""
        with self._lock:
            if self._credentials in (None, refused):
                self._credentials = None
                self._credentials = self._read()
            return self._credentials != refused

    def _read(self) -> Credentials:
        with aws.errors("read the secret"):
            answer = self._client.get_secret_value(SecretId=self._secret_id)
        try:
            content = json.loads(answer["SecretString"])
            app_id, secret = content["appId"].strip(), content["secret"].strip()
        except (AttributeError, KeyError, TypeError, ValueError):
            raise _unusable() from None
        if not (app_id and app_id.isascii() and app_id.isprintable() and secret):
            raise _unusable()
        return Credentials(app_id, secret)


def _unusable() -> NeedsOperator:
    return NeedsOperator(
        "secret_unusable",
        'the secret does not hold {"appId": "...", "secret": "..."}: put the OCR API\'s app id and secret there',
    )

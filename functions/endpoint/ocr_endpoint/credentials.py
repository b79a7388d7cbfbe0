"""The app id and secret that callers sign with, in the one form that ocr-drop keeps them in everywhere."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

RENEWED_SECONDS = 300.0


class UnusableCredentials(ValueError):
    """The text is not `{"appId": "...", "secret": "..."}`; the message says so and shows nothing of it."""


def read_credentials(text: str) -> dict[str, str]:
    """The secret by its app id, from `{"appId": "...", "secret": "..."}`; raises UnusableCredentials."""
    try:
        content = json.loads(text)
        app_id, secret = content["appId"].strip(), content["secret"].strip()
    except (AttributeError, KeyError, TypeError, ValueError):
        app_id = secret = ""
    if not (app_id and secret):
        raise UnusableCredentials('put {"appId": "...", "secret": "..."} there: the app id and secret of the callers')
    return {app_id: secret}


class RenewedSecrets(Mapping[str, str]):
    """Secrets that are read again when five minutes old, so that a changed one is taken without a restart.

    `read` gives the stored text; while it fails, what was read last stays in force. `clock` gives Unix seconds.
    """

    def __init__(self, read: Callable[[], str], clock: Callable[[], float] = time.time) -> None:
        self._read, self._clock = read, clock
        self._secrets = read_credentials(read())
        self._read_at = clock()

    def __getitem__(self, app_id: str) -> str:
        return self._current()[app_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._current())

    def _current(self) -> dict[str, str]:
        if self._clock() - self._read_at >= RENEWED_SECONDS:
            self._read_at = self._clock()
            with suppress(Exception):  # the store's trouble is not the caller's
                self._secrets = read_credentials(self._read())
        return self._secrets

"""The app id and secret that callers sign with, in the one form that ocr-drop keeps them in everywhere."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping

from ocr_endpoint.apps import App, Apps

RENEWED_SECONDS = 300.0

logger = logging.getLogger(__name__)


class UnusableCredentials(ValueError):
    """The text is not `{"appId": "...", "secret": "..."}`; the message says so and shows nothing of it."""


def read_credentials(text: str) -> dict[str, App]:
    """The app by its id, from `{"appId": "...", "secret": "..."}`; raises UnusableCredentials.

    A `previousSecret` beside them is valid too, while callers change over.
    """
    try:
        content = json.loads(text)
        app_id, secret = content["appId"].strip(), content["secret"].strip()
        previous = content.get("previousSecret", "").strip()
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        app_id = secret = previous = ""
    if not (app_id and secret):
        raise UnusableCredentials('put {"appId": "...", "secret": "..."} there: the app id and secret of the callers')
    return {app_id: App((secret, previous) if previous else (secret,))}


class RenewedApps(Mapping[str, App]):
    """Apps that are read again when five minutes old, so that a changed secret is taken without a restart.

    While `read` fails, what it gave last stays in force, and the log says so. `clock` gives Unix seconds.
    """

    def __init__(self, read: Callable[[], Apps], clock: Callable[[], float] = time.time) -> None:
        self._read, self._clock = read, clock
        self._apps = read()
        self._read_at = clock()

    def __getitem__(self, app_id: str) -> App:
        return self._current()[app_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._current())

    def _current(self) -> Apps:
        if self._clock() - self._read_at >= RENEWED_SECONDS:
            self._read_at = self._clock()
            try:
                self._apps = self._read()
            except Exception as error:  # noqa: BLE001 - whatever it is, the store's trouble is not the caller's
                # its text may hold a secret
                logger.warning("apps not read again (%s): those of before stay in force", type(error).__name__)
        return self._apps

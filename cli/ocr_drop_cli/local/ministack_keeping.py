"""Keeps what the local AWS holds over a stop and a start, in the folders that its environment names.

S3 writes its objects to disk by itself. Everything else is written here as a whole: a second after it changed, when
somebody asks for it, and at the end. Imported by the launcher, in its environment.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.app import _build_persistence_save_dict
from ministack.core import lambda_runtime, persistence
from ministack.services import eventbridge, lambda_svc, sqs

SAVE = "/_ocr-drop/save"
"""Where one asks for a save that is done when the answer comes."""

GRACE = 5.0
"""Seconds that invocations under way have to end when all is stopped; then they crash, as they may at any time."""

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Keeping:
    """An application that notes that it was asked something, and saves what came of it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._changed = False

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer as the application does; `SAVE` is answered here."""
        if scope["type"] == "http" and scope["path"] == SAVE:
            _save()
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, send)
        self._changed = True

    async def save_what_changes(self) -> None:
        """Save a second after something was asked, as long as the program runs; a large state is saved less often."""
        pause = 1.0
        while True:
            await asyncio.sleep(pause)
            if self._changed:
                self._changed = False
                began = time.monotonic()
                _save()
                pause = max(1.0, 10 * (time.monotonic() - began))


async def come_to_rest() -> None:
    """Start nothing more, let what is under way end, and end all functions' processes: what is saved then is true."""
    sqs._receive_messages_for_esm = lambda *_: []
    eventbridge._tick_scheduled_rules = lambda: None
    end = time.monotonic() + GRACE
    while lambda_svc._esm_inflight and time.monotonic() < end:
        await asyncio.sleep(0.02)
    await asyncio.to_thread(lambda_runtime.reset)


def _save() -> None:
    persistence.save_all(_build_persistence_save_dict())

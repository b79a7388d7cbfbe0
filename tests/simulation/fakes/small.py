"""Secrets Manager and EventBridge: one secret, and one bus that remembers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any


class SecretsManager:
    """The client of one secret, whose text the world changes."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_secret_value(self, **_: Any) -> dict[str, Any]:
        return {"SecretString": self.text}


class Events:
    """A bus that keeps whatever it is given: detail-type and detail of each event."""

    def __init__(self, told: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        self._told = told
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        for entry in Entries:
            self.heard.append((entry["DetailType"], json.loads(entry["Detail"])))
            self._told(self.heard[-1][1])
        return {"FailedEntryCount": 0, "Entries": [{"EventId": str(len(self.heard))} for _ in Entries]}

"""What the API says of itself to anybody who asks: that it serves, and what it serves. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from ocr_endpoint.calls import Call, Reply

HEALTH = "/health"
METRICS = "/metrics"
DESCRIPTION = "/openapi.json"


def description(*, counts: bool) -> dict[str, Any]:
    """The OpenAPI document of what is served: with the page of metrics where there is one."""
    document: dict[str, Any] = json.loads(files("ocr_endpoint").joinpath("openapi.json").read_text("utf-8"))
    if not counts:
        del document["paths"][METRICS]
    return document


@dataclass(frozen=True)
class About:
    """Answers about the API; `counts` says whether whatever carries it serves metrics too."""

    counts: bool = False
    _answers: dict[str, Reply] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the document once."""
        answers = {HEALTH: Reply(200, {"status": "ok"}), DESCRIPTION: Reply(200, description(counts=self.counts))}
        object.__setattr__(self, "_answers", answers)

    def serves(self, call: Call) -> bool:
        """Whether a call asks for one of them."""
        return call.path in self._answers and call.method in ("GET", "HEAD")

    def answer(self, call: Call) -> Reply:
        """What it asked for."""
        return self._answers[call.path]

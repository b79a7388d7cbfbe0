"""A fit as text: what a claim remembers of what was sent, so that a kept answer can be placed without the image."""

from __future__ import annotations

import json
from dataclasses import asdict

from ocr_drop.geometry import Transform
from ocr_drop.model import Fit, SentImage, SourceImage


def as_text(fit: Fit) -> str:
    """The fit as JSON."""
    return json.dumps(asdict(fit), separators=(",", ":"))


def from_text(text: str) -> Fit:
    """The fit that `as_text` wrote."""
    fit = json.loads(text)
    return Fit(
        source=SourceImage(**fit["source"]),
        sent=SentImage(**fit["sent"]),
        transform=Transform(**fit["transform"]),
        warnings=tuple(fit["warnings"]),
    )

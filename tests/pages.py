"""Documents for pages: written as the pipeline writes them, `ocr-drop/document/1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def line(text: str, x: float, y: float, width: float, height: float, paragraph: int | None = 1) -> dict[str, Any]:
    """An upright line."""
    polygon = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    box = {"x": x, "y": y, "width": width, "height": height}
    return {"text": text, "paragraph": paragraph, "polygon": polygon, "box": box}


def document(lines: Sequence[dict[str, Any]], width: int, height: int, key: str = "合同 1.png") -> dict[str, Any]:
    """A recognized document of one page."""
    sheet = {"page": 1, "width": width, "height": height, "angle": 0.0, "lines": list(lines), "warnings": []}
    return {
        "schema": "ocr-drop/document/1",
        "status": "recognized",
        "source": {"bucket": "uploads", "key": key},
        "pages": [sheet],
        "text": "\n".join(each["text"] for each in lines),
    }

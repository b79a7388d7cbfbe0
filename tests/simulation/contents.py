"""What is uploaded: small pictures that are told apart, and files that are none; and fitting, done once for each."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image

from ocr_drop import images

LIMIT, MEMORY = 750_000, 1769 * 1024 * 1024


def _picture(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (40, 30), shade).save(file, "PNG")
    return file.getvalue()


FILES = {"A": _picture(40), "B": _picture(120), "C": _picture(200)}
FILES |= {"junk": b"no picture", "empty": b"", "poison": _picture(250)}
"""The bytes of each content, by its name. Pictures have names of one letter, which is also the text on them."""

fit = lru_cache(maxsize=100)(images.fit)
"""Fitting is pure: for the same bytes it is done once, whatever the number of schedules."""


@lru_cache(maxsize=1)
def on_the_wire() -> dict[bytes, str]:
    """Which picture the bytes are that go out."""
    return {
        fit(data, max_bytes=LIMIT, memory_bytes=MEMORY).data: name for name, data in FILES.items() if len(name) == 1
    }


def is_picture(content: str) -> bool:
    """Whether a content can be recognized at all."""
    return len(content) == 1

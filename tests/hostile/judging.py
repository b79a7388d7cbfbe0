"""What came of a file: `fits`, with all that this promises looked after, or the code and the sentence of a refusal."""

from __future__ import annotations

import io
import json
import math
import re
import warnings
from dataclasses import asdict
from typing import NamedTuple

from PIL import Image

from ocr_drop.errors import Unreadable
from ocr_drop.geometry import Point
from ocr_drop.images import DEFAULT_MEMORY_BYTES, fit
from ocr_drop.model import Fitted

LIMIT = 750_000

# an article or a count, then words and figures: no path, no bracket, no name of a class, and no full stop
_SENTENCE = re.compile(r"(the|\d+ x \d+) [A-Za-z0-9 ,:']+")
_FOREIGN = re.compile(r"pil|pillow|tiff?lib|lib\w+|decoder|error|exception|object at|none|zlib|struct", re.IGNORECASE)


class Outcome(NamedTuple):
    """`fits` or the code of a refusal, and its sentence."""

    code: str
    sentence: str = ""


def outcome_of(data: bytes, memory_bytes: int = DEFAULT_MEMORY_BYTES) -> Outcome:
    """Fit a file and look at what comes of it; whatever else than `Unreadable` is raised is let through."""
    try:
        fitted = fit(data, max_bytes=LIMIT, memory_bytes=memory_bytes)
    except Unreadable as refusal:
        _check_refusal(refusal)
        return Outcome(refusal.code, refusal.message)
    _check_fit(fitted)
    return Outcome("fits")


def _check_refusal(refusal: Unreadable) -> None:
    """One plain sentence, and no word of a library's, neither in it nor in what led to it."""
    assert refusal.kind == "bad_input"
    assert _SENTENCE.fullmatch(refusal.message), refusal.message
    assert not _FOREIGN.search(refusal.message), refusal.message
    assert refusal.__cause__ is None
    assert refusal.__context__ is None or isinstance(refusal.__context__, Unreadable)


def _check_fit(fitted: Fitted) -> None:
    """Under the limit, opened by Pillow as it says it is, and with a way back that lands on the original."""
    source, sent, transform = fitted.fit.source, fitted.fit.sent, fitted.fit.transform
    assert len(fitted.data) == sent.bytes <= LIMIT
    assert sent.format in ("JPEG", "PNG", "BMP")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what goes out as it came may hold oddities that Pillow speaks of
        image = Image.open(io.BytesIO(fitted.data))
        image.load()
    assert {"MPO": "JPEG"}.get(str(image.format), image.format) == sent.format
    assert image.size == (sent.width, sent.height)
    assert all(math.isfinite(number) for number in transform.coefficients())
    for x in (0, sent.width):
        for y in (0, sent.height):
            there = transform(Point(x, y))
            assert -1 <= there.x <= source.width + 1
            assert -1 <= there.y <= source.height + 1
    json.dumps(asdict(fitted.fit))

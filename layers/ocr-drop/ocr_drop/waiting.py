"""How an upload waits that cannot end now: for how long, where, and what its record says of it."""

from __future__ import annotations

import random

from ocr_drop.errors import Busy, InProgress, NeedsOperator, OcrDropError, Superseded, Throttled, TryLater
from ocr_drop.model import Upload
from ocr_drop.services import Services

LONGEST_WAIT = 110.0
"""Seconds: what an outage has mended goes on within two minutes."""

LONGEST_BUSY = 20.0
"""Seconds between two looks at whether another upload's call has been answered."""

MANY_RECEIVES = 200
"""Receives after which an upload waits in its record instead of the queue, whose receives are counted."""


def wait(upload: Upload, error: OcrDropError, receives: int, services: Services) -> float | None:
    """Note why an upload waits; gives for how many seconds its message has to, None when it is not needed any more.

    What waits for an operator waits in its record alone, so that it burns no receives; see `releasing`.
    """
    pause = _pause(error, receives)
    _tell(upload, error, pause, services)
    if isinstance(error, InProgress):
        return pause
    for_an_operator = isinstance(error, NeedsOperator)
    parked = for_an_operator or receives >= MANY_RECEIVES
    until = services.clock() + (0 if for_an_operator else pause)
    try:
        services.index.wait(upload, error, until, parked=parked)
    except (OcrDropError, Superseded):
        return pause  # not noted: the message comes again and learns for itself what became of the upload
    return None if parked else pause


def _tell(upload: Upload, error: OcrDropError, pause: float, services: Services) -> None:
    telemetry = services.telemetry
    telemetry.count("UploadWaiting")
    if isinstance(error, NeedsOperator):
        telemetry.count("OperatorFailure")
    telemetry.warning("waiting", key=upload.key, code=error.code, reason=error.message, seconds=round(pause, 1))


def _pause(error: OcrDropError, receives: int) -> float:
    if isinstance(error, Throttled):
        return max(error.after or 0.0, backoff(receives))
    if isinstance(error, Busy):
        return min(LONGEST_BUSY, backoff(receives) / 2)
    if isinstance(error, TryLater) and error.after is not None:
        return error.after
    if isinstance(error, NeedsOperator):
        return random.uniform(0.6, 1.0) * LONGEST_WAIT
    return backoff(receives)


def backoff(receives: int) -> float:
    """Seconds to wait after so many receives: twice as long each time, at most `LONGEST_WAIT`, with jitter."""
    longest = min(LONGEST_WAIT, 5.0 * 2.0 ** min(receives - 1, 10))
    return longest * random.uniform(0.7, 1.0)

"""What runs each minute beside the queue: it lets waiting uploads go on and finds those whose event never came."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from ocr_drop.releasing import FEW, release
from ocr_drop.services import Services
from ocr_drop.sweeping import queue_missing, sweep
from ocr_drop.sweeps import Progress

PAGES = 5
"""Pages of 1,000 objects that one run compares at the most."""

LEAST_REST = 300.0
REST_PER_OBJECT = 0.1
"""Seconds between two sweeps, so that a large bucket costs no more than ten reads a second."""

_RESERVE = 5.0


def reconcile(context: Any, services: Services) -> dict[str, int]:
    """One run within `context`'s time; gives how many uploads were released, compared and found missing."""
    ends_at = services.clock() + context.get_remaining_time_in_millis() / 1000 - _RESERVE
    try:
        released = release(services, ends_at)
        services.telemetry.count("UploadReleased", released)
        seen, missing = _sweep_on(services, ends_at)
        services.telemetry.count("UploadMissing", missing)
    finally:
        services.telemetry.flush()
    return {"released": released, "seen": seen, "missing": missing}


def _sweep_on(services: Services, ends_at: float) -> tuple[int, int]:
    """Go on with the sweep where the last run stopped; gives how many objects it saw and how many were missing."""
    progress = services.sweeps.progress()
    if progress.rest_until > services.clock() or services.queue.visible() > FEW:
        return 0, 0
    pages = seen = missing = 0
    for page in islice(sweep(services, progress.after), PAGES):
        missing += queue_missing(services, page.missing, ends_at)
        if services.clock() > ends_at:
            return seen, missing
        pages, seen = pages + 1, seen + page.seen
        progress = replace(progress, after=page.last, seen=progress.seen + page.seen)
        services.sweeps.note(progress)
    if pages < PAGES:
        rest = max(LEAST_REST, REST_PER_OBJECT * progress.seen)
        services.sweeps.note(Progress(rest_until=services.clock() + rest))
    return seen, missing

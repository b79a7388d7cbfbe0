"""Handles files in this process and tells, as JSON, what each took: `python weighing.py MEGABYTES [FILE...]`.

Without files it is the whole corpus. Each entry: name, code, seconds of processor time, peak of memory in bytes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from ocr_drop.errors import Unreadable
from ocr_drop.images import fit

STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


def weigh(files: Iterable[tuple[str, bytes]], memory_bytes: int) -> list[tuple[str, str, float, int]]:
    """What each file took, one after the other in the same process, as a function's environment takes them."""
    weighed = []
    for name, data in files:
        _RESET.write_text("5")  # the peak begins anew
        started = time.process_time()
        code = _code(data, memory_bytes)
        weighed.append((name, code, time.process_time() - started, _peak()))
    return weighed


def _code(data: bytes, memory_bytes: int) -> str:
    try:
        fit(data, max_bytes=750_000, memory_bytes=memory_bytes)
    except Unreadable as refusal:
        return refusal.code
    return "fits"


def _peak() -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _main(megabytes: str, *paths: str) -> None:
    if paths:
        files = [(Path(path).name, Path(path).read_bytes()) for path in paths]
    else:
        from hostile.corpus import corpus

        files = [(specimen.name, specimen.data) for specimen in corpus()]
    sys.stdout.write(json.dumps(weigh(files, int(megabytes) * 1024 * 1024)))


if __name__ == "__main__":
    _main(*sys.argv[1:])

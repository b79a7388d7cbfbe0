"""The function `recognize` as Lambda runs it, but a file that holds `POISON` ends its process: for tests alone.

`HOW` says in which way: by a crash in a C library, by a kill from outside, by memory that runs out.
`CLOCK_AHEAD` seconds have passed since the test began, so that nobody waits for leases to run out.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import resource
import signal
import time
from collections.abc import Callable
from typing import Any

import boto3

from ocr_drop import images
from ocr_drop.services import Services
from ocr_drop.settings import Settings

POISON = b"this file ends the process that works on it"

_ahead = float(os.environ["CLOCK_AHEAD"])
_fit = images.fit


def _eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(b"\1" * (16 << 20))


_ENDS: dict[str, Callable[[], object]] = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "crashed": lambda: ctypes.string_at(0),
    "out of memory": _eat_memory,
}


def _deadly_fit(data: bytes, **limits: Any) -> Any:
    if POISON in data:
        _ENDS[os.environ["HOW"]]()
    return _fit(data, **limits)


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # these crashes are meant: nobody looks at what they leave
images.fit = _deadly_fit

# the real handler, found where the template has it; only its clock is another
_found = importlib.util.spec_from_file_location("recognize", os.environ["RECOGNIZE"])
assert _found is not None
assert _found.loader is not None
recognize = importlib.util.module_from_spec(_found)
_found.loader.exec_module(recognize)
recognize.services = Services.of(Settings.from_environment(os.environ), boto3.Session(), lambda: time.time() + _ahead)
handler = recognize.handler

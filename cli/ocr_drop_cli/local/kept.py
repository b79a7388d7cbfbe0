"""Runs a program that must not outlive whoever started it: `python kept.py -m MODULE ARGS` or `python kept.py FILE ARGS`.

Whoever started it holds the other end of its standard input. When that end closes, however it came to that,
the program and all that it started (one process group) are killed and its scratch folder is removed.
It imports nothing of this package: it is also run by interpreters that do not have it.
"""

from __future__ import annotations

import os
import runpy
import shutil
import signal
import sys
import threading

SCRATCH = "OCR_DROP_SCRATCH"


def _watch(stdin: int) -> None:
    while os.read(stdin, 4096):
        pass
    if os.environ.get(SCRATCH):
        shutil.rmtree(os.environ[SCRATCH], ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _run() -> None:
    kept, null = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(kept, False)
    os.dup2(null, 0)
    threading.Thread(target=_watch, args=(kept,), daemon=True).start()
    sys.argv = sys.argv[1:]
    if sys.argv[0] == "-m":
        sys.argv = sys.argv[1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    _run()

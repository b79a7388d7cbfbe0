"""The one who cleans up after a stack, however the stack's own process ended.

Started by path as `python -I -S reaper.py PATH...` in a session of its own. Each line of its input is a process
group; when the input ends, be it by a close or by the death of the one who wrote it, those groups are killed and the
paths removed. Nothing that was started can so outlive a `kill -9` of the one who started it.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path


def main(groups: list[int], paths: list[Path]) -> None:
    """Kill `groups`, then remove `paths`."""
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for path in paths:
        _remove(path)


def _remove(path: Path) -> None:
    """Remove a file or folder. What dies may still write into it for a moment: some tries are made."""
    for _ in range(50):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        if not path.exists():
            return
        time.sleep(0.02)


if __name__ == "__main__":
    main([int(line) for line in sys.stdin], [Path(argument) for argument in sys.argv[1:]])

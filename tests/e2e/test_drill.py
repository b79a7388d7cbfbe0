"""`ocr-drop drill`, as somebody calls it who wants to believe it."""

from __future__ import annotations

import json
import subprocess

from running import COMMAND


def test_promises_hold_under_two_faults() -> None:
    """The stack that a drill starts keeps its promises: exit code 0, and calls that equal contents."""
    command = [COMMAND, "drill", "--json", "same-bytes", "garbage"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
    told = json.loads(ended.stdout)
    assert [fault["fault"] for fault in told["faults"]] == ["same-bytes", "garbage"]
    assert told["held"] is True
    assert told["uploads"] == told["ended"] > 0
    assert told["calls"] == told["contents"] > 0
    assert all(promise["held"] for fault in told["faults"] for promise in fault["promises"])

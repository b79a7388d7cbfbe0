"""Counts and times as they are written: in the embedded metric format, under the stack's name."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

WRITES = """
from ocr_drop.telemetry import Telemetry
telemetry = Telemetry()
telemetry.count("AnswerReused", 2)
for fails in (False, True):
    try:
        with telemetry.timed("CallTime"):
            assert not fails
    except AssertionError:
        pass
telemetry.flush()
"""


def test_metrics_bear_the_stacks_name_and_failed_steps_are_timed_too() -> None:
    """One line holds what was counted and both durations, with the stack's name as the one dimension."""
    environment = {"POWERTOOLS_SERVICE_NAME": "my-stack"}
    done = subprocess.run([sys.executable, "-c", WRITES], env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("ocr-drop", [["service"]])
    assert told["service"] == "my-stack"
    assert told["AnswerReused"] == [2]
    assert len(told["CallTime"]) == 2
    assert {"Name": "CallTime", "Unit": "Milliseconds"} in directive["Metrics"]


@pytest.mark.parametrize("call", ["count", "timed"])
def test_no_metric_is_made_up(call: str) -> None:
    """What is not in the lists, which the template is held to, is refused."""
    asked = f"from ocr_drop.telemetry import Telemetry\nwith Telemetry().{call}('Other'): pass"
    done = subprocess.run([sys.executable, "-c", asked], env={}, capture_output=True, text=True, timeout=30)
    assert "Other is not among the" in done.stderr

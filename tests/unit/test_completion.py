"""`ocr-drop completion`: shells know the commands and their options."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ocr_drop_cli.main import run

COMMAND = Path(sys.prefix, "bin", "ocr-drop")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A script that asks the command itself what could come next."""
    assert run(["completion", shell]) == 0
    assert f"_OCR_DROP_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_another_shell_is_bad_usage() -> None:
    """Exit code 2, and which there are."""
    assert run(["completion", "cmd"]) == 2


@pytest.mark.parametrize(("typed", "found"), [("ocr-drop red", "redrive"), ("ocr-drop status --fa", "--failed")])
def test_the_command_says_what_could_come_next(typed: str, found: str) -> None:
    """What the script asks, the command answers."""
    asked = {"_OCR_DROP_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = subprocess.run([COMMAND], env={**os.environ, **asked}, capture_output=True, text=True, timeout=30)
    assert found in done.stdout

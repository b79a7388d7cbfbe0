"""`ocr-drop local`: the deployed system on this machine."""

from __future__ import annotations

from pathlib import Path


def aws_launcher_path() -> Path:
    """The program that starts the local AWS: by path, since another interpreter runs it."""
    return Path(__file__).parent / "aws_launcher.py"

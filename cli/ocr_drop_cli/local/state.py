"""How other commands find the local stack while one runs."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import click

from ocr_drop_cli.local.description import Description


def own_file() -> Path:
    """The file that this process writes about its stack."""
    return _folder() / f"{os.getpid()}.json"


def write(description: Description) -> None:
    """Let other commands of this user find the stack that this process runs."""
    file = own_file()
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(description)))


def find() -> Description | None:
    """The stack that `ocr-drop local up` runs now, the latest if there are several; None if there is none."""
    found = sorted(_folder().glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in found:
        description = _read(file)
        if description and _alive(int(file.stem)) and _answers(description.endpoint_url):
            return description
    return None


def _folder() -> Path:
    """A folder that this user alone can read: the credentials in it open the local stack."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = (
        Path(base, "ocr-drop")
        if base and Path(base).is_dir()
        else Path(tempfile.gettempdir(), f"ocr-drop-{os.getuid()}")
    )
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise click.ClickException(f"{folder} belongs to somebody else: set XDG_RUNTIME_DIR to a folder of yours")
    return folder


def _read(file: Path) -> Description | None:
    try:
        return Description(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(url: str) -> bool:
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=1).close()
    except OSError:
        return False
    return True

"""A folder in which a local stack lasts over a stop and a start."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

PATIENCE = 2.0
"""Seconds in which the processes of a stack that was killed are gone."""


@dataclass(frozen=True)
class Known:
    """What a stack has to be the next time as it was: its data holds these, and so do its users' shells."""

    port: int
    access_key_id: str
    secret_access_key: str = field(repr=False)
    ocr_url: str
    app_id: str
    ocr_secret: str = field(repr=False)
    own_ocr_api: bool
    """Whether the OCR API is this machine's own, and no other one that was named."""


@dataclass(frozen=True)
class Data:
    """An open data folder. `lock` is held as long as any process has it."""

    folder: Path
    lock: int
    known: Known | None
    """What the last complete start left; None at the first one."""

    @property
    def state(self) -> Path:
        """Where the local AWS keeps what is no object of a bucket."""
        return self.folder / "state"

    @property
    def objects(self) -> Path:
        """Where it keeps the objects of buckets."""
        return self.folder / "objects"

    def remember(self, known: Known) -> None:
        """A start is complete: the next one goes on from here."""
        if known == self.known:
            return
        new = json.dumps(asdict(known)).encode()
        os.pwrite(self.lock, new, 0)
        os.ftruncate(self.lock, len(new))


@contextmanager
def opened(folder: Path) -> Iterator[Data]:
    """Open a data folder for this process alone; what a first start left unfinished is removed."""
    mark = folder / "stack.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()) and not mark.exists():
            raise click.ClickException(f"{folder} has other things in it: name a folder that is new or empty")
        lock = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be used: {error.strerror}") from error
    try:
        _take(lock, folder)
        data = Data(folder, lock, _known(mark))
        if data.known is None:
            shutil.rmtree(data.state, ignore_errors=True)
            shutil.rmtree(data.objects, ignore_errors=True)
        yield data
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    """Take the lock; the processes of a stack that was killed may hold it for a moment."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise click.ClickException(f"another local stack runs on {folder}: stop it first") from None
            time.sleep(0.05)


def _known(mark: Path) -> Known | None:
    text = mark.read_text()
    try:
        return Known(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        raise click.ClickException(f"{mark} was not written by this ocr-drop: name another folder") from None

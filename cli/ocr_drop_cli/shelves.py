"""A stack's uploads, results and texts, as commands and the console on this machine look at them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import click

from ocr_console.shelf import Shelf, browsing
from ocr_drop_cli import stacks


def shelf(*, stack: str | None, region: str | None, profile: str | None, local: bool) -> Shelf:
    """The uploads of a stack."""
    found = stacks.opened(stack=stack, region=region, profile=profile, local=local)
    here = stack is None or bool(os.environ.get("AWS_ENDPOINT_URL"))
    return Shelf(found.services, found.client("s3", browsing(local=here)))


def index_file(shelf: Shelf) -> Path:
    """Where the index of a stack's texts is kept: a file for each; of a local one it does not last."""
    settings = shelf.services.settings
    mark = hashlib.sha256(f"{settings.uploads_queue_url} {settings.index_table}".encode()).hexdigest()[:12]
    local = settings.uploads_queue_url.startswith("http://")
    folder = Path(tempfile.gettempdir(), "ocr-drop") if local else Path(click.get_app_dir("ocr-drop"))
    return folder / "texts" / f"{settings.uploads_bucket}-{mark}.sqlite"

"""A stack's uploads, results and texts, as commands and the console on this machine look at them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import click
from botocore.config import Config

from ocr_console.shelf import Shelf
from ocr_drop_cli import stacks


def shelf(*, stack: str | None, region: str | None, profile: str | None, local: bool) -> Shelf:
    """The uploads of a stack."""
    found = stacks.opened(stack=stack, region=region, profile=profile, local=local)
    # a bucket answers a browser under its own regional name only; a local AWS has no names for buckets
    style = "path" if os.environ.get("AWS_ENDPOINT_URL") or stack is None else "virtual"
    config = Config(signature_version="s3v4", s3={"addressing_style": style})
    return Shelf(found.services, found.client("s3", config))


def index_file(shelf: Shelf) -> Path:
    """Where the index of a stack's texts is kept: a file for each; of a local one it does not last."""
    settings = shelf.services.settings
    mark = hashlib.sha256(f"{settings.uploads_queue_url} {settings.index_table}".encode()).hexdigest()[:12]
    local = settings.uploads_queue_url.startswith("http://")
    folder = Path(tempfile.gettempdir(), "ocr-drop") if local else Path(click.get_app_dir("ocr-drop"))
    return folder / "texts" / f"{settings.uploads_bucket}-{mark}.sqlite"

"""`ocr-drop view`: the page of one result."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path

import click

from ocr_drop_cli import stacks


@click.command()
@click.argument("key")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the page is written; it is not opened then.",
)
@stacks.options
def view(
    key: str, *, output: Path | None, stack: str | None, region: str | None, profile: str | None, local: bool
) -> None:
    """Open the page of KEY's result in the browser: the image, its lines over it, the text beside it, in one file."""
    from ocr_console.viewer.page import page
    from ocr_drop_cli.shelves import shelf

    uploads = shelf(stack=stack, region=region, profile=profile, local=local)
    document = uploads.document(key)
    if document is None:
        raise click.ClickException(f"there is no result of {key}: look whether the key is right, or wait a little")
    file = output or Path(tempfile.mkdtemp(prefix="ocr-drop-"), f"{Path(key).name}.html")
    try:
        file.write_text(page(document, uploads.source(document)), "utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror or error}") from None
    print(file)
    if output is None:
        webbrowser.open(file.as_uri())

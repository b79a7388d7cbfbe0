"""`ocr-drop export`: documents as CSV, JSON Lines, hOCR, ALTO or searchable PDF."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ocr_drop_cli import stacks

if TYPE_CHECKING:
    from ocr_console.shelf import Shelf
    from ocr_drop_cli.exports import Format

Found = tuple[Any, Callable[[], bytes]]
"""A document's JSON, and how to get its image."""

_NAMES = ("csv", "jsonl", "hocr", "alto", "pdf")


@click.command()
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--format", "name", type=click.Choice(_NAMES), required=True, help="The form.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The file for csv and jsonl; for the others a folder, where each document has a file.",
)
@click.option("--prefix", default="", help="Only keys that begin so.")
@click.option("--since", metavar="DAY", default="", help="Only what was recognized on this day (2026-11-24) or later.")
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, path_type=Path),
    help="A document, or a folder of them, as `ocr-drop local run` writes them; no stack is asked.",
)
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_context
def export(
    context: click.Context,
    *,
    keys: tuple[str, ...],
    name: str,
    output: Path,
    prefix: str,
    since: str,
    folder: Path | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    local: bool,
    as_json: bool,
) -> None:
    """Write the documents of KEYs, or of all that was recognized, in another form.

    Exit code 1 where a KEY has no document, or one could not be written.
    """
    from ocr_drop_cli.exports import FORMATS

    if folder:
        found = _of_files(folder)
    else:
        from ocr_drop_cli.shelves import shelf

        found = _of_stack(shelf(stack=stack, region=region, profile=profile, local=local), keys, since)
    chosen = (each for each in found if each[0] is None or each[0]["source"]["key"].startswith(prefix))
    try:
        written, left_out = _written(chosen, FORMATS[name], output)
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename or output}: {error.strerror or error}") from None
    told = {"written": written, "leftOut": left_out, "output": str(output)}
    print(
        json.dumps(told)
        if as_json
        else f"{written} documents in {output}" + (f", {left_out} left out" if left_out else "")
    )
    context.exit(1 if left_out else 0)


def _of_files(place: Path) -> Iterator[Found]:
    """Documents beside their images, or beside nothing."""
    files = sorted(place.glob("**/*.json")) if place.is_dir() else [place]
    for file in files:
        document = json.loads(file.read_text())
        if str(document.get("schema", "")).startswith("ocr-drop/document/"):
            image = file.with_suffix("")
            yield document, lambda image=image: image.read_bytes() if image.exists() else b""  # type: ignore[misc]


def _of_stack(uploads: Shelf, keys: Sequence[str], since: str) -> Iterator[Found]:
    ended = (record["key"] for status in ("recognized", "failed") for record in uploads.records(status, since))
    for key in keys or ended:
        document = uploads.document(key)
        yield document, lambda document=document: uploads.source(document)  # type: ignore[misc]
        if document is None:
            print(f"ocr-drop: there is no document of {key}", file=sys.stderr)


def _written(found: Iterator[Found], form: Format, output: Path) -> tuple[int, int]:
    """Write documents; gives how many, and how many were left out."""
    from ocr_drop.errors import OcrDropError
    from ocr_drop_cli.exports.model import read

    written = left_out = 0
    if form.in_one_file:
        output.write_bytes(form.head)
    else:
        output.mkdir(parents=True, exist_ok=True)
    for content, image in found:
        document = content and read(content)
        failure = document and document.failure
        if document is None or (failure and not form.in_one_file):
            left_out += 1
            if document and failure:
                print(f"ocr-drop: {document.key} has failed: {failure['message']}", file=sys.stderr)
            continue
        try:
            data = form.write(document, image() if form.needs_image else b"")
        except OcrDropError as error:
            print(f"ocr-drop: {document.key}: its image is needed, and {error.message}", file=sys.stderr)
            left_out += 1
            continue
        _put(output, form, document.key, data)
        written += 1
    return written, left_out


def _put(output: Path, form: Format, key: str, data: bytes) -> None:
    if form.in_one_file:
        with output.open("ab") as file:
            file.write(data)
        return
    # a key is no path of this machine: nothing of it leads out of the folder
    parts = [part for part in key.split("/") if part not in ("", ".", "..")]
    place = output.joinpath(*parts[:-1], f"{parts[-1] if parts else 'document'}{form.ending}")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)

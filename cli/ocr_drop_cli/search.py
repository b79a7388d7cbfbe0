"""`ocr-drop search`: find a text in all that a stack recognized."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from ocr_drop_cli import stacks


@click.command()
@click.argument("text")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="The most lines to give.")
@click.option("--no-refresh", is_flag=True, help="Search what was fetched before; needs no network.")
@click.option(
    "--index",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that the index is kept in.  [default: one for each stack, in this user's folder]",
)
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def search(
    text: str,
    *,
    limit: int,
    no_refresh: bool,
    file: Path | None,
    stack: str | None,
    region: str | None,
    profile: str | None,
    local: bool,
    as_json: bool,
) -> None:
    """Find the lines that hold every word of TEXT, in any case and width, the newest documents first.

    The texts are kept in an index on this machine, which is brought up to date first. Exit code 0 also where nothing
    was found.
    """
    from ocr_console.following import find
    from ocr_console.texts import Texts
    from ocr_drop_cli.shelves import index_file, shelf

    if no_refresh and file:
        hits = Texts(file).find(text, limit)
    else:
        uploads = shelf(stack=stack, region=region, profile=profile, local=local)
        texts = Texts(file or index_file(uploads))
        hits = texts.find(text, limit) if no_refresh else find(texts, uploads, text, limit)
    if as_json:
        print(json.dumps([asdict(hit) for hit in hits], ensure_ascii=False))
        return
    for hit in hits:
        print(f"{hit.key}  page {hit.page}, line {hit.line}: {hit.text}")
    if not hits:
        print("nothing was found", file=sys.stderr)

"""`ocr-drop put`: files into the uploads bucket, and if asked for, what became of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ocr_drop.services import Services
from ocr_drop.table import Item
from ocr_drop_cli import files, stacks
from ocr_drop_cli.files import File
from ocr_drop_cli.stacks import Stack

_AT_ONCE = 8
_TOGETHER = 100
"""Records asked for at a time."""

_LOOK = 1.0
"""Seconds between two looks at the records."""


@dataclass(frozen=True)
class Put:
    """A file in the bucket: its ETag there, and whether it was put now or lay there before."""

    file: File
    e_tag: str
    new: bool


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--prefix", default="", help="What each key begins with, such as 2026/.")
@click.option("--wait", is_flag=True, help="Wait until each has ended, and print what became of it.")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds that --wait waits at most.")
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def put(
    *,
    paths: tuple[Path, ...],
    prefix: str,
    wait: bool,
    timeout: float,
    as_json: bool,
    **where: Any,
) -> None:
    """Put files into the uploads bucket: a file under its name, a folder's files under their way from it.

    What the bucket holds already, with the same bytes, is left as it is; hidden files of folders are passed over.

    Exit code 1, with --wait: some have failed, or still wait, each with its reason.
    """
    from ocr_drop_cli import progress  # rich takes its time: a bad usage is said without it

    chosen = files.found(paths, prefix)
    stack = stacks.opened(**where)
    puts = list(progress.shown(_put(stack, chosen), len(chosen), "putting", lambda done: done.file.key))
    told = {"put": sum(done.new for done in puts), "unchanged": sum(not done.new for done in puts)}
    if not wait:
        print(json.dumps(told) if as_json else f"{told['put']} put, {told['unchanged']} were there already")
        return
    ended = _waited(stack.services, puts, time.monotonic() + timeout)
    rows = [_row(*one) for one in progress.shown(ended, len(puts), "recognizing", lambda one: one[0].file.key)]
    rows.sort(key=lambda row: str(row["key"]))
    _tell(rows, told, as_json=as_json)
    click.get_current_context().exit(0 if all(row["status"] == "recognized" for row in rows) else 1)


def _put(stack: Stack, chosen: Sequence[File]) -> Iterator[Put]:
    s3, bucket = stack.client("s3"), stack.services.settings.uploads_bucket

    def one(file: File) -> Put:
        try:
            with stacks.refusals(f"s3:PutObject and s3:GetObject on {bucket}"):
                return Put(file, *files.put(s3, bucket, file))
        except OSError as error:
            raise click.ClickException(f"{file.path}: {error.strerror or 'cannot be read'}") from None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            yield from pool.map(one, chosen)
        finally:
            pool.shutdown(cancel_futures=True)


def _waited(services: Services, puts: Sequence[Put], ends_at: float) -> Iterator[tuple[Put, Item]]:
    """Each file with its record as soon as that has ended; at `ends_at` those that still wait, as they are."""
    pending, records = list(puts), dict[str, Item]()
    while pending:
        for start in range(0, len(pending), _TOGETHER):
            keys = [done.file.key for done in pending[start : start + _TOGETHER]]
            records |= services.index.of_keys(services.settings.uploads_bucket, keys)
        ended = [done for done in pending if _has_ended(done, records.get(done.file.key))]
        yield from ((done, records[done.file.key]) for done in ended)
        pending = [done for done in pending if done not in ended]
        if pending and time.monotonic() > ends_at:
            yield from ((done, records.get(done.file.key, {})) for done in pending)
            return
        if pending:
            time.sleep(_LOOK)


def _has_ended(done: Put, record: Item | None) -> bool:
    return record is not None and record.get("eTag") == done.e_tag and record["status"] != "waiting"


def _row(done: Put, record: Item) -> dict[str, Any]:
    if not _has_ended(done, record):
        waits = record if record.get("status") == "waiting" else {}
        record = {"status": "waiting", **{name: waits.get(name) for name in ("kind", "code", "message")}}
    names = ("status", "lines", "kind", "code", "message")
    return {"key": done.file.key, "put": done.new, **{name: record.get(name) for name in names}}


def _tell(rows: Sequence[dict[str, Any]], told: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**told, "uploads": rows}, ensure_ascii=False))
        return
    from ocr_drop_cli import tables

    columns = ("key", "status", "lines", "message")
    tables.show(columns, [[row[name] for name in columns] for row in rows], right=["lines"])

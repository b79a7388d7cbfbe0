"""`ocr-drop show`: what is known of one upload, and its text."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from ocr_drop.services import Services
from ocr_drop.table import Item
from ocr_drop_cli import stacks

_TOLD = ("status", "kind", "code", "message", "nextTry", "pages", "lines", "size", "sha256", "requestId", "verifyId")


@click.command()
@click.argument("key")
@click.option("--raw", "form", flag_value="raw", help="Print the OCR API's own answer, verbatim.")
@click.option("--text", "form", flag_value="text", help="Print the text alone.")
@click.option("--json", "form", flag_value="json", help="Print the document as JSON.")
@stacks.options
def show(*, key: str, form: str | None, **where: Any) -> None:
    """Show the record of the upload KEY, and its text.

    --json of an upload that waits has its status and why it waits. Exit code 1: nothing is known of KEY, or there
    is no text or answer yet.
    """
    services = stacks.opened(**where).services
    record = services.index.current(services.settings.uploads_bucket, key)
    if record is None:
        raise click.ClickException(f"nothing is known of {key}: is it spelt as in the bucket? ocr-drop put uploads it")
    document = _document(services, record)
    if form == "json":
        print(json.dumps(document or _waiting(record), ensure_ascii=False))
    elif form:
        _write(services, record, ".txt" if form == "text" else ".raw.json")
    else:
        _tell(record, document)


def _document(services: Services, record: Item) -> dict[str, Any] | None:
    """The document of this very upload; None while it waits, though one of an older upload may lie there."""
    found = None if record["status"] == "waiting" else services.objects.result(record["key"], ".json")
    return json.loads(found) if found else None


def _waiting(record: Item) -> dict[str, Any]:
    source = {name: record.get(name) for name in ("bucket", "key", "versionId", "eTag", "size")}
    failure = {name: record.get(name) for name in ("kind", "code", "message")} if "code" in record else None
    return {"status": record["status"], "source": source, "failure": failure, "nextTry": record.get("nextTry")}


def _write(services: Services, record: Item, ending: str) -> None:
    """Write a result as it is, bytes and all, or say why there is none."""
    found = None if record["status"] == "waiting" else services.objects.result(record["key"], ending)
    if found is None or (record["status"] == "failed" and ending == ".txt"):
        why = record.get("message", "it has not had its turn yet")
        raise click.ClickException(f"{record['key']} is {record['status']}, so there is none: {why}")
    sys.stdout.buffer.write(found)
    sys.stdout.flush()


def _tell(record: Item, document: dict[str, Any] | None) -> None:
    from ocr_drop_cli import tables  # rich takes its time: what goes to programs does without it

    tables.facts({"key": record["key"], "since": record["at"], **{name: record.get(name) for name in _TOLD}})
    if document and document["text"]:
        print(f"\n{document['text']}")

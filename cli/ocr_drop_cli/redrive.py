"""`ocr-drop redrive`: dead letters go back into the uploads queue; failed uploads are tried again on demand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from ocr_drop import uploads
from ocr_drop.errors import Superseded, TryLater
from ocr_drop.index import as_upload
from ocr_drop.model import Part
from ocr_drop.services import Services
from ocr_drop.table import Item
from ocr_drop_cli import stacks


@click.command()
@click.option(
    "--failed",
    is_flag=True,
    help="Also try failed uploads again that were not at fault themselves (try_later, operator); each may cost a call.",
)
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def redrive(*, failed: bool, as_json: bool, **where: Any) -> None:
    """Send the messages of the dead-letter queue back to the uploads queue, once the cause is mended.

    What is still at fault comes back to the dead-letter queue by itself.
    """
    stack = stacks.opened(**where)
    moved = stack.services.queue.redrive()
    again = _try_again(stack.services) if failed else 0
    left = stack.services.queue.dead_letters()
    if as_json:
        print(json.dumps({"moved": moved, "triedAgain": again, "deadLetters": left}))
        return
    print(f"{moved} dead letters sent back to the uploads queue, {left} are there now")
    if failed:
        print(f"{again} failed uploads queued again")


def _try_again(services: Services) -> int:
    """Reopen content and record, then queue: a crash in between leaves a waiting record, which is found as lost."""
    why = TryLater("tried_again", "it had failed and was queued again on demand")
    count = 0
    for record in list(_to_try(services)):
        if record.get("sha256"):
            for page in services.ledger.pages(services.content(record["sha256"], Part())):
                services.ledger.reopen(page)
        try:
            services.index.reopen(record, why)
        except Superseded:
            continue
        services.queue.send([uploads.write(as_upload(record))])
        count += 1
    return count


def _to_try(services: Services) -> Iterator[Item]:
    after = None
    while True:
        records, after = services.index.by_status("failed", after)
        yield from (record for record in records if record.get("kind") != "bad_input")
        if after is None:
            return

"""`ocr-drop status`: how many uploads are recognized, failed and waiting, what the queues hold, and what to look at."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import click

from ocr_drop.services import Services
from ocr_drop.table import Item
from ocr_drop.tallies import STATUSES
from ocr_drop_cli import stacks


@click.command()
@click.option("--failed", "listed", flag_value="failed", help="List the failed uploads, newest first.")
@click.option("--waiting", "listed", flag_value="waiting", help="List the waiting uploads, newest first.")
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(min=1), help="How many are listed at most."
)
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(*, listed: str | None, limit: int, as_json: bool, **where: Any) -> None:
    """Say how many uploads are recognized, failed and waiting, and what the queues hold.

    With --failed or --waiting: which, of what kind, with what code, why, and since when.
    """
    services = stacks.opened(**where).services
    told = _told(services)
    uploads = [_row(record) for record in islice(_records(services, listed), limit)] if listed else None
    if as_json:
        print(json.dumps(told if uploads is None else {**told, "uploads": uploads}, ensure_ascii=False))
        return
    _tell(told, uploads)


def _told(services: Services) -> dict[str, Any]:
    refusal = services.breaker.open_since_refusal()
    stopped = refusal and {name: refusal[name] for name in ("code", "message", "since")}
    return {
        **services.index.counts(),
        "queue": services.queue.depths(),
        "deadLetters": services.queue.dead_letters(),
        "stopped": stopped,
    }


def _records(services: Services, listed: str) -> Any:
    after = None
    while True:
        records, after = services.index.by_status(listed, after)
        yield from records
        if after is None:
            return


def _row(record: Item) -> dict[str, Any]:
    names = ("key", "kind", "code", "message", "nextTry")
    return {**{name: record.get(name) for name in names}, "since": record["at"]}


def _tell(told: dict[str, Any], uploads: list[dict[str, Any]] | None) -> None:
    from ocr_drop_cli import tables  # rich takes its time: what goes to programs does without it

    if uploads is not None:
        names = ("key", "kind", "code", "message", "since")
        tables.show(names, [[row[name] for name in names] for row in uploads])
        return
    queue, stopped = told["queue"], told["stopped"]
    tables.facts(
        {
            **{name: told[name] for name in STATUSES},
            "in the queue": f"{queue['visible']}, {queue['hidden']} more being worked on or put off",
            "dead letters": f"{told['deadLetters']}{': see ocr-drop redrive' if told['deadLetters'] else ''}",
            "calls stopped": stopped and f"{stopped['message']} ({stopped['code']}, since {stopped['since']})",
        }
    )

"""`ocr-drop bill`: what was called for, day by day, from the ledger; and that beside the vendor's statement."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from ocr_drop.ledger import Ledger
from ocr_drop.services import Services
from ocr_drop_cli import stacks, statement

_DAYS = 31
_SHOWN = 20
_DAY = click.DateTime(["%Y-%m-%d"])
_NAMES = ("requestId", "verifyId", "outcome", "at", "key")


@click.command()
@click.option("--from", "first", type=_DAY, help=f"The first day (UTC), such as 2026-11-01.  [default: {_DAYS} days]")
@click.option("--to", "last", type=_DAY, help="The last day (UTC).  [default: today]")
@click.option("--price", type=click.FloatRange(min=0), help="What one call costs you.")
@click.option(
    "--statement",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The vendor's statement as CSV (UTF-8 or GB18030), with a column requestId or verifyId.",
)
@stacks.options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def bill(
    *,
    first: datetime | None,
    last: datetime | None,
    price: float | None,
    file: Path | None,
    as_json: bool,
    **where: Any,
) -> None:
    """Count the calls to the OCR API by day and by how they ended, and lay them beside the vendor's statement.

    Calls are those that went out. Unknown are those of which nobody knows how they ended: they may have been billed.
    The cost is at least that of the answered ones, at most that of all.
    """
    days = _days(first, last)
    billed = None if file is None else statement.read(file.read_bytes())
    stack = stacks.opened(**where)
    rows = _rows(stack.services.ledger, days, stack.services.clock())
    told = _told(rows, price)
    if billed is not None:
        told["statement"] = _compared(rows, billed, stack.services)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        _tell(told)


def _days(first: datetime | None, last: datetime | None) -> list[str]:
    to = last.date() if last else datetime.now(UTC).date()
    start: date = first.date() if first else to - timedelta(days=_DAYS - 1)
    if start > to:
        raise click.UsageError("--from is later than --to")
    return [(start + timedelta(days=number)).isoformat() for number in range((to - start).days + 1)]


def _rows(ledger: Ledger, days: Iterable[str], now: float) -> list[dict[str, Any]]:
    """The calls of some days; one found `calling` whose owner must be dead is `unknown`."""
    rows = [row for day in days for row in ledger.of_day(day)]
    for row in rows:
        if row["outcome"] == "calling" and not ledger.is_under_way(row, now):
            row["outcome"] = "unknown"
    return rows


def _told(rows: Sequence[Mapping[str, Any]], price: float | None) -> dict[str, Any]:
    days: dict[str, Counter[str]] = {}
    for row in rows:
        days.setdefault(row["at"][:10], Counter())[row["outcome"]] += 1
    total = sum(days.values(), Counter[str]())
    told: dict[str, Any] = {**_counts(total), "days": [{"day": day, **_counts(days[day])} for day in sorted(days)]}
    if price is not None:
        told["cost"] = {"atLeast": round(total["answered"] * price, 2), "atMost": round(told["calls"] * price, 2)}
    return told


def _counts(outcomes: Counter[str]) -> dict[str, int]:
    return {
        "calls": outcomes.total() - outcomes["not_sent"],
        "answered": outcomes["answered"],
        "refused": outcomes["refused"],
        "unknown": outcomes["unknown"],
        "underWay": outcomes["calling"],
        "notSent": outcomes["not_sent"],
    }


def _compared(
    rows: Sequence[Mapping[str, Any]], billed: Sequence[statement.Billed], services: Services
) -> dict[str, Any]:
    def elsewhere(line: statement.Billed) -> Mapping[str, Any] | None:
        found = services.index.of_request(line.request_id) if line.request_id else []
        found = found or (services.index.of_verification(line.verify_id) if line.verify_id else [])
        return next((item for item in found if item.get("outcome")), None)

    told = statement.reconciled(billed, rows, elsewhere)
    return {
        "billed": told.billed,
        "paidAndUnknown": [_row(row) for row in told.paid_and_unknown],
        "paidTwice": [[_row(row) for row in group] for group in told.paid_twice],
        "notInLedger": [line.as_json() for line in told.not_in_ledger],
        "notBilled": [_row(row) for row in told.not_billed],
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in _NAMES}


def _tell(told: dict[str, Any]) -> None:
    from ocr_drop_cli import tables  # rich takes its time: what goes to programs does without it

    names = ("day", "calls", "answered", "refused", "unknown", "underWay", "notSent")
    rows = [*told["days"], {**told, "day": "all"}]
    heads = ("day", "calls", "answered", "refused", "unknown", "under way", "not sent")
    tables.show(heads, [[row[name] for name in names] for row in rows], right=heads[1:])
    if "cost" in told:
        print(f"\ncost: {told['cost']['atLeast']} at least, {told['cost']['atMost']} at most")
    if "statement" in told:
        _tell_statement(told["statement"])


def _tell_statement(told: dict[str, Any]) -> None:
    print(f"\n{told['billed']} lines in the statement")
    for name, meaning in (
        ("paidAndUnknown", "paid for, though nobody knows how the call ended"),
        ("paidTwice", "contents that were paid for more than once"),
        ("notInLedger", "billed, and not in the ledger"),
        ("notBilled", "in the ledger, and not billed"),
    ):
        print(f"{len(told[name])} {meaning}")
        for one in told[name][:_SHOWN]:
            print(f"  {_line(one if isinstance(one, dict) else one[0])}")
        if len(told[name]) > _SHOWN:
            print("  … all of them with --json")


def _line(row: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value}" for name, value in row.items() if value is not None)

"""The vendor's statement, a CSV file, laid beside the ledger. Pure: rows in, what does not agree out."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import click

_REQUEST = {"requestid", "请求id", "请求编号", "请求号", "请求流水号", "业务id", "业务编号", "业务流水号", "业务请求id"}
_VERIFY = {"verifyid", "核验id", "核验编号", "认证id", "认证编号", "验证id", "识别id", "认证流水号", "流水号"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Billed:
    """A line of the statement: which call it bills, by one id at least."""

    line: int
    request_id: str | None
    verify_id: str | None

    def as_json(self) -> dict[str, Any]:
        """The line for machines."""
        return {"line": self.line, "requestId": self.request_id, "verifyId": self.verify_id}


@dataclass
class Reconciled:
    """Where statement and ledger do not agree, and what was paid for though its outcome is unknown."""

    billed: int
    paid_and_unknown: list[Row] = field(default_factory=list)
    paid_twice: list[list[Row]] = field(default_factory=list)
    not_in_ledger: list[Billed] = field(default_factory=list)
    not_billed: list[Row] = field(default_factory=list)


def read(data: bytes) -> list[Billed]:
    """The lines of a statement in UTF-8 or GB18030 with commas, semicolons or tabs, from below its header.

    Raises `click.ClickException` when no column tells which call a line bills.
    """
    for rows in _readings(_text(data)):
        for number, row in enumerate(rows):
            names = [_plain(cell) for cell in row]
            request, verify = _column(names, _REQUEST), _column(names, _VERIFY)
            if request is not None or verify is not None:
                lines = enumerate(rows[number + 1 :], start=number + 2)
                found = [Billed(line, _cell(cells, request), _cell(cells, verify)) for line, cells in lines]
                return [one for one in found if one.request_id or one.verify_id]
    raise click.ClickException("the statement has no column requestId or verifyId: its header has to name one of them")


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise click.ClickException("the statement is no text in UTF-8 or GB18030: save it as CSV first")


def _readings(text: str) -> Iterator[list[list[str]]]:
    """The rows of the file, with each delimiter that it may have: the one whose header is found is the right one."""
    for delimiter in ",;\t":
        with suppress(csv.Error):
            yield list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _plain(cell: str) -> str:
    return "".join(letter for letter in cell.lower() if letter.isalnum())


def _column(names: Sequence[str], known: set[str]) -> int | None:
    return next((number for number, name in enumerate(names) if name in known), None)


def _cell(cells: Sequence[str], column: int | None) -> str | None:
    """A cell's id; spreadsheets are kept from reading it as a number by an apostrophe, a tab or ="…"."""
    if column is None or column >= len(cells):
        return None
    return cells[column].strip().removeprefix("=").strip("\"'\t ") or None


def reconciled(billed: Sequence[Billed], calls: Sequence[Row], elsewhere: Callable[[Billed], Row | None]) -> Reconciled:
    """Lay a statement beside the calls of a period; `elsewhere` finds a billed call outside of it, None if none is.

    Paid twice is a content for which more than one line was billed. A call that was surely not sent, or refused, is
    not missed on a statement.
    """
    by_request = {row["requestId"]: row for row in calls}
    by_verify = {row["verifyId"]: row for row in calls if row.get("verifyId")}
    told, paid = Reconciled(len(billed)), defaultdict[str, list[Row]](list)
    for line in billed:
        row = by_request.get(line.request_id or "") or by_verify.get(line.verify_id or "") or elsewhere(line)
        if row is None:
            told.not_in_ledger.append(line)
        else:
            paid[row["pk"]].append(row)
    told.paid_twice = [rows for rows in paid.values() if len(rows) > 1]
    billed_ids = {row["requestId"]: row for rows in paid.values() for row in rows}
    told.paid_and_unknown = [row for row in billed_ids.values() if row["outcome"] == "unknown"]
    due = (row for row in calls if row["outcome"] in ("answered", "unknown"))
    told.not_billed = [row for row in due if row["requestId"] not in billed_ids]
    return told

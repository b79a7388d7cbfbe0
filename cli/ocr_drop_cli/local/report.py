"""What a run shows and leaves behind: a progress bar, a table, and three files for each image."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ocr_drop_cli.local.drops import Outcome
from ocr_drop_cli.page import page

_FIRST_WORDS = 40


def shown(outcomes: Iterable[Outcome], total: int) -> Iterator[Outcome]:
    """Pass outcomes through under a progress bar, on standard error and only where somebody looks at it."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("recognizing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        for outcome in outcomes:
            progress.advance(task)
            yield outcome


def write(outcome: Outcome, folder: Path) -> None:
    """Write `<key>.json`, `.txt` and `.html`; nothing for an upload that still waits."""
    if outcome.document is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    name = outcome.drop.key
    (folder / f"{name}.json").write_text(json.dumps(outcome.document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (folder / f"{name}.txt").write_text(outcome.text, "utf-8")
    (folder / f"{name}.html").write_text(page(outcome.document, outcome.drop.path.read_bytes()), "utf-8")


def table(outcomes: Iterable[Outcome]) -> Table:
    """File, lines, seconds and first words; for one without text, why."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    shown.add_column("file", overflow="fold")
    shown.add_column("lines", justify="right")
    shown.add_column("seconds", justify="right")
    shown.add_column("first words", overflow="ellipsis", no_wrap=True)
    for outcome in outcomes:
        words = Text(_first_words(outcome.text)) if outcome.recognized else Text(str(outcome.reason), "red")
        words.no_wrap = outcome.recognized
        shown.add_row(Text(outcome.drop.key), str(outcome.lines), f"{outcome.seconds:.1f}", words)
    return shown


def as_json(outcome: Outcome, folder: Path) -> dict[str, Any]:
    """The same for programs."""
    status = outcome.document["status"] if outcome.document else "waiting"
    told = {
        "file": str(outcome.drop.path),
        "key": outcome.drop.key,
        "status": status,
        "lines": outcome.lines,
        "seconds": round(outcome.seconds, 3),
        "firstWords": _first_words(outcome.text),
        "result": str(folder / f"{outcome.drop.key}.json") if outcome.document else None,
    }
    return told if outcome.recognized else {**told, "reason": outcome.reason}


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _FIRST_WORDS else words[:_FIRST_WORDS] + "…"

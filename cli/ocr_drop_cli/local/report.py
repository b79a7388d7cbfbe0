"""What a run shows and leaves behind: progress, a table, and three files for each image."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ocr_console.viewer.page import page
from ocr_drop_cli import progress
from ocr_drop_cli.local.drops import Outcome

_FIRST_WORDS = 40


def starting() -> AbstractContextManager[object]:
    """Where somebody looks, what the first seconds are for."""
    console = Console(stderr=True)
    return console.status("starting the local stack") if console.is_terminal else nullcontext()


def shown(outcomes: Iterable[Outcome], total: int) -> Iterator[Outcome]:
    """Pass outcomes through, showing on standard error how far it is."""
    yield from progress.shown(outcomes, total, "recognizing", lambda outcome: outcome.drop.key)


def write(outcome: Outcome, folder: Path) -> None:
    """Write `<file name>.json`, `.txt` and `.html`."""
    document = dict(outcome.document)
    contents = {
        "json": json.dumps(document, ensure_ascii=False, indent=1) + "\n",
        "txt": document["text"],
        "html": page(document, outcome.drop.path.read_bytes()),
    }
    for kind, content in contents.items():
        (folder / f"{outcome.drop.key}.{kind}").write_text(content, "utf-8", newline="")


def tell(outcomes: Sequence[Outcome], folder: Path, *, as_json: bool) -> None:
    """Print what became of the drops, for people or for programs."""
    if as_json:
        print(json.dumps([_as_json(outcome, folder) for outcome in outcomes], ensure_ascii=False))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 160))
    console.print(_table(outcomes))
    console.print(f"\n{folder}/<file>.html shows each with its lines; .json and .txt are beside it.", highlight=False)


def _table(outcomes: Iterable[Outcome]) -> Table:
    """File, lines, seconds and first words; for one without text, why."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("lines", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("first words", overflow="fold")
    for outcome in outcomes:
        words = Text(_first_words(outcome.document["text"]))
        if not outcome.recognized:
            words = Text(f"failed: {outcome.reason}", "red")
        table.add_row(Text(outcome.drop.key), str(outcome.lines), f"{outcome.seconds:.1f}", words)
    return table


def _as_json(outcome: Outcome, folder: Path) -> dict[str, Any]:
    told = {
        "file": str(outcome.drop.path),
        "key": outcome.drop.key,
        "status": outcome.document["status"],
        "lines": outcome.lines,
        "seconds": round(outcome.seconds, 3),
        "firstWords": _first_words(outcome.document["text"]),
        "result": str(folder / f"{outcome.drop.key}.json"),
    }
    return told if outcome.recognized else {**told, "failure": outcome.document["failure"]}


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _FIRST_WORDS else words[:_FIRST_WORDS] + "…"

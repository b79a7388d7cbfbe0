"""Tables for people, the same for every command: narrow where a terminal is narrow, whole where a file is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

_COLOURS = {"recognized": "green", "failed": "red", "waiting": "yellow"}


def show(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> None:
    """Print a table; the columns named `right` are set right. What is foreign text in it is no markup."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 160))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        table.add_row(*(Text(cell, _COLOURS.get(cell, "")) for cell in cells))
    console.print(table)


def facts(told: Mapping[str, object]) -> None:
    """Print names and values, a line each; those without a value are left out."""
    known = {name: value for name, value in told.items() if value is not None}
    width = max(map(len, known), default=0)
    for name, value in known.items():
        print(f"{name:<{width}}  {value}")

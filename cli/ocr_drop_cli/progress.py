"""How far something is, on standard error: a bar where somebody looks, else a line for each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Thing = TypeVar("Thing")


def shown(things: Iterable[Thing], total: int, doing: str, name: Callable[[Thing], str]) -> Iterator[Thing]:
    """Pass things through, showing how many of `total` there are and, without a bar, the name of each."""
    console = Console(stderr=True)
    if not console.is_terminal:
        for number, thing in enumerate(things, start=1):
            print(f"{number} of {total}: {name(thing)}", file=sys.stderr, flush=True)
            yield thing
        return
    columns = (SpinnerColumn(), TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        for thing in things:
            bar.advance(task)
            yield thing

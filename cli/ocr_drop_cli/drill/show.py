"""What a drill tells while it goes on, and at its end: for people, or for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from ocr_drop_cli.drill.account import Account, total

_HELD, _BROKEN = Text("held", "green"), Text("BROKEN", "bold red")


def console() -> Console:
    """Where a drill is shown: as wide as the terminal, and wide where there is none."""
    found = Console()
    return found if found.is_terminal else Console(width=max(found.width, 160))


class Show:
    """The log of a drill for people: what is thrown, what happens, what held; where somebody looks, how far it is."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._began = time.monotonic()

    def starting(self) -> None:
        """The stack is being made."""
        self._watching("starting a local stack of its own")

    def begin(self, name: str, says: str) -> None:
        """A fault comes."""
        self._began = time.monotonic()
        self._console.print(Text.assemble("\n", (name, "bold cyan"), "  ", (says, "dim")))

    def say(self, line: str) -> None:
        """Something was thrown, or happened."""
        self._row(f"{time.monotonic() - self._began:6.1f} s", Text(line))

    def watch(self, line: str) -> None:
        """How far it is."""
        self._watching(line)

    def end(self, account: Account) -> None:
        """What the fault came to."""
        for promise in account.promises:
            mark = Text("✓", "green") if promise.held else Text("✗", "bold red")
            self._row(mark, Text(promise.sentence, "" if promise.held else "bold red"))
        self._row("", Text(_sums(account), "dim"))

    def close(self) -> None:
        """Nothing more is watched."""
        if self._status:
            self._status.stop()
            self._status = None

    def verdict(self, accounts: Mapping[str, Account]) -> None:
        """The table of all faults, and the last line."""
        self.close()
        self._console.print()
        self._console.print(_table(accounts))
        all_of_them = total(accounts.values())
        self._console.print(Text(f"\n{_sentence(all_of_them)}", "bold green" if all_of_them.held else "bold red"))

    def _watching(self, line: str) -> None:
        if not self._console.is_terminal:
            return
        text = Text(line, "dim", overflow="ellipsis", no_wrap=True)
        text.truncate(self._console.width - 4, overflow="ellipsis")
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        self._status.update(text)

    def _row(self, left: str | Text, right: Text) -> None:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=8, justify="right", style="dim")
        grid.add_column(overflow="fold")
        grid.add_row(left, right)
        self._console.print(grid)


class Silence(Show):
    """The same for programs: one JSON object at the end, and no word before."""

    def begin(self, name: str, says: str) -> None:
        """A fault comes."""

    def say(self, line: str) -> None:
        """Something was thrown, or happened."""

    def end(self, account: Account) -> None:
        """What the fault came to."""

    def verdict(self, accounts: Mapping[str, Account]) -> None:
        """All of it as one object."""
        self.close()
        faults = [{"fault": name, **account.as_json()} for name, account in accounts.items()]
        sums = total(accounts.values()).as_json()
        del sums["promises"]
        print(json.dumps({**sums, "faults": faults}, ensure_ascii=False))


def _sums(account: Account) -> str:
    equals = "=" if account.adds_up else "≠"
    refused = f" (turned away {account.refused})" if account.refused else ""
    return (
        f"uploads {account.uploads}, ended {account.ended}, waiting {account.waiting}; "
        f"calls {account.calls}{refused} {equals} contents {account.contents} + unknown {account.unknown}"
    )


def _table(accounts: Mapping[str, Account]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("fault", no_wrap=True)
    for heading in ("uploads", "ended", "waiting", "calls", "contents", "unknown", "seconds"):
        table.add_column(heading, justify="right")
    table.add_column("promises")
    for name, found in [*accounts.items(), ("all", total(accounts.values()))]:
        numbers = (found.uploads, found.ended, found.waiting, found.calls, found.contents, found.unknown)
        cells = [str(number) for number in numbers] + [f"{found.seconds:.1f}"]
        table.add_row(name, *cells, _HELD if found.held else _BROKEN, style="bold" if name == "all" else "")
    return table


def _sentence(account: Account) -> str:
    equals = "=" if account.adds_up else "≠"
    verdict = "Every promise held" if account.held else "A promise was broken"
    return (
        f"{verdict}: {account.uploads} uploads in, {account.ended} ended, {account.waiting} waiting; "
        f"{account.calls} calls at the OCR API {equals} {account.contents} contents "
        f"+ {account.unknown} unknown outcomes."
    )

"""`ocr-drop drill`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console

from ocr_drop_cli.drill.account import Account
from ocr_drop_cli.drill.door import Door
from ocr_drop_cli.drill.faults import FAULTS, Fault
from ocr_drop_cli.drill.ground import Ground
from ocr_drop_cli.drill.scene import Scene
from ocr_drop_cli.drill.show import Show, Silence, console
from ocr_drop_cli.local import stack
from ocr_drop_cli.local.processes import Processes
from ocr_drop_cli.local.signals import end_on_signals

NAMES = [fault.name for fault in FAULTS]


@click.command(epilog=f"FAULTs: {', '.join(NAMES)}.")
@click.option("--all", "everything", is_flag=True, help="All faults, also the longest.")
@click.option("--list", "listed", is_flag=True, help="Say what each fault is, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end instead of a log.")
@click.argument("faults", nargs=-1, metavar="[FAULT]...", type=click.Choice(NAMES))
@click.pass_context
def drill(context: click.Context, *, everything: bool, listed: bool, as_json: bool, faults: tuple[str, ...]) -> None:
    """Throw faults at a local stack of its own, live, and see whether the promises hold.

    FAULTs are thrown in the order given; without any, all but the longest, in a minute or two. --list says what each
    of them is.

    Exit code 0: every promise held; 1: one did not; 2: bad usage.
    """
    if listed:
        _list()
        return
    if everything and faults:
        raise click.UsageError("name FAULTs or give --all, not both")
    show = Silence(Console(stderr=True)) if as_json else Show(console())
    end_on_signals()
    accounts = _played(_chosen(everything=everything, names=faults), show)
    show.verdict(accounts)
    context.exit(0 if all(account.held for account in accounts.values()) else 1)


def _list() -> None:
    width = max(map(len, NAMES))
    for fault in FAULTS:
        print(f"{fault.name:{width}}  {fault.says}{'' if fault.by_default else ' Only when named, or with --all.'}")


def _chosen(*, everything: bool, names: Sequence[str]) -> list[Fault]:
    if names:
        return [fault for name in dict.fromkeys(names) for fault in FAULTS if fault.name == name]
    return [fault for fault in FAULTS if everything or fault.by_default]


def _played(faults: Sequence[Fault], show: Show) -> dict[str, Account]:
    accounts = {}
    try:
        show.starting()
        with _ground() as ground:
            ground.calm()
            for fault in faults:
                show.begin(fault.name, fault.says)
                scene = Scene(fault.name, ground, show.say, show.watch)
                fault.play(scene)
                accounts[fault.name] = scene.account()
                show.end(accounts[fault.name])
    finally:
        show.close()
    return accounts


@contextmanager
def _ground() -> Iterator[Ground]:
    """A local stack with a real OCR API, and a door between them."""
    door = Door()
    try:
        with Processes() as processes:
            account = stack.start_ocr_api(processes)
            door.behind = account.url
            behind_the_door = stack.OcrAccount(door.url, account.app_id, account.secret)
            started = stack.start(processes, account=behind_the_door)
            stack.wait_until_ready(processes, stack.OCR_API)
            yield Ground(started, processes, door)
    finally:
        door.close()

"""How a command that runs a stack is told to end."""

from __future__ import annotations

import signal
from typing import NoReturn


def end_on_signals() -> None:
    """Being told to end, in whatever way, is a Ctrl-C; told a second time, we are at it already."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks us to stay
        numbers.append(signal.SIGHUP)

    def end(*_: object) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, end)

"""The stage of one fault: uploads that are dropped on it, waiting for their ends, and what was promised."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ocr_drop import uploads
from ocr_drop.index import as_upload
from ocr_drop_cli.drill.account import Account, Promise, of_ledger
from ocr_drop_cli.drill.ground import Ground

PATIENCE = 150.0
"""Seconds for uploads to end: the longest wait that is promised is two minutes."""


@dataclass(frozen=True)
class Drop:
    """One put of a file: its key, and the version that it became."""

    key: str
    version: str


class Scene:
    """What happens in one fault. `say` tells a line of it, `watch` how far it is."""

    def __init__(self, name: str, ground: Ground, say: Callable[[str], None], watch: Callable[[str], None]) -> None:
        self.ground = ground
        self.door = ground.door
        self.say = say
        self._watch = watch
        self._prefix = f"{name}/"
        self._drops: list[Drop] = []
        self._promises: list[Promise] = []
        self._began = time.monotonic()
        self._answered, self._refused = self.door.answered, self.door.refused

    def drop(self, name: str, data: bytes) -> Drop:
        """Put a file into the bucket of uploads."""
        key = self._prefix + name
        self._drops.append(Drop(key, self.ground.put(key, data)))
        return self._drops[-1]

    def tell_again(self, drop: Drop) -> None:
        """Send the event of an upload a second time, as soon as it is known to anybody."""
        if record := self.until(lambda: self.record(drop), f"{drop.key} is known"):
            self.ground.send(uploads.write(as_upload(record)))

    def record(self, drop: Drop) -> dict[str, Any]:
        """What the record of a drop says now; nothing as long as its key's record is another drop's."""
        found = self.ground.record(drop.key)
        return found if found.get("versionId") == drop.version else {}

    def recognized(self) -> int:
        """How many drops have been recognized by now."""
        return sum(self.record(drop).get("status") == "recognized" for drop in self._drops)

    def reasons(self) -> set[str]:
        """Why the drops that wait do so, as far as their records say."""
        records = [self.record(drop) for drop in self._drops]
        return {found["message"] for found in records if found.get("status") == "waiting" and found.get("message")}

    def calls(self) -> int:
        """Calls of this scene that the OCR API answered so far."""
        return self.door.answered - self._answered

    def refused(self) -> int:
        """Calls of this scene that were turned away so far."""
        return self.door.refused - self._refused

    def promise(self, sentence: str, held: bool) -> None:
        """Note a promise, and whether it held."""
        self._promises.append(Promise(sentence, held))

    def until(self, found: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
        """What `found` gives as soon as it gives something; None, and a promise broken, when it takes too long."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if result := found():
                return result
            self._look()
        self.promise(f"{what} within {within:.0f} s", False)
        return None

    def wait(self, within: float = PATIENCE) -> None:
        """Wait until all drops have ended."""
        self.until(lambda: self._ended() == len(self._drops), "all uploads end", within)

    def pass_time(self, seconds: float) -> None:
        """Let so many seconds pass."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look()

    def _look(self) -> None:
        """See that all processes live, show how far it is, and rest a moment."""
        self.ground.processes.check()
        reasons = "".join(f" · {reason}" for reason in sorted(self.reasons())[:1])
        self._watch(f"{len(self._drops)} in · {self._ended()} ended · {self.calls()} calls{reasons}")
        time.sleep(0.05)

    def _ended(self) -> int:
        """Drops that have ended: recognized, failed, or overtaken by a newer one of their key that has."""
        newest = {drop.key: drop for drop in self._drops}
        over = {key for key, drop in newest.items() if self.record(drop).get("status") in ("recognized", "failed")}
        return sum(drop.key in over for drop in self._drops)

    def account(self) -> Account:
        """What it all came to, once nothing of it is at work any more."""
        self.until(lambda: self.ground.queued() == 0, "no message is left")
        contents, unknown = of_ledger(self.ground.ledger(), self._prefix)
        return Account(
            uploads=len(self._drops),
            ended=self._ended(),
            calls=self.calls(),
            contents=contents,
            unknown=unknown,
            refused=self.refused(),
            seconds=time.monotonic() - self._began,
            promises=tuple(self._promises),
        )

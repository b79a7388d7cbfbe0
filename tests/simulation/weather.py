"""The OCR API in bad weather, and a world with hundreds of uploads in it."""

from __future__ import annotations

import base64
import io
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pytest
from PIL import Image

from ocr_drop import images
from simulation import scheduler, world
from simulation.checks import check
from simulation.checks_of_calls import ledger
from simulation.contents import FILES, LIMIT, MEMORY
from simulation.quick_queue import QuickSqs
from simulation.schedules import Drop, Schedule
from simulation.vendor import Vendor
from simulation.world import START, World

MOST_POINTS = 2_000_000
"""Hundreds of uploads pass more points than the few of other schedules."""

Rule = Callable[[float], str]
"""The name of the reply to a call, so many seconds after the start."""

After = Callable[[float], tuple[str, float]]
"""The `Retry-After` of a refusal at a moment, and the moment that it names."""


def storm(reply: str, share: float, seconds: float, dice: int = 11) -> Rule:
    """For so many seconds that share of all calls gets this reply, whoever makes them; all others are served."""
    chance = random.Random(dice)

    def rule(now: float) -> str:
        return reply if now < seconds and chance.random() < share else "ok"

    return rule


def spread(count: int, seconds: int, since: int = 0) -> tuple[Drop, ...]:
    """So many uploads, evenly over some seconds, each of a content of its own as long as `since` differs."""
    return tuple(_drop(since + number * seconds // count, f"{since}-{number:04}", number) for number in range(count))


def _drop(at: int, key: str, number: int) -> Drop:
    """A content's name is one letter, which is also the text on it."""
    first = 0x4E00 if key.startswith("0-") else 0x6E00
    return Drop(at, key, chr(first + number))


@dataclass
class Weather(Vendor):
    """The OCR API whose replies a rule decides. `told` holds when each content was refused, and until when."""

    rule: Rule = lambda _: "ok"
    after: After | None = None
    told: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    def _reply(self, app_secret: str) -> str:
        return self.rule(self.scheduler.now - self.start)

    def post(self, data: bytes, app_secret: str, timeout: tuple[float, float]) -> Any:
        """As in fair weather; a refusal may name the moment at which to come again."""
        answer = super().post(data, app_secret, timeout)
        if answer.status_code >= 400 and self.after:
            content = self.pictures[base64.b64decode(json.loads(data)["image"])]
            answer.headers["Retry-After"], moment = self.after(self.scheduler.now)
            self.told[content].append((self.scheduler.now, moment))
        return answer

    def early(self) -> list[str]:
        """The calls that came before the moment that a refusal of their content had named."""
        return [
            f"{call.request_id} at {call.at - self.start:.3f}, told at {told - self.start:.3f} to wait until {moment}"
            for call in self.calls
            for told, moment in self.told[call.content]
            if told <= call.at < moment
        ]


class Storm(World):
    """A world in bad weather. `receives` counts, for each message that was done, how often it was received."""

    vendor: Weather

    def __init__(self, schedule: Schedule, rule: Rule, after: After | None = None) -> None:
        super().__init__(schedule)
        names = {drop.content for drop in schedule.drops}
        pictures = {_fit(FILES[name], max_bytes=LIMIT, memory_bytes=MEMORY).data: name for name in names}
        self.vendor = Weather(
            self.scheduler, self.faults, [], (), START, pictures, self._is_in_ledger, rule=rule, after=after
        )
        self.receives: Counter[str] = Counter()

    def _is_in_ledger(self, request_id: str) -> bool:
        rows = reversed(self.table.items.values())  # it was just written
        return any(item.get("requestId", {}).get("S") == request_id for item in rows)

    def delete(self, messages: Iterable[dict[str, Any]]) -> None:
        """What is done is deleted; only then it is known how often it was received."""
        done = list(messages)
        self.receives |= {one["MessageId"]: int(one["Attributes"]["ApproximateReceiveCount"]) for one in done}
        super().delete(done)

    def ends(self) -> dict[str, tuple[float, str]]:
        """When each key's upload ended, in seconds since the start, and how."""
        entries = [entry for entry in self.journal.of("record") if entry.status != "waiting"]
        return {entry.key: (entry.at - START, entry.status) for entry in reversed(entries)}

    def tries(self) -> Counter[str]:
        """How often each key's upload was tried: the rows of its calls, and of those that could not be sent."""
        return Counter(row["key"] for row in ledger(self))

    def outcomes(self) -> Counter[str]:
        """How many rows of the ledger have each outcome."""
        return Counter(row["outcome"] for row in ledger(self))


def play(schedule: Schedule, rule: Rule, after: After | None = None) -> Storm:
    """The world at rest after a storm, held to all that every run is held to."""
    with _room_for(schedule.drops):
        played = Storm(schedule, rule, after)
        played.run()
        check(played)
    return played


@contextmanager
def _room_for(drops: Iterable[Drop]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for drop in drops:
            patch.setitem(FILES, drop.content, _picture(ord(drop.content)))
        patch.setattr(world, "fit", _fit)
        patch.setattr(world, "Sqs", QuickSqs)
        patch.setattr(scheduler, "MOST_POINTS", MOST_POINTS)
        yield


@lru_cache(maxsize=2000)
def _picture(number: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (number // 256, number % 256, 0)).save(file, "PNG")
    return file.getvalue()


_fit = lru_cache(maxsize=2000)(images.fit)

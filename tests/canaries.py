"""A stack whose secret, text and image are canaries, and all the places where none of them may sing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from hostile.parts import PNG, chunk
from ocr_drop.batches import answer
from ocr_drop.services import Services
from world import Context, World, picture

SECRET = "canary-secret-5f1e"
TEXT = "认得出的文字canary"
BYTES = b"canary of the bytes " * 8


def seen(number: int) -> bytes:
    """A picture that goes out byte for byte, with the canary in it; each number is another content."""
    usual = picture()
    return PNG + usual[8:33] + chunk(b"teXt", BYTES) + chunk(b"teXt", str(number).encode()) + usual[33:]


SEEN = seen(0)
FACT = f"{SECRET} {TEXT} {BYTES.decode()} {base64.b64encode(SEEN).decode()}"
"""What a careless error would say."""


def _pieces() -> Iterator[str]:
    """Each canary as it is and as it may be written, and the image's Base64 by pieces too long to be chance."""
    yield from (SECRET, base64.b64encode(SECRET.encode()).decode())
    yield from (TEXT, TEXT[:3], json.dumps(TEXT)[1:-1])
    yield from (BYTES[:13].decode(), repr(SEEN[:12])[2:-1])
    packed = base64.b64encode(SEEN).decode()
    yield from (packed[start : start + 16] for start in range(0, len(packed) - 16, 12))


PIECES = tuple(_pieces())


def _chain(error: BaseException | None, seen: frozenset[int] = frozenset()) -> Iterator[BaseException]:
    """An error and all that it was made of or came after."""
    if error is None or id(error) in seen:
        return
    yield error
    for other in (error.__cause__, error.__context__):
        yield from _chain(other, seen | {id(error)})


def _told(error: BaseException) -> str:
    """All that an error says or holds, except where it was."""
    return "".join(f"{type(one).__name__} {one} {one.args!r} {vars(one)!r}" for one in _chain(error))


class Watch:
    """Hands an upload to the handler both ways and holds everything that comes out of it against the canaries."""

    def __init__(self, world: World, logged: Callable[[], str]) -> None:
        self.world, self._logged = world, logged
        self._number, self._raised = 0, list[str]()
        world.put_credentials("7438000001", SECRET)

    def services(self) -> Services:
        """An environment in which waiting moves the clock."""
        made, clock = self.world.services(), self.world.clock
        return replace(made, sleep=lambda _: setattr(clock, "now", clock.now + 30))

    def hand_over(self, data: bytes | None = None, services: Services | None = None) -> None:
        """One upload as a queue message, and one as an event of S3 itself, whose errors are kept; each once a lease."""
        services, world = services or self.services(), self.world
        self._number += 1
        data = data or seen(self._number)
        message = world.message(world.drop(f"{self._number}.png", data))
        event = {"Records": [world.drop(f"{self._number}-directly.png", data + b"\0")]}
        for deliver in (lambda: world.handle(message, services=services), lambda: answer(event, Context(), services)):
            try:
                deliver()
            except Exception as error:  # noqa: BLE001 - whatever leaves the handler is what is looked at
                self._raised.append(_told(error))
            world.clock.now += 500

    def found(self) -> list[tuple[str, str]]:
        """Canaries by place: in logs and metrics, events, rows, dead letters, and errors that left the handler."""
        rows = self.world.session.resource("dynamodb").Table(self.world.table).scan()["Items"]
        letters = [letter.get("MessageAttributes") for letter in self.world.dead_letters()]
        places = {
            "log": self._logged(),
            "events": json.dumps(self.world.heard(), ensure_ascii=False),
            "rows": repr(rows),
            "dead letters": repr(letters),
            "errors": "".join(self._raised),
        }
        assert '"service":"ocr-drop"' in places["log"], "there is a log to look at"
        return [(place, piece) for place, text in places.items() for piece in PIECES if piece in text]

"""What happens to whole files on their way: an end that never came, bytes that changed, pieces that moved."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hostile.specimen import REFUSED, Specimen
from hostile.whole import whole

_CUTS = (0.02, 0.15, 0.5, 0.9)
_USUAL = ("jpeg", "jpeg-progressive", "png", "bmp", "gif", "webp", "tiff", "tiff-lzw")
_FLIPS = (1, 3, 12)


def damaged() -> Iterator[Specimen]:
    """Every whole file cut off, and with bits flipped; the usual ones also robbed of their last bytes and shuffled."""
    for name, file in whole().items():
        yield from _cut(name, file)
        yield from _flipped(name, file)
    for name in _USUAL:
        yield from _shuffled(name, whole()[name])


def _cut(name: str, file: bytes) -> Iterator[Specimen]:
    for part in _CUTS:
        # half of a usual picture is never sent; the unusual kinds may hold nothing of worth at their end
        outcomes = REFUSED if name in _USUAL and part <= 0.9 else ("fits", *REFUSED)
        yield Specimen(f"{name} cut at {part:.0%}", file[: int(len(file) * part)], outcomes)
    if name in _USUAL:
        for missing in (1, 2, 40):
            yield Specimen(f"{name} without its last {missing}", file[:-missing])


def _flipped(name: str, file: bytes) -> Iterator[Specimen]:
    for flips in _FLIPS:
        changed, chance = bytearray(file), random.Random(f"{name} {flips}")
        # headers are where the damage is: one flip in two goes there
        for number in range(flips):
            place = chance.randrange(min(64, len(file)) if number % 2 else len(file))
            changed[place] ^= 1 << chance.randrange(8)
        yield Specimen(f"{name} with {flips} flips", bytes(changed))


def _shuffled(name: str, file: bytes) -> Iterator[Specimen]:
    third = len(file) // 3
    chance = random.Random(name)
    yield Specimen(f"{name} without its middle", file[:third] + file[2 * third :])
    yield Specimen(f"{name} twice in its middle", file[: 2 * third] + file[third:])
    yield Specimen(f"{name} zeroed", file[: 2 * third] + bytes(len(file) - 2 * third))
    yield Specimen(f"{name} of noise", file[:third] + chance.randbytes(2 * third))
    yield Specimen(f"{name} with a tail", file + chance.randbytes(5000))
    yield Specimen(f"{name} behind a line", b"\r\n" + file)
    yield Specimen(f"{name} with lines ended anew", file.replace(b"\n", b"\r\n"))
    yield Specimen(f"{name} as text", file.decode("utf-8", "replace").encode())

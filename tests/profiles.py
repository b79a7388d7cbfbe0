"""Colour profiles made for tests: ICC version 2, by primaries and one exponent."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

_WHITE = (0.9642, 1.0, 0.8249)

PHONE = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
"""Display P3."""

WIDE = ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249))
"""ProPhoto."""


def of_colours(primaries: Sequence[Sequence[float]], exponent: float) -> bytes:
    """A profile for RGB."""
    tags = {name + b"XYZ": _xyz(place) for name, place in zip((b"r", b"g", b"b"), primaries, strict=True)}
    return _profile(b"RGB ", tags | {name + b"TRC": _curve(exponent) for name in (b"r", b"g", b"b")})


def of_greys(exponent: float) -> bytes:
    """A profile for grey."""
    return _profile(b"GRAY", {b"kTRC": _curve(exponent)})


def _profile(space: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    named = b"desc\0\0\0\0" + struct.pack(">I", 2) + b"x\0" + bytes(78)
    every = {b"desc": named, b"wtpt": _xyz(_WHITE), **tags}
    table, content = struct.pack(">I", len(every)), b""
    start = 128 + 4 + 12 * len(every)
    for name, value in every.items():
        padded = value + bytes(-len(value) % 4)
        table += name + struct.pack(">II", start + len(content), len(value))
        content += padded
    head = struct.pack(">I4xI4s4s4s", start + len(content), 0x02100000, b"mntr", space, b"XYZ ")
    dated = struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + b"".join(map(_fixed, _WHITE))
    return (head + dated).ljust(128, b"\0") + table + content


def _xyz(place: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(_fixed, place))


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _curve(exponent: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256))

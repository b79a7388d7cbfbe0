"""Chance as an adversary: files mutated with and without knowledge of their format."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hostile.judging import outcome_of
from hostile.parts import PNG, chunk, entry, grey, segment, segments, tiff
from hostile.whole import whole

NAMES = sorted(whole())
# numbers at which sizes, counts and signs turn over
_NUMBERS = st.sampled_from([0, 1, 7, 8, 255, 256, 32_767, 65_535, 2**31 - 1, 2**31, 2**32 - 1]) | st.integers(
    0, 2**32 - 1
)
_ENDED = ("fits", "empty", "not_an_image", "damaged", "too_large")


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_bytes_changed_by_chance_end_as_a_picture_or_one_sentence(name: str, data: st.DataObject) -> None:
    """Of every kind that is read: bytes replaced, cut out, put in and moved never get out as anything else."""
    file = bytearray(whole()[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, max(0, len(file) - 1)) | st.integers(0, min(120, len(file))))
        length = data.draw(st.integers(0, 8))
        what = data.draw(st.sampled_from(("replace", "put in", "number")))
        content = data.draw(st.binary(max_size=8)) if what != "number" else struct.pack("<I", data.draw(_NUMBERS))
        end = place if what == "put in" else place + length
        file[place:end] = content
    assert outcome_of(bytes(file)).code in _ENDED


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from([name for name in NAMES if name.startswith("png")]), data=st.data())
def test_png_chunks_changed_under_right_sums(name: str, data: st.DataObject) -> None:
    """Sums are right, so the content of each chunk reaches what reads it; chunks are lost, doubled and moved too."""
    chunks = _chunks(whole()[name])
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(chunks) - 1))
        kind, content = chunks[number]
        place = data.draw(st.integers(0, min(len(content), 40)))
        changed = content[:place] + data.draw(st.binary(max_size=5)) + content[place + data.draw(st.integers(0, 5)) :]
        chunks[number : number + 1] = [(kind, changed)] * data.draw(st.sampled_from((1, 1, 1, 0, 2)))
        if not chunks:
            break
    file = PNG + b"".join(chunk(kind, content) for kind, content in chunks) + chunk(b"IEND")
    assert outcome_of(file).code in _ENDED


def _chunks(file: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(file):
        length = int.from_bytes(file[place : place + 4], "big")
        found.append((file[place + 4 : place + 8], file[place + 8 : place + 8 + length]))
        place += 12 + length
    return found[:-1]


_ENTRIES = st.builds(
    entry,
    st.sampled_from([256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 338, 339])
    | st.integers(254, 700),
    st.integers(0, 18),
    _NUMBERS | st.integers(0, 4),
    _NUMBERS | st.integers(0, 300),
)


@settings(max_examples=250, deadline=None)
@given(kept=st.sets(st.integers(0, 8), min_size=5), others=st.lists(_ENTRIES, max_size=4), data=st.binary(max_size=200))
def test_tiff_directories_of_any_entries(kept: set[int], others: list[bytes], data: bytes) -> None:
    """Tags of any type, count and value beside the right ones never get out as anything else."""
    usual = grey()
    file = tiff(*(usual[number] for number in kept), *others, data=b"").ljust(200, b"\0") + data
    assert outcome_of(file).code in _ENDED


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from([name for name in NAMES if name.startswith(("jpeg", "mpo"))]),
    marker=st.integers(0xC0, 0xFE),
    start=st.sampled_from(
        [b"", b"Exif\0\0", b"Exif\0\0II*\0\x08\0\0\0", b"ICC_PROFILE\0", b"Adobe\0", b"MPF\0II*\0", b"JFIF\0"]
    ),
    content=st.binary(max_size=60),
    data=st.data(),
)
def test_jpeg_segments_of_any_kind(name: str, marker: int, start: bytes, content: bytes, data: st.DataObject) -> None:
    """A segment of any marker and content, anywhere before the pixels, never gets out as anything else."""
    if name == "jpeg2000":
        return
    parts = segments(whole()[name])
    place = data.draw(st.integers(0, len(parts) - 1))
    pieces = [body if kind == 0xDA else segment(kind, body) for kind, body in parts]
    file = b"\xff\xd8" + b"".join([*pieces[:place], segment(marker, start + content), *pieces[place:]])
    assert outcome_of(file).code in _ENDED


class _OurDefect(TypeError):
    """What a slip of ours would raise."""


@pytest.mark.parametrize(
    "ours",
    [
        "fitting._source", "fitting._shrunk", "fitting._told", "fitting.displayed_size", "fitting.judge",
        "fitting.passes_as_it_is", "fitting.best_road", "budget.peak_bytes", "budget._jpeg", "budget.shrink_on_decode",
        "decoding.to_displayed", "decoding.to_stored", "decoding.turned", "decoding.plain", "decoding.sample",
        "decoding.tonal", "passing._frame", "opening._formats", "plain._on_white", "plain._eight_bits",
        "plain.from_ink", "roads._first_size", "roads._encoded", "roads.predict", "roads._scaled", "roads.jpeg",
        "outside._silence", "predicting._scale", "predicting._quality",
    ],
)  # fmt: skip
def test_a_defect_of_ours_is_never_told_as_a_damaged_image(ours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in any step of ours gets out as what it is, so that it is loud; only Pillow's calls are spoken for."""

    def slip(*_: object, **__: object) -> None:
        raise _OurDefect

    monkeypatch.setattr(f"ocr_drop.images.{ours}", slip)
    seen = []
    for name in ("jpeg-exif", "jpeg", "png", "png-alpha", "jpeg-cmyk", "tiff-deflate", "webp"):
        try:
            outcome_of(whole()[name])
        except _OurDefect:
            seen.append(name)
    assert seen

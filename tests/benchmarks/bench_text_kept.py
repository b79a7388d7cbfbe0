"""Text kept after fitting: the project's own pictures with known text, fitted, and read by the local engine.

`python tests/benchmarks/bench_text_kept.py [--quick] [--json]`. Beside it what the original and the naive loop (quality
down until it fits, then three quarters of the size) give. Takes some minutes; needs a font with Chinese.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageOps

from corpus.reading import Seen, errors
from corpus.sheets import Sheet, corpus
from ocr_drop.geometry import Point, Transform
from ocr_drop.images import fit
from ocr_endpoint.recognition import Recognition

LIMIT = 750_000
READABLE_GLYPH = 16
"""Pixels: below, a glyph of Chinese is hard to read for anyone."""


def naive(file: bytes) -> tuple[bytes, Transform]:
    """What most programs do: everything decoded, tried again and again."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
    width = image.width
    while True:
        for quality in range(95, 10, -5):
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality)
            if out.tell() <= LIMIT:
                return out.getvalue(), Transform.scale(width / image.width, width / image.width)
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)


def fitted(file: bytes) -> tuple[bytes, Transform]:
    """What is sent here."""
    found = fit(file, max_bytes=LIMIT)
    return found.data, found.fit.transform


def read(engine: Recognition, data: bytes, way: Transform) -> list[Seen]:
    """The lines that the engine reads, in pixels of the original."""
    lines = []
    for line in engine.recognize(data).lines:
        corners = [way(Point(corner[0], corner[1])) for corner in line.corners]
        start, end = _middle(corners[0], corners[3]), _middle(corners[1], corners[2])
        lines.append((line.text, start, end))
    return lines


def _middle(one: Point, other: Point) -> tuple[float, float]:
    return (one.x + other.x) / 2, (one.y + other.y) / 2


def row(engine: Recognition, sheet: Sheet) -> dict[str, Any]:
    """Bytes, seconds and wrong characters of one sheet, three ways."""
    ways: dict[str, Callable[[bytes], tuple[bytes, Transform]]] = {
        "original": lambda file: (file, Transform()),
        "fit": fitted,
        "naive": naive,
    }
    found: dict[str, Any] = {"name": sheet.name, "kind": sheet.kind, "glyph": sheet.glyph}
    for name, way in ways.items():
        begun = time.process_time()
        data, transform = way(sheet.file)
        seconds = time.process_time() - begun
        wrong, total = errors(sheet, read(engine, data, transform))
        found[name] = {"bytes": len(data), "cpuSeconds": round(seconds, 3), "wrong": wrong, "characters": total}
    return found


def in_percent(rows: list[dict[str, Any]], way: str) -> float:
    """Wrong characters over several sheets."""
    return round(100 * sum(each[way]["wrong"] for each in rows) / sum(each[way]["characters"] for each in rows), 3)


def table(rows: list[dict[str, Any]]) -> str:
    """The figures as the README shows them."""
    lines = [
        "| picture | KB | sent, KB | wrong in the original | after fitting | after the naive loop |",
        "|---|---|---|---|---|---|",
    ]
    for each in rows:
        shares = [f"{100 * each[way]['wrong'] / each[way]['characters']:.2f} %" for way in ("original", "fit", "naive")]
        sizes = [str(each[way]["bytes"] // 1000) for way in ("original", "fit")]
        lines.append("| " + " | ".join([each["name"], *sizes, *shares]) + " |")
    total = [f"{in_percent(rows, way):.3f} %" for way in ("original", "fit", "naive")]
    characters = sum(each["original"]["characters"] for each in rows)
    return "\n".join([*lines, f"| all, {characters:,} characters | | | " + " | ".join(total) + " |"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two pictures only")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    engine = Recognition()
    engine.warm_up()
    rows = []
    for sheet in corpus(quick=options.quick):
        rows.append(row(engine, sheet))
        if not options.json:
            print(f"{sheet.name} ...", flush=True)
    engine.close()
    print(json.dumps(rows, ensure_ascii=False) if options.json else table(rows))
    readable = [each for each in rows if each["glyph"] >= READABLE_GLYPH]
    if in_percent(readable, "fit") > in_percent(readable, "original") + 0.05:
        raise SystemExit("fitting costs more than 0.05 points of text")


if __name__ == "__main__":
    main()

"""How well the height of the letters tells, before a call, whether a page can be read: precision and recall.

`python tests/benchmarks/bench_legibility.py [--json]`. Pages of many letter heights and pictures without text are read
by the local engine; a page is lost where it has two points more wrong characters than with large letters.
"""

from __future__ import annotations

import argparse
import io
import json
import random
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageFilter

from bench_text_kept import read
from corpus.reading import errors
from corpus.sheets import Sheet, page, screenshot
from ocr_drop.geometry import Transform
from ocr_drop.images.legibility import LEAST_READABLE, letter_height
from ocr_endpoint.recognition import Recognition

LOST = 0.02


def pages() -> Iterator[Sheet]:
    """Pages of letters from 6 to 30 pixels high, in good and in poor light, straight and askew; and screens."""
    for seed, glyph in enumerate((6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 30)):
        size = (glyph * 34, glyph * 34)
        yield page(f"{glyph} px", size, glyph, seed)
        yield page(f"{glyph} px, poor light", size, glyph, seed + 50, hard=True)
        if glyph % 3 == 0:
            yield page(f"{glyph} px, askew", size, glyph, seed + 100, skew=2)
    for glyph in (9, 12, 16, 22):
        yield screenshot(f"screen, {glyph} px", (glyph * 40, glyph * 50), glyph, glyph)


def without_text() -> Iterator[tuple[str, Image.Image]]:
    """Noise, clouds, stripes, cloth: what is no text at all."""
    for seed in range(6):
        chance = random.Random(seed)
        grain = Image.frombytes("L", (256, 256), chance.randbytes(256 * 256))
        yield f"noise {seed}", grain.resize((1200, 900))
        yield f"clouds {seed}", grain.resize((40, 30)).resize((1200, 900), Image.Resampling.BICUBIC)
        yield f"leaves {seed}", grain.resize((400, 300)).filter(ImageFilter.MedianFilter(7)).resize((1200, 900))


def measured() -> list[dict[str, Any]]:
    """What was estimated, and what came of it."""
    engine = Recognition()
    engine.warm_up()
    found = []
    for sheet in pages():
        wrong, total = errors(sheet, read(engine, sheet.file, Transform()))
        height = letter_height(Image.open(io.BytesIO(sheet.file)))
        found.append(
            {"name": sheet.name, "height": height, "wrong": round(wrong / total, 4), "lost": wrong / total > LOST}
        )
    engine.close()
    for name, image in without_text():
        found.append({"name": name, "height": letter_height(image), "wrong": 0.0, "lost": False})
    return found


def judged(rows: list[dict[str, Any]], threshold: float) -> tuple[float, float]:
    """Precision and recall of a warning under a height."""
    warned = [row for row in rows if row["height"] is not None and row["height"] < threshold]
    right = [row for row in warned if row["lost"]]
    lost = [row for row in rows if row["lost"]]
    return len(right) / max(1, len(warned)), len(right) / max(1, len(lost))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measured()
    precision, recall = judged(rows, LEAST_READABLE)
    if options.json:
        print(json.dumps({"rows": rows, "precision": precision, "recall": recall}))
        return
    for row in rows:
        print(f"{row['name']:<24} height {row['height'] or '-'}  wrong {100 * row['wrong']:.1f} %")
    for threshold in range(6, 16):
        found = judged(rows, threshold)
        print(f"under {threshold} px: precision {found[0]:.2f}, recall {found[1]:.2f}")
    print(f"warned under {LEAST_READABLE} px: precision {precision:.2f}, recall {recall:.2f}")


if __name__ == "__main__":
    main()

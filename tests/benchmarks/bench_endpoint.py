"""The endpoint's engine beside rapidocr's defaults: CPU, memory and text kept on pages, forms and columns.

`python tests/benchmarks/bench_endpoint.py [--json] [--only KIND]`. Every reading in a process of its own, one engine
after the other on the same picture; CPU is the median of three readings after a first one. Takes some
minutes; needs a font with Chinese.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from corpus.forms import columns, form, headings
from corpus.reading import Seen, errors
from corpus.sheets import Sheet, page, screenshot

RUNS = 3
A4_200, A4_300 = (1654, 2339), (2480, 3508)
Read = Callable[[bytes], list[Seen]]


def corpus() -> Iterator[Sheet]:
    """What an office drops, and what is hard."""
    yield page("A4 at 200 dpi, dense", A4_200, 26, 21)
    yield page("A4 at 300 dpi, dense", A4_300, 40, 22)
    yield page("A4 at 300 dpi, small print", A4_300, 26, 23)
    yield page("page of 1 MP, photographed", (900, 1200), 22, 24, hard=True)
    yield form("form, A4 at 200 dpi", A4_200, 24, 31)
    yield form("form, A4 at 300 dpi", A4_300, 36, 32)
    yield form("form, 12 MP, photographed askew", (3000, 4000), 44, 33, skew=3, photo=True)
    yield page("receipt", (1400, 4200), 36, 8)
    yield screenshot("screenshot", (1440, 2560), 28, 3)
    yield headings("small print beside large", (1080, 4000), 44, 14, 51)
    yield columns("columns from top to bottom", A4_200, 36, 41)


def ours() -> Read:
    """Our engine, loaded."""
    from ocr_endpoint.recognition import Recognition

    engine = Recognition()
    return lambda data: [seen(line.text, line.corners) for line in engine.recognize(data).lines]


def theirs() -> Read:
    """The package rapidocr as it comes, loaded."""
    import logging

    from rapidocr import RapidOCR

    logging.disable(logging.WARNING)
    engine = RapidOCR()

    def read(data: bytes) -> list[Seen]:
        found = engine(data)
        return [seen(text, box.tolist()) for text, box in zip(found.txts or (), found.boxes, strict=True)]

    return read


def seen(text: str, corners: Any) -> Seen:
    """A line as it was read: its text, and the middles of its left and of its right side."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    return text, ((ax + dx) / 2, (ay + dy) / 2), ((bx + cx) / 2, (by + cy) / 2)


ENGINES = {"ours": ours, "rapidocr": theirs}


def measure(engine: str, image: Path) -> None:
    """Print CPU seconds of a reading, peak memory in MB, and the lines, as JSON."""
    data, read = image.read_bytes(), ENGINES[engine]()
    read(data)
    taken = []
    for _ in range(RUNS):
        began = time.process_time()
        lines = read(data)
        taken.append(time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpuSeconds": round(statistics.median(taken), 3), "peakMb": round(peak), "seen": lines}))


def rows(only: str | None) -> Iterator[dict[str, Any]]:
    """Both engines' figures for each sheet."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "image")
        for sheet in corpus():
            if only in (None, sheet.kind):
                image.write_bytes(sheet.file)
                found = {engine: _measured(engine, image, sheet) for engine in ENGINES}
                yield {"name": sheet.name, "kind": sheet.kind, **found}


def _measured(engine: str, image: Path, sheet: Sheet) -> dict[str, Any]:
    command = [sys.executable, __file__, "--measure", engine, str(image)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(output.splitlines()[-1])
    wrong, characters = errors(sheet, found.pop("seen"))
    return {**found, "wrong": wrong, "characters": characters}


def line(row: dict[str, Any]) -> str:
    """One row of the table."""
    a, b = row["ours"], row["rapidocr"]
    wrong = [f"{100 * each['wrong'] / each['characters']:.2f} %" for each in (a, b)]
    ratio = b["cpuSeconds"] / a["cpuSeconds"]
    cells = [row["name"], f"{a['cpuSeconds']:.2f} s", f"{b['cpuSeconds']:.2f} s", f"{ratio:.1f}"]
    return "| " + " | ".join([*cells, f"{a['peakMb']} MB", f"{b['peakMb']} MB", *wrong]) + " |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", help="one kind of picture: page, form, screenshot, headings or columns")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], Path(options.measure[1]))
        return
    if not options.json:
        print("| picture | CPU | rapidocr's defaults | ratio | peak | rapidocr's | wrong characters | rapidocr's |")
        print("|---|---|---|---|---|---|---|---|")
    found = []
    for row in rows(options.only):
        found.append(row)
        if not options.json:
            print(line(row), flush=True)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()

"""What tiles bring, and whether lines at their seams come once: a strip and a large page, whole and in tiles.

`python tests/benchmarks/bench_tiles.py`. The local engine reads both; half a minute. Fails where tiles lose text.
"""

from __future__ import annotations

from bench_text_kept import LIMIT, read
from corpus.reading import errors
from corpus.sheets import Sheet, page
from ocr_drop import images, seams
from ocr_drop.geometry import Point
from ocr_drop.images import fit
from ocr_drop.pages import PlacedLine
from ocr_endpoint.recognition import Recognition


def in_tiles(engine: Recognition, sheet: Sheet) -> tuple[int, int, list[PlacedLine]]:
    """Wrong characters, all of them, and the merged lines."""
    areas = images.tiles(sheet.file, max_bytes=LIMIT)
    parts = []
    for area in areas:
        fitted = fit(sheet.file, area=area, max_bytes=LIMIT)
        lines = []
        for line in engine.recognize(fitted.data).lines:
            first, second, third, fourth = (fitted.fit.transform(Point(*corner)) for corner in line.corners)
            lines.append(PlacedLine(line.text, None, (first, second, third, fourth)))
        parts.append(lines)
    merged = list(seams.merged(parts))
    seen = [(line.text, _middle(line, 0, 3), _middle(line, 1, 2)) for line in merged]
    return *errors(sheet, seen), merged


def _middle(line: PlacedLine, one: int, other: int) -> tuple[float, float]:
    a, b = line.polygon[one], line.polygon[other]
    return (a.x + b.x) / 2, (a.y + b.y) / 2


def main() -> None:
    """Measure and print."""
    engine = Recognition()
    engine.warm_up()
    lost = False
    for sheet in (page("large page, 60 px", (6000, 4500), 60, 3), page("strip, 28 px", (1200, 9600), 28, 4)):
        fitted = fit(sheet.file, max_bytes=LIMIT)
        whole, total = errors(sheet, read(engine, fitted.data, fitted.fit.transform))
        wrong, _, lines = in_tiles(engine, sheet)
        calls = len(images.tiles(sheet.file, max_bytes=LIMIT))
        print(
            f"{sheet.name}: {len(sheet.lines)} lines, {total} characters; whole, 1 call: {whole} wrong;"
            f" {calls} tiles: {wrong} wrong, {len(lines)} lines"
        )
        lost = lost or wrong > whole + total / 1000 or len(lines) != len(sheet.lines)
    engine.close()
    if lost:
        raise SystemExit("tiles lost text, or doubled lines")


if __name__ == "__main__":
    main()

"""CPU and memory of fitting a photograph against the naive loop: each in a process of its own, in turn.

`python tests/benchmarks/bench_fit.py [--large] [--json]`. What an interpreter with Pillow takes to start is measured
in the same run and taken off both. `--large` ends with the README's table, and fails where the targets are missed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

RUNS = 5
LIMIT = 750_000

COUNTING = """
import atexit
from PIL import Image as _Image
_save, _sizes = _Image.Image.save, []
def _counted(image, *arguments, **options):
    _sizes.append(image.width * image.height)
    return _save(image, *arguments, **options)
_Image.Image.save = _counted
atexit.register(lambda: print(sum(2 * size > _sizes[-1] for size in _sizes)))
"""
"""Prints how many encodes there were of a whole picture: those of at least half the pixels of the last."""

TARGETS = {12: 2.0, 48: 10.0, 108: 18.0}
"""How many times less CPU than the naive loop, by megapixels."""

NOTHING = "import sys\nfrom PIL import Image, JpegImagePlugin\n"
FIT = """
import sys
from pathlib import Path
from ocr_drop.images import fit
fitted = fit(Path(sys.argv[1]).read_bytes(), max_bytes={limit})
assert len(fitted.data) <= {limit}
"""
NAIVE = """
import io, sys
from PIL import Image, ImageOps
image = ImageOps.exif_transpose(Image.open(sys.argv[1])).convert("RGB")
while True:
    for quality in range(95, 10, -5):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if out.tell() <= {limit}:
            sys.exit()
    image = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)
"""


def photograph(width: int, height: int) -> bytes:
    """A page of print, photographed: shadow, grain, and small letters all over."""
    chance = random.Random(7)
    page = Image.new("RGB", (width, height), (236, 232, 224))
    draw = ImageDraw.Draw(page)
    for y in range(80, height - 80, 44):
        x = 90
        while x < width - 120:
            step = chance.randint(10, 26)
            draw.rectangle((x, y, x + step - 5, y + chance.randint(14, 26)), fill=(40, 38, 44))
            x += step
    grain = Image.frombytes("RGB", (512, 512), chance.randbytes(512 * 512 * 3)).filter(ImageFilter.GaussianBlur(1))
    tiled = Image.new("RGB", (width, height))
    for x in range(0, width, 512):
        for y in range(0, height, 512):
            tiled.paste(grain, (x, y))
    shade = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    out = io.BytesIO()
    Image.blend(Image.blend(page, tiled, 0.12), shade, 0.15).save(out, "JPEG", quality=92)
    return out.getvalue()


def encodes(program: str, path: Path) -> int:
    """How often a program encodes the whole picture."""
    command = [sys.executable, "-c", COUNTING + program, str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measured(program: str, path: Path) -> tuple[float, float]:
    """CPU seconds and peak memory in MB of one process."""
    child = subprocess.Popen([sys.executable, "-c", program, str(path)])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the process failed with {child.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(megapixels: int) -> dict[str, float]:
    """Medians over several runs, in turn."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    programs = {"start": NOTHING, "fit": FIT.format(limit=LIMIT), "naive": NAIVE.format(limit=LIMIT)}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        # made by another process: a child's peak begins at what its parent held when it was forked
        subprocess.run([sys.executable, __file__, "--make", str(width), str(path)], check=True)
        counted = {name: encodes(programs[name], path) for name in ("fit", "naive")}
        for _ in range(RUNS):
            for name, program in programs.items():
                found[name].append(measured(program, path))
    start = statistics.median(cpu for cpu, _ in found["start"])
    result: dict[str, float] = {"megapixels": megapixels}
    for name in ("fit", "naive"):
        result[f"{name}CpuSeconds"] = round(statistics.median(cpu for cpu, _ in found[name]) - start, 3)
        result[f"{name}PeakMegabytes"] = round(statistics.median(peak for _, peak in found[name]))
        result[f"{name}Encodes"] = counted[name]
    result["ratio"] = round(result["naiveCpuSeconds"] / result["fitCpuSeconds"], 1)
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="48 and 108 megapixels as well")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--make", nargs=2, metavar=("WIDTH", "FILE"), help="only make the photograph")
    options = parser.parse_args()
    if options.make:
        width, path = int(options.make[0]), Path(options.make[1])
        path.write_bytes(photograph(width, width * 3 // 4))
        return
    results = [compare(megapixels) for megapixels in (TARGETS if options.large else (12,))]
    if options.json:
        print(json.dumps(results))
        return
    print(f"fitting under {LIMIT} bytes: CPU seconds and peak MB, medians of {RUNS}")
    for result in results:
        print(
            f"  {result['megapixels']} MP: fit {result['fitCpuSeconds']} s, {result['fitPeakMegabytes']} MB;"
            f" naive {result['naiveCpuSeconds']} s, {result['naivePeakMegabytes']} MB; {result['ratio']} times less CPU"
        )
    if options.large:
        print(table(results))
        missed = [result["megapixels"] for result in results if result["ratio"] < TARGETS[int(result["megapixels"])]]
        if missed:
            raise SystemExit(f"targets missed at {missed} megapixels")


def table(results: list[dict[str, float]]) -> str:
    """The figures as the README shows them."""
    lines = [
        "| photograph | CPU, s | peak, MB | encodes | naive: CPU, s | peak, MB | encodes | less CPU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        ours, theirs = (
            [str(result[f"{name}{what}"]) for what in ("CpuSeconds", "PeakMegabytes", "Encodes")]
            for name in ("fit", "naive")
        )
        lines.append(f"| {result['megapixels']} MP | {' | '.join([*ours, *theirs])} | {result['ratio']} times |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

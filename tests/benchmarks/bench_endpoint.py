"""The endpoint's engine beside rapidocr's defaults: CPU, memory and characters read, each in a fresh process."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGES = ("page.jpg", "receipt.jpg", "screenshot.png", "skewed.jpg")
RUNS = 2


def ours() -> Callable[[bytes], str]:
    """Our engine, loaded."""
    sys.path.insert(0, str(ROOT / "functions" / "endpoint"))
    from ocr_endpoint.recognition import Recognition

    engine = Recognition()
    return lambda data: "".join(line.text for line in engine.recognize(data).lines)


def theirs() -> Callable[[bytes], str]:
    """The package rapidocr as it comes, loaded."""
    import logging

    from rapidocr import RapidOCR

    logging.disable(logging.WARNING)
    engine = RapidOCR()
    return lambda data: "".join(engine(data).txts or ())


def measure(name: str, image: Path) -> None:
    """Print CPU seconds of one reading after a first one, peak memory in MB, and characters, as JSON."""
    read = {"ours": ours, "theirs": theirs}[name]()
    data = image.read_bytes()
    read(data)
    began = time.process_time()
    for _ in range(RUNS):
        text = read(data)
    seconds = (time.process_time() - began) / RUNS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": seconds, "peak": peak, "characters": len("".join(text.split()))}))


def main() -> None:
    """Print the table."""
    print(f"{'image':<16}{'CPU s':>8}{'rapidocr':>10}{'ratio':>7}{'MB':>6}{'rapidocr':>10}{'chars':>7}{'rapidocr':>10}")
    for name in IMAGES:
        image = ROOT / "samples" / name
        seen = []
        for engine in ("ours", "theirs"):
            command = [sys.executable, __file__, engine, str(image)]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seen.append(json.loads(output.splitlines()[-1]))
        a, b = seen
        print(
            f"{name:<16}{a['cpu']:>8.2f}{b['cpu']:>10.2f}{b['cpu'] / a['cpu']:>7.2f}"
            f"{a['peak']:>6.0f}{b['peak']:>10.0f}{a['characters']:>7}{b['characters']:>10}",
            flush=True,
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]))
    else:
        main()

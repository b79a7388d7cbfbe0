"""What each choice of the endpoint's engine is worth: the engine as it is, and with one choice made otherwise.

`python tests/benchmarks/bench_levers.py [--only LEVER]`. CPU of a second reading, peak memory and wrong characters,
each lever in a process of its own. A quarter of an hour; needs a font with Chinese. OpenVINO is tried if installed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench_endpoint import A4_200, A4_300, seen
from corpus.forms import form, headings
from corpus.reading import errors
from corpus.sheets import Sheet, page
from ocr_endpoint import detector, models, reader, sides
from ocr_endpoint.recognition import Recognition

BATCH = 6


def corpus() -> Iterator[Sheet]:
    """Five sheets that between them need all that the engine has."""
    yield page("dense", A4_200, 26, 21)
    yield page("small print", A4_300, 22, 23)
    yield page("poor light", (900, 1200), 18, 24, hard=True)
    yield form("form", A4_300, 36, 32)
    yield headings("small print beside large", (1080, 4000), 44, 14, 51)


def exact_network_only() -> None:
    """Lines are read in fp32."""
    reader.QUICK = models.shipped("*_rec_*.onnx")


def quick_network_only() -> None:
    """No line is read again in fp32."""
    reader.DOUBTFUL = 0.0


def doubt_more() -> None:
    """A line is read again for a character less sure than 0.8."""
    reader.DOUBTFUL = 0.8


def squeezed() -> None:
    """Strips are squeezed to three quarters of their width."""
    straightened = reader.straightened

    def squeezed_strip(*at: Any) -> Any:
        strip = straightened(*at)
        size = (max(1, strip.shape[1] * 3 // 4), strip.shape[0])
        return cv2.resize(strip, size, interpolation=cv2.INTER_AREA)

    reader.straightened = squeezed_strip


def batches() -> None:
    """Lines are read six at a time, padded to the longest, in int8 only."""

    def readings(self: Any, pixels: Any, lines: Any) -> list[Any]:
        parts = [(n, part) for n, at in enumerate(lines) for part in reader._parts(reader.straightened(pixels, at))]
        tensors = [reader.tensor_of(part) for _, part in parts]
        by_width = sorted(range(len(parts)), key=lambda i: tensors[i].shape[3])
        marks: dict[int, Any] = {}
        for start in range(0, len(by_width), BATCH):
            chosen = by_width[start : start + BATCH]
            widest = max(tensors[i].shape[3] for i in chosen)
            filled = [np.pad(tensors[i], [(0, 0)] * 3 + [(0, widest - tensors[i].shape[3])]) for i in chosen]
            for i, steps in zip(chosen, self.reader._quick.run(np.concatenate(filled)), strict=True):
                marks[i] = self.reader._told(steps)
        told = [
            [mark for i, (n, _) in enumerate(parts) if n == line for mark in marks[i]] for line in range(len(lines))
        ]
        sure = [float(np.mean([mark[1] for mark in each])) if each else 0.0 for each in told]
        return [reader.Reading("".join(mark[0] for mark in each), one) for each, one in zip(told, sure, strict=True)]

    sides.Sides._readings = readings  # type: ignore[method-assign]


def line_directions() -> None:
    """A classifier tells of each line whether it stands on its head, as rapidocr's default does."""
    classifier, straightened = models.Model(models.shipped("*_cls_*.onnx")), reader.straightened

    def turned(*at: Any) -> Any:
        strip = straightened(*at)
        small = cv2.resize(strip, (min(192, strip.shape[1]), 48))
        tensor = np.zeros((1, 3, 48, 192), np.float32)
        tensor[0, :, :, : small.shape[1]] = small.transpose(2, 0, 1) / np.float32(127.5) - 1
        return np.ascontiguousarray(strip[::-1, ::-1]) if classifier.run(tensor)[0][1] > 0.9 else strip

    reader.straightened = turned


def one_look() -> None:
    """The detector looks once, at 1,280 pixels."""
    detector.FIRST_LOOK = 1280
    detector._closer_scale = lambda *_: 0.0


def two_looks() -> None:
    """The detector always looks twice, the second time at 2,000 pixels."""
    detector._closer_scale = lambda pixels, *_: detector.second_scale(*pixels.shape[:2])


def no_search() -> None:
    """Nobody asks whether a first look passed print over."""
    detector.has_unseen_print = lambda *_: False


def small_tiles() -> None:
    """The detector looks at tiles of 640 pixels."""
    detector.TILE, detector.WHOLE_PIXELS = 640, 640 * 1024


def _with_options(change: Callable[[Any], None]) -> None:
    create = models.onnxruntime.InferenceSession

    def session(*args: Any, sess_options: Any, **more: Any) -> Any:
        change(sess_options)
        return create(*args, sess_options=sess_options, **more)

    models.onnxruntime.InferenceSession = session


def two_threads_a_run() -> None:
    """Both cores work on one line or tile, instead of on one each."""

    def change(options: Any) -> None:
        options.intra_op_num_threads = 2

    _with_options(change)
    threads = Recognition.__init__
    Recognition.__init__ = lambda self, _=None: threads(self, 1)  # type: ignore[method-assign,misc]


def pools_apart() -> None:
    """Each network keeps working memory of its own."""
    _with_options(lambda options: options.add_session_config_entry("session.use_env_allocators", "0"))


def no_pool() -> None:
    """Working memory is asked for and given back at each step."""

    def change(options: Any) -> None:
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.use_env_allocators", "0")

    _with_options(change)


def openvino() -> None:
    """OpenVINO runs the networks, in bf16 where the processor can."""
    from openvino import Core

    core, options = Core(), {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    load = models.Model.__init__

    def init(self: Any, file: Any) -> None:
        load(self, file)
        self.compiled = core.compile_model(str(file), "CPU", options)

    models.Model.__init__ = init  # type: ignore[method-assign]
    models.Model.run = lambda self, tensor: self.compiled.create_infer_request().infer([tensor])[0]  # type: ignore
    exact_network_only()


def as_it_is() -> None:
    """The engine as it is."""


LEVERS: dict[str, Callable[[], None]] = {
    lever.__name__: lever
    for lever in (
        as_it_is,
        exact_network_only,
        quick_network_only,
        doubt_more,
        squeezed,
        batches,
        line_directions,
        one_look,
        two_looks,
        no_search,
        small_tiles,
        two_threads_a_run,
        pools_apart,
        no_pool,
        openvino,
    )
}


def measure(lever: str, images: list[str]) -> None:
    """Print CPU seconds of a second reading and the lines of each image, and the peak in MB, as JSON."""
    LEVERS[lever]()
    engine, found = Recognition(), []
    for image in images:
        data = Path(image).read_bytes()
        engine.recognize(data)
        began = time.process_time()
        lines = engine.recognize(data).lines
        seconds = time.process_time() - began
        found.append({"cpuSeconds": seconds, "seen": [seen(line.text, line.corners) for line in lines]})
    engine.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"images": found, "peakMb": peak}))


def row(lever: str, sheets: dict[str, Sheet]) -> str:
    """One row of the table; `sheets` by their files."""
    command = [sys.executable, __file__, "--measure", lever, *sheets]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(output.splitlines()[-1])
    seconds = [f"{each['cpuSeconds']:.2f} s" for each in found["images"]]
    wrong = sum(errors(sheet, each["seen"])[0] for sheet, each in zip(sheets.values(), found["images"], strict=True))
    return "| " + " | ".join([LEVERS[lever].__doc__ or lever, *seconds, str(wrong), f"{found['peakMb']} MB"]) + " |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=LEVERS)
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], options.measure[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        sheets = {str(Path(folder, sheet.name)): sheet for sheet in corpus()}
        for file, sheet in sheets.items():
            Path(file).write_bytes(sheet.file)
        characters = sum(len(line.text) for sheet in sheets.values() for line in sheet.lines)
        names = " | ".join(sheet.name for sheet in sheets.values())
        print(f"| | {names} | wrong of {characters:,} | peak |\n|---|---|---|---|---|---|---|---|")
        for name in LEVERS:
            if options.only in (None, name) and (name != "openvino" or find_spec("openvino")):
                print(row(name, sheets), flush=True)


if __name__ == "__main__":
    main()

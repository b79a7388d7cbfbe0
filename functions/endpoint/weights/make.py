"""Make the quick reading network: the one in the rapidocr package, its widest layers in whole numbers of 8 bits.

`make weights`. What passes through each layer is measured on the lines of the project's own samples, as they are and
in poor light; nothing is learnt. The first layers and the last, which names the character, stay as they are.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import helper, numpy_helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SAMPLES = [*sorted((ROOT / "samples").glob("*.[jp][pn]g")), ROOT / "tests" / "images" / "endpoint" / "notice.png"]
FEWEST_CHANNELS = 96
LARGE = 4096
WIDEST = 960

sys.path.insert(0, str(HERE.parent))

from ocr_endpoint.detector import Detector  # noqa: E402 - the folder above has to be known first
from ocr_endpoint.models import Model, shipped  # noqa: E402
from ocr_endpoint.pictures import Pixels, open_picture  # noqa: E402
from ocr_endpoint.reader import QUICK, straightened, tensor_of  # noqa: E402


class Lines(CalibrationDataReader):
    """The lines of the samples, one at a time, as the network takes them."""

    def __init__(self) -> None:
        self._tensors = ({"x": tensor_of(strip[:, :WIDEST])} for strip in _strips())

    def get_next(self) -> dict[str, object] | None:
        """The next line; None after the last."""
        return next(self._tensors, None)


def _strips() -> Iterator[Pixels]:
    chance = np.random.default_rng(7)
    with ThreadPoolExecutor(2) as pool:
        detector = Detector(Model(shipped("*_det_*.onnx")), pool)
        for sample in SAMPLES:
            pixels = open_picture(sample.read_bytes()).pixels
            for number, corners in enumerate(detector.find(pixels)):
                strip = straightened(pixels, corners)
                yield strip
                if number % 3 == 0:
                    yield _in_poor_light(strip, chance)
                    yield 255 - strip


def _in_poor_light(strip: Pixels, chance: np.random.Generator) -> Pixels:
    blurred = cv2.GaussianBlur(strip, (0, 0), 1.2).astype(np.float32)
    grained = blurred * 0.6 + 30 + chance.normal(0, 12, strip.shape)
    return np.asarray(grained.clip(0, 255), np.uint8)


def main() -> None:
    """Write the network beside the engine."""
    logging.disable(logging.WARNING)
    source = shipped("*_rec_*.onnx")
    with tempfile.TemporaryDirectory() as folder:
        plain, made = Path(folder, "plain.onnx"), Path(folder, "made.onnx")
        quant_pre_process(str(source), str(plain), skip_optimization=True, skip_symbolic_shape=True)
        # scales by channel came with version 13 of the operators
        onnx.save(version_converter.convert_version(onnx.load(plain), 17), plain)
        quantize_static(
            plain,
            made,
            Lines(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,  # processors without VNNI add pairs in 16 bits, which 8-bit weights overflow
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=_wide_layers(onnx.load(plain)),
        )
        network = onnx.load(made)
    _halve(network.graph)
    network.metadata_props.add(key="source_sha256", value=hashlib.sha256(source.read_bytes()).hexdigest())
    QUICK.parent.mkdir(exist_ok=True)
    onnx.save(network, QUICK)


def _wide_layers(network: onnx.ModelProto) -> list[str]:
    """The convolutions of single pixels with many channels: two thirds of the layers, most of the time."""
    shapes = {each.name: list(each.dims) for each in network.graph.initializer}
    convolutions = ((node.name, shapes[node.input[1]]) for node in network.graph.node if node.op_type == "Conv")
    return [name for name, shape in convolutions if shape[2:] == [1, 1] and shape[1] >= FEWEST_CHANNELS]


def _halve(graph: onnx.GraphProto) -> None:
    """Keep the large numbers left in 16 bits: half the file. They are 32 again as soon as the network is opened."""
    for number in [each for each in graph.initializer if each.data_type == onnx.TensorProto.FLOAT]:
        values = numpy_helper.to_array(number)
        if values.size < LARGE:
            continue
        short = numpy_helper.from_array(values.astype(np.float16), f"{number.name}_short")
        graph.node.insert(0, helper.make_node("Cast", [short.name], [number.name], to=onnx.TensorProto.FLOAT))
        graph.initializer.remove(number)
        graph.initializer.append(short)


if __name__ == "__main__":
    main()

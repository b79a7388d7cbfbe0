"""The engine's quick network: made of the one in the package, and reading as it does."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ocr_endpoint.detector import Detector
from ocr_endpoint.models import Model, shipped
from ocr_endpoint.pictures import Pixels, open_picture
from ocr_endpoint.reader import QUICK, Reader, Reading, straightened, tensor_of

ROOT = Path(__file__).parents[2]
EXACT = "*_rec_*.onnx"


@pytest.fixture(scope="module")
def strips() -> list[Pixels]:
    """The lines of a sample page."""
    with ThreadPoolExecutor(2) as pool:
        pixels = open_picture((ROOT / "samples" / "skewed.jpg").read_bytes()).pixels
        return [
            straightened(pixels, corners) for corners in Detector(Model(shipped("*_det_*.onnx")), pool).find(pixels)
        ]


def test_it_was_made_of_the_network_that_is_installed() -> None:
    """It names its source by hash: another version of the package wants `make weights`."""
    assert Model(QUICK).described("source_sha256") == hashlib.sha256(shipped(EXACT).read_bytes()).hexdigest()


def test_it_is_nearly_as_sure_of_each_step_as_the_exact_one(strips: list[Pixels]) -> None:
    """On the lines of a leaning photograph both see the same character at nearly every step."""
    quick, exact = Model(QUICK), Model(shipped(EXACT))
    same, apart = [], []
    for strip in strips:
        one, other = quick.run(tensor_of(strip))[0], exact.run(tensor_of(strip))[0]
        same += list(one.argmax(axis=1) == other.argmax(axis=1))
        apart += list(np.abs(one.max(axis=1) - other.max(axis=1)))
    assert np.mean(same) > 0.98
    assert np.mean(apart) < 0.02


def test_a_doubtful_line_is_read_by_the_exact_one(strips: list[Pixels], monkeypatch: pytest.MonkeyPatch) -> None:
    """With every line in doubt, what is told is what the exact network tells."""
    reader = Reader()
    monkeypatch.setattr("ocr_endpoint.reader.DOUBTFUL", 2.0)
    doubted = [reader.read_strip(strip) for strip in strips]
    monkeypatch.setattr(reader, "_quick", reader._exact)
    assert doubted == [reader.read_strip(strip) for strip in strips]
    assert all(isinstance(reading, Reading) for reading in doubted)


def test_a_sure_line_is_read_once(strips: list[Pixels], monkeypatch: pytest.MonkeyPatch) -> None:
    """A line whose every character is clear never reaches the slower network."""
    reader = Reader()
    monkeypatch.setattr("ocr_endpoint.reader.DOUBTFUL", 0.0)
    monkeypatch.setattr(reader, "_exact", None)
    assert all(reader.read_strip(strip).text for strip in strips)

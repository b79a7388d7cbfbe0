"""The engine's networks, opened offline: those that come with the rapidocr package, and one made of them here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import onnxruntime

Tensor = npt.NDArray[np.float32]


class Model:
    """One network; safe to run from several threads at once, each run on the caller's thread alone."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        # one thread a run: two runs side by side use two cores better than one run on both
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # all networks take their working memory from one pool: they seldom need their most at the same moment
        options.add_session_config_entry("session.use_env_allocators", "1")
        self._session: Any = onnxruntime.InferenceSession(
            str(file), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input: str = self._session.get_inputs()[0].name

    def run(self, tensor: Tensor) -> Tensor:
        """The network's only output for its only input."""
        return cast("Tensor", self._session.run(None, {self._input: tensor})[0])

    def described(self, key: str) -> str:
        """A text that the model carries about itself."""
        return cast("str", self._session.get_modelmeta().custom_metadata_map[key])


def shipped(pattern: str) -> Path:
    """The file of a model in the rapidocr package, which is not imported for it."""
    spec = find_spec("rapidocr")
    folders = spec.submodule_search_locations if spec else None
    found = [path for folder in folders or () for path in sorted(Path(folder, "models").glob(pattern))]
    if not found:
        raise FileNotFoundError(f"the rapidocr package with its {pattern} model is not installed")
    return found[-1]


onnxruntime.create_and_register_allocator(
    onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    ),
    onnxruntime.OrtArenaCfg(0, 0, -1, -1),
)

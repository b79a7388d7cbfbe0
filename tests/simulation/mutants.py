"""Mutants: the code with one promise taken out of it, in memory only, to see that the simulation notices."""

from __future__ import annotations

import __future__
import importlib
import inspect
import sys
import textwrap
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Mutant:
    """What is missing, and how it is taken out: in a function's source, `old` becomes `new`."""

    name: str
    function: str
    old: str
    new: str

    def apply(self, patch: pytest.MonkeyPatch) -> None:
        """Put the mutated function wherever the real one is; a mutant whose text is gone fails loudly."""
        module_name, _, path = self.function.partition(":")
        module = importlib.import_module(f"ocr_drop.{module_name}")
        owner_name, _, name = path.rpartition(".")
        owner: Any = getattr(module, owner_name) if owner_name else module
        real = getattr(owner, name)
        source = textwrap.dedent(inspect.getsource(real))
        assert source.count(self.old) == 1, f"{self.name}: the code has changed, so must its mutant"
        code = source.replace(self.old, self.new)
        made: dict[str, Any] = {}
        flags = __future__.annotations.compiler_flag
        exec(compile(code, f"<mutant {self.name}>", "exec", flags, dont_inherit=True), module.__dict__, made)  # noqa: S102
        if owner_name:
            patch.setattr(owner, name, made[name])
            return
        for loaded in [one for key, one in sys.modules.items() if key.startswith("ocr_drop")]:
            if getattr(loaded, name, None) is real:
                patch.setattr(loaded, name, made[name])


MUTANTS = (
    Mutant(
        "no_calling_state_before_the_call",
        "claims:Claims.calling",
        '"state": "calling", "calls"',
        '"state": "claimed", "calls"',
    ),
)

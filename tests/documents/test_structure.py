"""The structure's own rules: what keeps the code a house one likes to live in."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted(
    path
    for folder in ("layers/ocr-drop/ocr_drop", "functions", "cli")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
BANNED = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc", "lib"}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_there_is_code_to_judge() -> None:
    """The rules below look at the real tree."""
    assert {"pipeline.py", "handler.py", "main.py"} <= {path.name for path in CODE}
    assert len(TESTS) > 10


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_a_module_holds_one_idea(path: Path) -> None:
    """A module that grows past 250 lines holds two: it is split the same day."""
    assert len(path.read_text().splitlines()) <= 250


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_a_function_can_be_seen_at_once(path: Path) -> None:
    """No function is longer than 40 lines, none takes more than six positional parameters."""
    for function in _functions(path):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= 40, f"{function.name} has {length} lines"


@pytest.mark.parametrize("path", CODE, ids=_name)
def test_names_say_what_is_inside(path: Path) -> None:
    """Nothing is called utils, helpers, common, core, manager or lib."""
    assert not BANNED & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_every_test_is_a_sentence(path: Path) -> None:
    """A test's docstring is a sentence of the specification, and ends as one."""
    for function in _functions(path):
        if function.name.startswith("test_"):
            sentence = ast.get_docstring(function) or ""
            assert sentence.rstrip().endswith((".", "?", "!")), f"{function.name} says nothing"


def test_a_function_folder_holds_its_handler_and_no_module_beside_it() -> None:
    """A module beside a handler would shadow one of a layer: /var/task comes first on the path."""
    for handler in (ROOT / "functions").glob("*/handler.py"):
        assert [path.name for path in handler.parent.glob("*.py")] == ["handler.py"]

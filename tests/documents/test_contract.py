"""The contract with those who live on events and documents: within a version nothing is taken away or bent."""

from __future__ import annotations

import copy
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EVENTS = Path(__file__).parents[2] / "events"
NAMES = sorted(path.name for path in (EVENTS / "out" / "released").iterdir())


def breaking(released: Any, now: Any, where: str = "") -> Iterator[str]:
    """What a reader who was written for the released schema may stumble over in what is written now."""
    if not isinstance(released, dict) or not isinstance(now, dict):
        return
    yield from _other_values(released, now, where)
    if missing := set(released.get("required", [])) - set(now.get("required", [])):
        yield f"{where}: {', '.join(sorted(missing))} may be left out"
    for inner in ("properties", "$defs"):
        for name, part in released.get(inner, {}).items():
            if name not in now.get(inner, {}):
                yield f"{where}: {name} is gone"
            yield from breaking(part, now.get(inner, {}).get(name), f"{where}.{name}")
    yield from breaking(released.get("items"), now.get("items"), f"{where}[]")


def _other_values(released: dict[str, Any], now: dict[str, Any], where: str) -> Iterator[str]:
    for bound in (
        "const",
        "pattern",
        "format",
        "minItems",
        "maxItems",
        "minimum",
        "anyOf",
        "if",
        "then",
        "else",
        "$ref",
    ):
        if bound in released and now.get(bound) != released[bound]:
            yield f"{where}: {bound} was {released[bound]!r}"
    for many in ("enum", "type"):
        if many in released and not _all(now.get(many)) <= _all(released[many]):
            yield f"{where}: {many} was {released[many]!r}"


def _all(values: Any) -> set[Any]:
    return set(values) if isinstance(values, list) else {values}


def _load(*place: str) -> dict[str, Any]:
    return dict(json.loads(EVENTS.joinpath("out", *place).read_text()))


@pytest.mark.parametrize("name", NAMES)
def test_what_was_released_still_holds(name: str) -> None:
    """A change that breaks a consumer needs a new version of the schema, beside the old one."""
    assert list(breaking(_load("released", name), _load(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_fields_may_be_added(name: str) -> None:
    """Readers leave alone what they do not know."""
    more = _load(name)
    more["properties"]["more"] = {"type": "string"}
    more["required"].append("more")
    assert list(breaking(_load("released", name), more)) == []


def _breaks() -> Iterator[tuple[str, list[str], Any]]:
    yield "a field is taken away", ["properties", "key"], None
    yield "a field may be missing", ["required"], []
    yield "a field has another type", ["properties", "sha256", "type"], ["string", "integer", "null"]
    yield "a field may be null", ["properties", "key", "type"], ["string", "null"]
    yield "a status is new", ["properties", "status"], {"enum": ["recognized", "failed", "half"]}
    yield "the version is another", ["properties", "schema", "const"], "ocr-drop/event/2"
    yield "an inner field is taken away", ["properties", "result", "properties", "textKey"], None


@pytest.mark.parametrize(("what", "place", "change"), list(_breaks()), ids=lambda value: str(value)[:40])
def test_a_breaking_change_is_caught(what: str, place: list[str], change: Any) -> None:
    """Each kind of it."""
    released = _load("released", "document-recognized.schema.json")
    bent = copy.deepcopy(released)
    inner = bent
    for name in place[:-1]:
        inner = inner[name]
    if change is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = change
    assert list(breaking(released, bent))


def _generator() -> Any:
    found = importlib.util.spec_from_file_location("generate", EVENTS / "types" / "generate.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_types_are_made_from_the_schemas_of_today() -> None:
    """Python's and TypeScript's; run events/types/generate.py after a change."""
    for file, make in _generator().FILES.items():
        assert file.read_text() == make(), file.name


CONSUMER = """
from ocr_drop_events import Document, DocumentFailed, DocumentRecognized

def text(document: Document) -> str:
    return "".join(line["text"] for page in document["pages"] for line in page["lines"])

def once(detail: DocumentRecognized | DocumentFailed, seen: set[str]) -> bool:
    return detail["id"] not in seen
"""


@pytest.mark.parametrize(("change", "code"), [("", 0), ('page["lines"]', 1)])
def test_a_type_checker_knows_what_events_hold(tmp_path: Path, change: str, code: int) -> None:
    """A consumer with the types passes mypy's strictest check, and one with a slip does not."""
    file = tmp_path / "consumer.py"
    file.write_text(CONSUMER.replace(change, 'page["line"]') if change else CONSUMER)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path}", str(file)]
    place = {"MYPYPATH": str(EVENTS / "types" / "python"), "PATH": ""}
    assert subprocess.run(command, env=place, capture_output=True).returncode == code


def test_the_samples_are_of_their_types() -> None:
    """What stands in events/out has the fields that the types promise, and no type is empty."""
    module = importlib.util.spec_from_file_location(
        "ocr_drop_events", EVENTS / "types" / "python" / "ocr_drop_events" / "__init__.py"
    )
    assert module is not None
    assert module.loader is not None
    types = importlib.util.module_from_spec(module)
    module.loader.exec_module(types)
    recognized = json.loads((EVENTS / "out" / "document-recognized.json").read_text())["detail"]
    assert types.DocumentRecognized.__required_keys__ == set(recognized)
    document = json.loads((EVENTS / "out" / "document-recognized.sample.json").read_text())
    assert types.Document.__required_keys__ == set(document)

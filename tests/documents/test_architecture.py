"""The picture of the stack is made from the template of today, and shows all of its stations."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def architecture() -> Any:
    """The program that draws it."""
    found = importlib.util.spec_from_file_location("architecture", ROOT / "docs" / "architecture.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    """The template's resources."""
    return dict(yaml_parse((ROOT / "template.yaml").read_text())["Resources"])


def test_the_picture_is_drawn_anew_with_the_template(architecture: Any) -> None:
    """Run docs/architecture.py after a change."""
    assert architecture.PICTURE.read_text() == architecture.drawn()


def test_every_station_is_in_it(architecture: Any, resources: dict[str, Any]) -> None:
    """A bucket, queue, function, table or bus that the template gains has to be drawn, and what it loses vanish."""
    assert architecture.stations(resources) == set(architecture.PLACES)


def test_arrows_are_the_templates(architecture: Any, resources: dict[str, Any]) -> None:
    """Who tells whom is read from notifications, mappings, rules and grants."""
    found = {(start, end) for start, end, _ in architecture.arrows(resources)}
    assert found >= {
        ("UploadsBucket", "UploadsQueue"),
        ("UploadsQueue", "RecognizeFunction"),
        ("UploadsQueue", "DeadLetterQueue"),
        ("RecognizeFunction", "ResultsBucket"),
        ("RecognizeFunction", "EventBus"),
        ("EventBus", "HeardQueue"),
        ("EventBus", "ConsumerFunction"),
        ("ReconcileFunction", "UploadsQueue"),
        ("ResultsBucket", "ConsoleFunction"),
    }
    assert {name for pair in found for name in pair} <= set(architecture.PLACES)

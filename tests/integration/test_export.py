"""Documents of a stack in other forms: by key, by prefix, by day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ocr_console.shelf import Shelf
from ocr_drop_cli import shelves
from ocr_drop_cli.export import export
from world import World, picture, success


@pytest.fixture
def exported(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs the command on the world's stack; gives its result and the file."""
    monkeypatch.setattr(shelves, "shelf", lambda **_: Shelf(world.services(), world.s3))
    for number, key in enumerate(("a/1.png", "a/2.png", "b/1.png")):
        world.ocr.replies = [success(f"文字{number}")]
        world.handle(world.message(world.drop(key, picture(number))))
    world.handle(world.message(world.drop("a/bad.png", b"no image")))

    def run(*arguments: str, name: str = "jsonl") -> tuple[Result, Path]:
        place = tmp_path / "exported"
        return CliRunner().invoke(export, [*arguments, "--format", name, "-o", str(place), "--local"]), place

    return run


def _keys(place: Path) -> list[str]:
    return [json.loads(row)["key"] for row in place.read_text().splitlines()]


def test_all_documents_come_with_those_that_failed(exported) -> None:
    """The newest first, what failed with its reason."""
    result, place = exported()
    assert result.exit_code == 0
    assert sorted(_keys(place)) == ["a/1.png", "a/2.png", "a/bad.png", "b/1.png"]


def test_a_prefix_and_a_day_choose(exported) -> None:
    """Only keys that begin so; nothing of days before."""
    assert sorted(_keys(exported("--prefix", "a/")[1])) == ["a/1.png", "a/2.png", "a/bad.png"]
    assert _keys(exported("--since", "2999-01-01")[1]) == []


def test_a_key_without_a_document_is_told(exported) -> None:
    """The others are written, and the exit code says that one was not."""
    result, place = exported("a/1.png", "none.png")
    assert result.exit_code == 1
    assert _keys(place) == ["a/1.png"]


def test_a_pdf_is_made_from_the_upload_itself(exported) -> None:
    """Its image is fetched from the uploads bucket, that very version."""
    result, place = exported("a/1.png", name="pdf")
    assert result.exit_code == 0
    assert (place / "a" / "1.png.pdf").read_bytes().startswith(b"%PDF")

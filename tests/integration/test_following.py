"""An index of texts follows its stack: what is new comes in, what is gone goes, and little is asked for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocr_console.following import find, follow
from ocr_console.shelf import Shelf
from ocr_console.texts import Texts
from world import World, failure, picture, success


@pytest.fixture
def shelf(world: World) -> Shelf:
    """The uploads of the world's stack."""
    return Shelf(world.services(), world.s3)


@pytest.fixture
def texts(tmp_path: Path) -> Any:
    """An empty index."""
    made = Texts(tmp_path / "texts.sqlite")
    yield made
    made.close()


def recognized(world: World, key: str, text: str, seed: int) -> None:
    """An upload with this text on it."""
    world.ocr.replies = [success(text)]
    world.clock.pass_by(60)
    assert world.handle(world.message(world.drop(key, picture(seed)))) == []


def keys(hits: list[Any]) -> list[str]:
    """Where something was found."""
    return [hit.key for hit in hits]


def test_what_was_recognized_is_found(world: World, shelf: Shelf, texts: Texts) -> None:
    """Also what came after the last look; the newest first."""
    recognized(world, "a.png", "一张发票", 1)
    assert keys(find(texts, shelf, "发票")) == ["a.png"]
    recognized(world, "b/收据 1.png", "另一张发票", 2)
    assert keys(find(texts, shelf, "发票")) == ["b/收据 1.png", "a.png"]


def test_an_overwritten_upload_is_found_by_its_new_text_alone(world: World, shelf: Shelf, texts: Texts) -> None:
    """And by none once it has failed."""
    recognized(world, "a.png", "旧的", 1)
    assert keys(find(texts, shelf, "旧的")) == ["a.png"]
    recognized(world, "a.png", "新的", 2)
    assert keys(find(texts, shelf, "旧的")) == []
    assert keys(find(texts, shelf, "新的")) == ["a.png"]
    world.ocr.replies = [failure(30503127, "OCR识别失败")]
    world.handle(world.message(world.drop("a.png", picture(3))))
    assert keys(find(texts, shelf, "新的")) == []


def test_what_the_stack_forgot_is_not_found(world: World, shelf: Shelf, texts: Texts) -> None:
    """A record that is gone takes its text along, here too."""
    recognized(world, "a.png", "要忘记的", 1)
    assert keys(find(texts, shelf, "忘记")) == ["a.png"]
    world.table_client.delete_item(
        TableName=world.table, Key={"pk": {"S": f"object#{world.uploads}/a.png"}, "sk": {"S": "record"}}
    )
    assert keys(find(texts, shelf, "忘记")) == []
    assert texts.find("忘记") == []


def test_an_interrupted_look_goes_on_where_it_ended(world: World, shelf: Shelf, texts: Texts) -> None:
    """Oldest first: what was put in is not fetched again, and nothing is left out."""
    for number in range(4):
        recognized(world, f"{number}.png", f"文字{number}", number)
    following = follow(texts, shelf)
    assert next(following) == 4
    next(following)
    following.close()
    assert list(follow(texts, shelf)) == [3, 2, 1]
    assert list(follow(texts, shelf)) == []
    assert len(texts.find("文字")) == 4

"""The full-text index: every line is found by any piece of it, in any case and width, and by nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_console.texts import Texts, plain
from pages import document, line

ALPHABET = "的一是发票合同金额 abcABCＡ１1%_!\"'*-ﬁß😀مر\n"


def written(key: str, *texts: str, at: str = "2026-11-24T08:00:00.000Z") -> dict[str, Any]:
    """A document of these lines."""
    return {**document([line(text, 10, 10, 100, 20) for text in texts], 600, 400, key), "recognizedAt": at}


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[Texts]:
    """An empty index."""
    made = Texts(tmp_path / "folder" / "texts.sqlite")
    yield made
    made.close()


def found(texts: Texts, text: str, limit: int = 1000) -> list[str]:
    """The texts of the lines that are found."""
    return [hit.text for hit in texts.find(text, limit)]


def test_a_hit_says_where_it_stands(texts: Texts) -> None:
    """Key, page, line and polygon lead to the place in the image."""
    texts.add(written("合同 1.png", "第一行", "第二行"))
    (hit,) = texts.find("二行")
    assert (hit.key, hit.page, hit.line, hit.text) == ("合同 1.png", 1, 2, "第二行")
    assert hit.polygon == [[10, 10], [110, 10], [110, 30], [10, 30]]


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(st.text(ALPHABET, min_size=1, max_size=12), min_size=1, max_size=8), data=st.data())
def test_whatever_a_line_holds_finds_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], data: st.DataObject
) -> None:
    """One letter or many, at the start, in the middle or at the end: exactly the lines that hold all words."""
    texts = Texts(tmp_path_factory.mktemp("texts") / "texts.sqlite")
    texts.add(written("a", *lines))
    whole = data.draw(st.sampled_from(lines))
    start = data.draw(st.integers(0, len(whole) - 1))
    wanted = whole[start : data.draw(st.integers(start + 1, len(whole)))]
    words = plain(wanted).split()
    expected = [each for each in lines if all(word in plain(each) for word in words)] if words else []
    assert sorted(found(texts, wanted)) == sorted(expected)
    texts.close()


@pytest.mark.parametrize("typed", ['"', "a OR b", "NOT a", "x*", "(", "plain:a", "%", "_", "!", "'; DROP TABLE lines"])
def test_what_is_typed_is_text_and_no_syntax(texts: Texts, typed: str) -> None:
    """Neither FTS5's operators nor LIKE's nor SQL's are any."""
    texts.add(written("a", "nothing of the kind", f"before {typed} behind"))
    assert found(texts, typed) == [f"before {typed} behind"]


def test_all_words_have_to_be_there(texts: Texts) -> None:
    """In any order, however short."""
    texts.add(written("a", "红烧牛肉面 56.00", "牛肉汤 18.00"))
    assert found(texts, "56 牛肉") == ["红烧牛肉面 56.00"]


def test_a_new_document_takes_the_place_of_the_old_one(texts: Texts) -> None:
    """Nothing of the old text is found any more, and what was forgotten neither."""
    texts.add(written("a", "旧的文字"))
    texts.add(written("b", "别的文字"))
    texts.add(written("a", "新的文字", at="2026-11-25T08:00:00.000Z"))
    assert found(texts, "文字") == ["新的文字", "别的文字"]
    texts.remove("a")
    assert found(texts, "文字") == ["别的文字"]
    assert found(texts, "旧的") == []


def test_newest_documents_come_first_and_no_more_than_asked_for(texts: Texts) -> None:
    """By when they were recognized."""
    for day in (2, 3, 1):
        texts.add(written(f"{day}", f"天 {day}", at=f"2026-11-0{day}T08:00:00.000Z"))
    assert found(texts, "天", limit=2) == ["天 3", "天 2"]


def test_an_index_outlives_its_process(tmp_path: Path) -> None:
    """It is read again as it was left."""
    path = tmp_path / "texts.sqlite"
    first = Texts(path)
    first.add(written("a", "文字"))
    first.close()
    again = Texts(path)
    assert found(again, "文字") == ["文字"]
    assert again.holds("a", "2026-11-24T08:00:00.000Z")
    assert again.newest() == "2026-11-24T08:00:00.000Z"
    again.close()


def test_a_damaged_or_strange_file_is_begun_again(tmp_path: Path) -> None:
    """The texts are the stack's: what is lost here is only fetched again."""
    damaged, strange = tmp_path / "damaged.sqlite", tmp_path / "strange.sqlite"
    damaged.write_bytes(b"no database at all" * 100)
    other = sqlite3.connect(strange)
    other.execute("PRAGMA user_version = 99")
    other.close()
    for path in (damaged, strange):
        texts = Texts(path)
        texts.add(written("a", "文字"))
        assert found(texts, "文字") == ["文字"]
        texts.close()

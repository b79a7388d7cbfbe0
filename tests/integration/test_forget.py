"""`ocr-drop forget`: nothing of an upload is left, and a receipt says what was deleted."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest
from PIL import Image

from ocr_drop_cli.main import run
from world import World, picture


def _versions(world: World, bucket: str) -> list[str]:
    found = world.s3.list_object_versions(Bucket=bucket)
    return [entry["Key"] for entry in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]]


def _items(world: World) -> list[dict[str, Any]]:
    return list(world.session.resource("dynamodb").Table(world.table).scan()["Items"])


@pytest.fixture
def kept(desk: World) -> World:
    """A key that was uploaded twice, and another whose key begins like it."""
    desk.handle(desk.message(desk.drop("secret.png", picture(7))))
    desk.handle(desk.message(desk.drop("secret.png", picture(8))))
    desk.handle(desk.message(desk.drop("secret.png.other.png", picture(9))))
    return desk


def test_nothing_of_an_upload_is_left(kept: World, told) -> None:
    """Every version of source and results, kept answer, record and claim; what is not of it stays."""
    receipt = told("forget", "secret.png", "--yes")
    assert (receipt["sourceVersions"], receipt["records"], receipt["claims"]) == (2, 1, 1)
    assert receipt["resultVersions"] == 6
    assert set(_versions(kept, kept.uploads)) == {"secret.png.other.png"}
    left = [key for key in _versions(kept, kept.results) if key.startswith("secret.png")]
    assert {key.removeprefix("secret.png.other.png") for key in left} == {".json", ".txt", ".raw.json"}
    named = [item for item in _items(kept) if item.get("key") == "secret.png" and item["sk"] == "record"]
    assert named == []
    assert kept.services().index.current(kept.uploads, "secret.png.other.png") is not None


def test_calls_stay_on_the_bill_without_what_they_were_for(desk: World, told) -> None:
    """The requestId is there to be laid beside a statement; key, bucket and content are not."""
    desk.handle(desk.message(desk.drop("secret.png", picture(7))))
    assert told("forget", "secret.png", "--yes")["ledgerRowsStripped"] == 1
    assert told("bill")["calls"] == 1
    assert [item for item in _items(desk) if "key" in item or "sha256" in item] == []


def test_what_was_forgotten_can_be_uploaded_again(desk: World, told) -> None:
    """It is a new content then: recognized, paid for, and on the bill beside the first."""
    for _ in range(2):
        desk.handle(desk.message(desk.drop("secret.png", picture(7))))
        assert desk.record("secret.png")["status"] == "recognized"
        told("forget", "secret.png", "--yes")
    assert desk.ocr.calls == 2
    assert told("bill")["calls"] == 2


def test_a_shared_content_stays_unless_it_is_asked_for(desk: World, told) -> None:
    """The other key's text was paid for with the same call: it says so, and keeps answer and claim."""
    desk.handle(desk.message(desk.drop("a.png", picture(1))))
    desk.handle(desk.message(desk.drop("b.png", picture(1))))
    receipt = told("forget", "b.png", "--yes")
    assert (receipt["sharedWith"], receipt["claims"], receipt["keptAnswers"]) == (["a.png"], 0, 0)
    desk.handle(desk.message(desk.drop("c.png", picture(1))))
    assert desk.ocr.calls == 1
    receipt = told("forget", "a.png", "--content", "--yes")
    assert (receipt["claims"], receipt["keptAnswers"]) == (1, 1)


def test_a_content_is_forgotten_under_whatever_keys(desk: World, told) -> None:
    """By its SHA-256: all keys that hold it, and all that is kept of it."""
    for key in ("a.png", "b.png"):
        desk.handle(desk.message(desk.drop(key, picture(1))))
    sha256 = desk.record("a.png")["sha256"]
    receipt = told("forget", "--sha256", sha256, "--yes")
    assert receipt["keys"] == ["a.png", "b.png"]
    assert _versions(desk, desk.uploads) == _versions(desk, desk.results) == []
    assert [item for item in _items(desk) if sha256 in str(item)] == []


def test_it_asks_before_it_acts(kept: World, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """A no, or nobody there to answer: nothing is deleted, and it says so."""
    before = _versions(kept, kept.uploads), _versions(kept, kept.results), len(_items(kept))
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    assert run(["forget", "secret.png"]) == 1
    assert "nothing was deleted" in capsys.readouterr().err
    assert (_versions(kept, kept.uploads), _versions(kept, kept.results), len(_items(kept))) == before


def test_what_is_being_recognized_is_not_forgotten_halfway(desk: World, capsys) -> None:
    """A call that is out would bring its answer back afterwards."""
    came, release = desk.ocr.hold_the_first_call()
    thread = threading.Thread(target=desk.handle, args=[desk.message(desk.drop("a.png", picture(1)))])
    thread.start()
    try:
        assert came.wait(10)
        assert run(["forget", "a.png", "--yes"]) == 1
        assert "right now" in capsys.readouterr().err
    finally:
        release.set()
        thread.join(20)


@pytest.mark.parametrize("arguments", [[], ["a", "--sha256", "0" * 64], ["--sha256", "xyz"]])
def test_what_to_forget_is_said_in_one_way(desk: World, arguments: list[str]) -> None:
    """A key or a hash, and a hash is one."""
    assert run(["forget", *arguments, "--yes"]) == 2


def test_nothing_known_is_nothing_forgotten(desk: World, capsys) -> None:
    """Exit code 1, and no receipt for what was not there."""
    assert run(["forget", "nothing.png", "--yes"]) == 1
    assert run(["forget", "--sha256", "0" * 64, "--yes"]) == 1
    assert capsys.readouterr().out == ""


def test_every_page_of_a_file_is_forgotten(desk: World, told) -> None:
    """Each was a content of its own: no claim, no answer and no call of any page is left."""
    first, second = Image.new("L", (60, 40), 10), Image.new("L", (60, 40), 90)
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=[second])
    desk.handle(desk.message(desk.drop("pages.tif", file.getvalue())))
    receipt = told("forget", "pages.tif", "--yes")
    assert (receipt["claims"], receipt["keptAnswers"], receipt["ledgerRowsStripped"]) == (2, 2, 2)
    assert _versions(desk, desk.results) == []
    assert [item for item in _items(desk) if "sha256" in item or item["sk"] == "claim"] == []

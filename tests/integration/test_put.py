"""`ocr-drop put`: files into the bucket under the keys that one expects, and only those that are not there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocr_drop_cli import files, put
from ocr_drop_cli.main import run
from world import World, picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, one further down, and a hidden one."""
    (tmp_path / "in" / "深").mkdir(parents=True)
    (tmp_path / "in" / "a b.png").write_bytes(picture(1))
    (tmp_path / "in" / "深" / "c+d.png").write_bytes(picture(2))
    (tmp_path / "in" / ".hidden").write_bytes(b"x")
    return tmp_path / "in"


def _keys(world: World) -> list[str]:
    return [entry["Key"] for entry in world.s3.list_objects_v2(Bucket=world.uploads).get("Contents", [])]


def test_a_folder_keeps_its_ways_and_a_file_its_name(desk: World, folder: Path, told) -> None:
    """Keys are the ways from the folder, behind the prefix; hidden files stay at home."""
    assert told("put", str(folder), "--prefix", "2026/") == {"put": 2, "unchanged": 0}
    assert told("put", str(folder / "a b.png")) == {"put": 1, "unchanged": 0}
    assert sorted(_keys(desk)) == ["2026/a b.png", "2026/深/c+d.png", "a b.png"]


def test_what_is_there_with_the_same_bytes_is_left_alone(desk: World, folder: Path, told) -> None:
    """A second put makes no new version, other bytes do."""
    told("put", str(folder))
    (folder / "a b.png").write_bytes(picture(3))
    assert told("put", str(folder)) == {"put": 1, "unchanged": 1}
    versions = desk.s3.list_object_versions(Bucket=desk.uploads)["Versions"]
    assert sorted(version["Key"] for version in versions) == ["a b.png", "a b.png", "深/c+d.png"]


@pytest.mark.parametrize("size", [0, 1, files.PART - 1, files.PART, files.PART + 1, 2 * files.PART])
def test_large_files_go_up_in_parts_and_are_known_again(desk: World, tmp_path: Path, told, size: int) -> None:
    """The ETag of what was put in parts is told from the file as well as any other's."""
    (tmp_path / "large.bin").write_bytes(b"7" * size)
    assert told("put", str(tmp_path / "large.bin"))["put"] == 1
    assert told("put", str(tmp_path / "large.bin"))["unchanged"] == 1


def test_two_files_for_one_key_are_bad_usage(desk: World, tmp_path: Path, capsys) -> None:
    """Nothing is put when nobody can tell which one was meant."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.png").write_bytes(name.encode())
    assert run(["put", str(tmp_path / "a"), str(tmp_path / "b")]) == 2
    assert "same.png" in capsys.readouterr().err
    assert _keys(desk) == []


def _recognized_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What the bucket's events do elsewhere: each look of the command comes after the functions had their turn."""
    done = threading.Event()

    def work(_: float) -> None:
        if not done.is_set():
            done.set()
            for key in _keys(world):
                data = world.s3.get_object(Bucket=world.uploads, Key=key)["Body"].read()
                world.handle(world.message(world.drop(key, data)))

    monkeypatch.setattr(put.time, "sleep", work)
    return done.is_set


def test_waiting_ends_with_what_became_of_each(
    desk: World, folder: Path, told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recognized, or failed with the reason: exit code 1 when one of them has failed."""
    (folder / "broken.png").write_bytes(b"no image")
    _recognized_meanwhile(desk, monkeypatch)
    rows = told("put", str(folder), "--wait", code=1)["uploads"]
    assert [(row["key"], row["status"], row["code"]) for row in rows] == [
        ("a b.png", "recognized", None),
        ("broken.png", "failed", "not_an_image"),
        ("深/c+d.png", "recognized", None),
    ]


def test_waiting_has_an_end(desk: World, folder: Path, told) -> None:
    """What has not ended by then is said to be waiting, never to be done."""
    rows: list[dict[str, Any]] = told("put", str(folder), "--wait", "--timeout", "0", code=1)["uploads"]
    assert {row["status"] for row in rows} == {"waiting"}


def test_a_bucket_that_may_not_be_written_is_one_sentence(desk: World, folder: Path, capsys) -> None:
    """A bucket that went away, or that belongs to somebody else: what it takes, and no traceback."""
    desk.s3.delete_bucket(Bucket=desk.uploads)
    assert run(["put", str(folder)]) == 1
    error = capsys.readouterr().err
    assert "bucket is not there" in error
    assert error.count("\n") == 1

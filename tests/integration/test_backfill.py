"""`ocr-drop backfill`: what lies in the bucket and is not known is queued; a dry run says first what it would cost."""

from __future__ import annotations

import json

import pytest

from ocr_drop_cli import stacks
from ocr_drop_cli.main import run
from world import World, picture


@pytest.fixture
def found(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world as the stack that the command finds, with a ceiling of 4 calls."""
    monkeypatch.setattr(stacks, "services", lambda **_: (world.services(), 4))
    return world


def _bucket(world: World) -> None:
    """Seven objects: one recognized, one of the same bytes, two of one new content, one new, one damaged, a folder."""
    world.handle(world.message(world.drop("known.png", picture(1))))
    world.drop("same bytes.png", picture(1))
    world.drop("new.png", picture(2))
    world.drop("new again.png", picture(2))
    world.drop("other.png", picture(3))
    world.drop("broken.png", b"no image")
    world.drop("folder/", b"")


def _last(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The last line that was printed: those before are the function's metrics."""
    return dict(json.loads(capsys.readouterr().out.splitlines()[-1]))


def test_a_dry_run_tells_what_would_be_spent_and_spends_nothing(found: World, capsys) -> None:
    """Objects, known contents, unreadable ones, calls, hours and money; no message, no call, no record."""
    _bucket(found)
    calls = found.ocr.calls
    assert run(["backfill", "--dry-run", "--price", "0.1", "--json"]) == 0
    told = _last(capsys)
    assert told == {
        "objects": 7,
        "missing": 5,
        "known": 2,
        "unreadable": 1,
        "calls": 2,
        "hours": 0.0,
        "cost": 0.2,
    }
    assert found.ocr.calls == calls
    assert found.queued() == []
    assert found.services().index.current(found.uploads, "new.png") is None


def test_a_dry_run_reads_well(found: World, capsys) -> None:
    """A row a figure, and what comes next."""
    _bucket(found)
    assert run(["backfill", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "calls, at most" in told
    assert "give --price" in told
    assert "Nothing was queued" in told


def test_a_backfill_queues_what_is_missing_once(found: World, capsys) -> None:
    """All five are queued, recognized or failed; a second backfill finds nothing."""
    _bucket(found)
    assert run(["backfill", "--json"]) == 0
    assert _last(capsys) == {"objects": 7, "queued": 5}
    messages = found.queued()
    assert found.handle(*messages, services=found.services(call_threads=1)) == []
    assert found.record("broken.png")["status"] == "failed"
    assert found.record("new again.png")["status"] == "recognized"
    assert found.ocr.calls == 3
    assert run(["backfill", "--json"]) == 0
    assert _last(capsys)["queued"] == 0


def test_a_prefix_bounds_it(found: World, capsys) -> None:
    """Only the keys that begin so are compared."""
    _bucket(found)
    assert run(["backfill", "--prefix", "new", "--json"]) == 0
    assert _last(capsys) == {"objects": 2, "queued": 2}

"""`ocr-drop listen`: events as they come, and nothing left behind."""

from __future__ import annotations

import json
import threading

import pytest

from ocr_drop_cli import listen
from ocr_drop_cli.main import run
from world import World, picture


@pytest.fixture
def quiet(desk: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The world, and a process that takes its signals as before."""
    monkeypatch.setattr(listen, "end_on_signals", lambda: None)
    return desk


def _left(world: World) -> tuple[int, int]:
    rules = world.events.list_rules(EventBusName=world.settings.event_bus)["Rules"]
    queues = world.sqs.list_queues(QueueNamePrefix="world-listen").get("QueueUrls", [])
    return len(rules) - 1, len(queues)


def test_each_event_is_printed_once_and_nothing_is_left(quiet: World, monkeypatch, capsys) -> None:
    """A double by its id is left out; rule and queue are gone at the end."""
    message = quiet.message(quiet.drop("a.png", picture(1)))
    asked = listen._events

    def meanwhile(*arguments: object) -> object:
        assert _left(quiet) == (1, 1)
        for again in (message, message):
            quiet.handle(again)
        quiet.handle(quiet.message(quiet.drop("broken.png", b"no image")))
        return asked(*arguments)

    monkeypatch.setattr(listen, "_events", meanwhile)
    assert run(["listen", "--json", "--count", "2", "--timeout", "20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    events = [json.loads(line) for line in lines if '"detail-type"' in line]
    assert [event["detail"]["key"] for event in events] == ["a.png", "broken.png"]
    assert _left(quiet) == (0, 0)


def test_silence_ends_with_the_time(quiet: World) -> None:
    """Exit code 1 when more was waited for, 0 when only the time was given."""
    assert run(["listen", "--count", "1", "--timeout", "0"]) == 1
    assert run(["listen", "--timeout", "0"]) == 0
    assert _left(quiet) == (0, 0)


def test_ctrl_c_leaves_nothing(quiet: World, monkeypatch) -> None:
    """Told to end, it removes what it made."""

    def told(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(listen, "_events", told)
    assert run(["listen"]) == 0
    assert _left(quiet) == (0, 0)


def test_it_runs_beside_another(quiet: World, monkeypatch) -> None:
    """Each has a queue of its own: two listeners hear the same."""
    met = threading.Barrier(2, timeout=20)
    monkeypatch.setattr(listen, "_events", lambda *_: iter(()) if met.wait() >= 0 else None)
    codes: list[int] = []
    threads = [threading.Thread(target=lambda: codes.append(run(["listen"]))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert codes == [0, 0]
    assert _left(quiet) == (0, 0)

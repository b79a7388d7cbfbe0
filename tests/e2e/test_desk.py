"""The commands for the day after, on the local stack, one after the other as somebody would use them."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from ocr_drop_cli import listen, stacks
from ocr_drop_cli.local.description import Description
from ocr_drop_cli.main import run
from running import Running, until

SCREENSHOT = Path(__file__).parents[2] / "samples" / "screenshot.png"


@pytest.fixture
def local(stack: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The stack of these tests as the one that commands find."""
    named = {re.sub("([A-Z])", lambda match: f"_{match[1].lower()}", name): told for name, told in stack.told.items()}
    monkeypatch.setattr(stacks.state, "find", lambda: Description(**named))
    monkeypatch.setattr(listen, "end_on_signals", lambda: None)
    return stack


def _heard(local: Running) -> bool:
    rules = local.client("events").list_rules(EventBusName=local.told["eventBus"])["Rules"]
    return any("-listen-" in rule["Name"] for rule in rules)


def test_from_put_to_forget(local: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """Put and waited for, heard of, counted, shown, billed, and forgotten with a receipt: all on the local AWS."""

    def told(*arguments: str) -> Any:
        capsys.readouterr()
        assert run([*arguments, "--local", "--json"]) == 0
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    def put() -> None:
        until(lambda: _heard(local), 20, "the listener")
        local.client("s3").upload_file(str(SCREENSHOT), local.told["uploadsBucket"], "desk/screenshot.png")

    before, billed = told("status"), told("bill")
    threading.Thread(target=put).start()
    assert told("listen", "--count", "1", "--timeout", "60")["detail"]["key"] == "desk/screenshot.png"
    assert not _heard(local)
    (row,) = told("put", str(SCREENSHOT), "--prefix", "desk/", "--wait", "--timeout", "60")["uploads"]
    assert (row["status"], row["put"]) == ("recognized", False)
    assert told("status")["recognized"] == before["recognized"] + 1
    assert told("bill")["calls"] <= billed["calls"] + 1
    assert "ocr-drop" in told("show", "desk/screenshot.png")["text"]
    assert told("forget", "desk/screenshot.png", "--yes")["records"] == 1
    assert told("status")["recognized"] == before["recognized"]
    assert run(["show", "desk/screenshot.png", "--local"]) == 1

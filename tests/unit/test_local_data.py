"""The folder in which a local stack lasts, and the way its processes end."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop_cli.local import aws, data
from ocr_drop_cli.local.data import Known, opened
from ocr_drop_cli.local.processes import Processes
from running import until

KNOWN = Known(
    port=4570,
    access_key_id="key",
    secret_access_key="s3cret",
    ocr_url="http://127.0.0.1:8300",
    app_id="7438000001",
    ocr_secret="of the API",
    own_ocr_api=True,
)


def test_a_first_start_knows_nothing(tmp_path: Path) -> None:
    """A folder that is new is made, for its user alone, and knows of no stack."""
    with opened(tmp_path / "a" / "b") as new:
        assert new.known is None
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0
    assert (tmp_path / "a" / "b" / "stack.json").stat().st_mode & 0o077 == 0


@given(st.lists(st.builds(Known, port=st.integers(1, 65535), app_id=st.text(max_size=40)), min_size=1, max_size=4))
def test_the_last_complete_start_is_what_is_known(
    tmp_path_factory: pytest.TempPathFactory, starts: list[Known]
) -> None:
    """Whatever was remembered before, longer or shorter, what is read is what was remembered last."""
    folder = tmp_path_factory.mktemp("data")
    for known in starts:
        with opened(folder) as now:
            now.remember(known)
    with opened(folder) as last:
        assert last.known == starts[-1]


def test_an_unfinished_first_start_leaves_nothing(tmp_path: Path) -> None:
    """What a start wrote that never became complete is removed; what a complete one wrote stays."""
    for known, stays in ((None, False), (KNOWN, True)):
        with opened(tmp_path) as first:
            first.state.mkdir()
            first.objects.mkdir()
            if known:
                first.remember(known)
        with opened(tmp_path) as second:
            assert (second.state.exists(), second.objects.exists()) == (stays, stays)


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    """A folder that holds something else is refused in one sentence, and nothing of it is touched."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "thesis.txt").write_text("all of it")
    with pytest.raises(click.ClickException, match="has other things in it: name a folder that is new or empty"):
        opened(tmp_path).__enter__()
    assert (tmp_path / "state" / "thesis.txt").read_text() == "all of it"


def test_a_folder_that_cannot_be_one_is_one_sentence(tmp_path: Path) -> None:
    """A file where the folder should be is told of, with the system's own reason."""
    (tmp_path / "file").touch()
    with pytest.raises(click.ClickException, match=r"file/data cannot be used: Not a directory"):
        opened(tmp_path / "file" / "data").__enter__()


@pytest.mark.parametrize("text", ["{", "[]", '{"port": 1, "colour": "red"}'])
def test_a_mark_of_somebody_else_is_one_sentence(tmp_path: Path, text: str) -> None:
    """A stack.json that this program did not write is refused, not overwritten."""
    (tmp_path / "stack.json").write_text(text)
    with pytest.raises(click.ClickException, match="was not written by this ocr-drop"):
        opened(tmp_path).__enter__()
    assert (tmp_path / "stack.json").read_text() == text


def test_one_stack_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that a running stack has is refused, and free again as soon as the last of its processes is gone."""
    monkeypatch.setattr(data, "PATIENCE", 0.0)
    sleeper = [sys.executable, "-c", "input()"]
    with opened(tmp_path) as first:
        child = subprocess.Popen(sleeper, stdin=subprocess.PIPE, pass_fds=[first.lock])
        with pytest.raises(click.ClickException, match=r"another local stack runs on .*: stop it first"):
            opened(tmp_path).__enter__()
    with pytest.raises(click.ClickException, match="another local stack"):
        opened(tmp_path).__enter__()
    child.communicate(b"\n")
    with opened(tmp_path):
        pass


def test_data_stays_at_its_port(tmp_path: Path) -> None:
    """Another port than the one that the data's addresses hold is refused, in words that say which it is."""
    with opened(tmp_path) as first:
        first.remember(KNOWN)
    sentence = "made at port 4570: leave --port out, or name another folder"
    with opened(tmp_path) as again, Processes() as processes, pytest.raises(click.ClickException, match=sentence):
        aws.start(processes, 4571, again)


def test_secrets_are_not_shown_by_chance() -> None:
    """What is known that lands in a message or a traceback keeps its secrets to itself."""
    assert "s3cret" not in repr(KNOWN)
    assert "of the API" not in repr(KNOWN)
    assert "s3cret" in repr(dataclasses.asdict(KNOWN))


def test_one_with_something_to_put_in_order_gets_the_time(tmp_path: Path) -> None:
    """A child that was given patience ends by itself after SIGTERM; one that does not is killed when it is over."""
    orderly = f"trap 'echo in order > {tmp_path}/orderly; exit' TERM; echo up; while :; do sleep 0.02; done"
    stubborn = "trap '' TERM; echo up; while :; do sleep 0.02; done"
    with Processes() as processes:
        processes.start("orderly", ["sh", "-c", orderly], {}, patience=10)
        processes.start("stubborn", ["sh", "-c", stubborn], {}, patience=0.2)
        for name in ("orderly", "stubborn"):
            until(lambda name=name: processes.log(name).read_text(), 5, f"{name} to be up")
        children = dict(processes._children)
    assert (tmp_path / "orderly").read_text() == "in order\n"
    assert children["stubborn"].returncode == -signal.SIGKILL

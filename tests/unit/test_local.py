"""The parts of the local stack that need none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_drop_cli.local import reaper, state, translation
from ocr_drop_cli.local.description import Description
from ocr_drop_cli.local.drops import named
from ocr_drop_cli.local.processes import Processes
from running import alive, until

DESCRIPTION = Description(
    endpoint_url="http://127.0.0.1:1",
    region="us-east-1",
    access_key_id="key",
    secret_access_key="s3cret",
    uploads_bucket="uploads",
    results_bucket="results",
    index_table="index",
    event_bus="bus",
    uploads_queue_url="queue",
    dead_letter_queue_url="dead",
    secret_id="secret",
    ocr_url="http://127.0.0.1:2",
)
SLEEPER = (sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'], stdin=0)")
names = st.lists(st.sampled_from(["a.png", "a (2).png", "a (3).png", "b", ".hidden", "a.b.c"]), max_size=8)


@given(names)
def test_every_drop_has_a_key_of_its_own(given_names: list[str]) -> None:
    """However many files share a name, each gets a key of its own, in the order given."""
    paths = [Path(str(number), name) for number, name in enumerate(given_names)]
    drops = named(paths)
    assert [drop.path for drop in drops] == paths
    assert max(Counter(drop.key for drop in drops).values(), default=1) == 1


@given(st.sets(st.sampled_from(["a.png", "a (2).png", "b"])))
def test_a_key_is_the_files_name(given_names: set[str]) -> None:
    """A name that occurs once is the key, whatever the folder."""
    assert {drop.key for drop in named(Path("somewhere", name) for name in given_names)} == given_names


def test_a_name_that_is_no_text_gets_a_key_that_is() -> None:
    """A file system allows names that are no UTF-8; the key has a question mark there."""
    (drop,) = named([Path(os.fsdecode(b"a\xff.png"))])
    assert drop.key == "a?.png"


def test_what_was_started_dies_with_the_pipe(tmp_path: Path) -> None:
    """Once the end of the one who started them is known, the reaper kills whole groups and removes what they left."""
    child = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, start_new_session=True)
    (tmp_path / "left" / "behind").mkdir(parents=True)
    (tmp_path / "state.json").touch()
    command = [sys.executable, "-I", "-S", reaper.__file__, str(tmp_path / "left"), str(tmp_path / "state.json")]
    subprocess.run(command, input=f"{child.pid}\n", text=True, timeout=20)
    assert child.wait(timeout=5) == -signal.SIGKILL
    assert child.stdin is not None
    child.stdin.close()
    assert list(tmp_path.iterdir()) == []


def test_no_child_outlives_its_processes(capfd: pytest.CaptureFixture[str]) -> None:
    """A child and its own children are gone after the context, and so is the folder with what they wrote."""
    with Processes() as processes:
        processes.start("sleeper", ["sh", "-c", "echo $$; sleep 1000 & echo $!; wait"], {})
        said = until(lambda: processes.log("sleeper").read_text().split()[1:], 5, "the pids")
        pids = {int(word) for word in processes.log("sleeper").read_text().split()}
        assert said
        processes.check()
        assert alive(pids) == pids
    assert not alive(pids)
    assert not processes.folder.exists()
    assert capfd.readouterr() == ("", "")


def test_a_child_that_ends_is_told_of() -> None:
    """None of the stack's programs ends by itself: if one does, its last words are the reason."""
    with Processes() as processes:
        processes.start("the engine", ["sh", "-c", "echo out of memory; exit 3"], {})

        def told() -> str | None:
            try:
                processes.check()
            except click.ClickException as error:
                return error.message
            return None

        assert until(told, 5, "the end") == "the engine ended unexpectedly: out of memory"


def test_a_child_knows_nothing_of_the_users_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and profiles of the user's shell stay there; a proxy does not stand before this machine."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the user")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    with Processes() as processes:
        processes.start("env", ["sh", "-c", "env; echo END"], {"OWN": "yes"})
        log = processes.log("env")
        said = until(lambda: log.read_text() if "END" in log.read_text() else None, 5, "the environment")
    assert "of the user" not in said
    assert "production" not in said
    assert "OWN=yes" in said
    assert "NO_PROXY=127.0.0.1,localhost" in said


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of its own for what commands tell each other."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def test_nothing_is_found_where_nothing_runs(runtime: Path) -> None:
    """A file whose writer is gone, whose AWS does not answer, or that is broken, names no stack."""
    state.write(DESCRIPTION)
    folder = state.own_file().parent
    (folder / "999999999.json").write_text(state.own_file().read_text())
    (folder / "1.json").write_text("{broken")
    assert state.find() is None


def test_what_is_told_to_other_commands_is_the_users_alone(runtime: Path) -> None:
    """The file that holds the credentials can be read by its user only."""
    state.write(DESCRIPTION)
    assert state.own_file().stat().st_mode & 0o077 == 0
    assert state.own_file().parent.stat().st_mode & 0o077 == 0


def test_a_secret_is_not_shown_by_chance() -> None:
    """A description that lands in a message or a traceback keeps the secret to itself."""
    assert "s3cret" not in repr(DESCRIPTION)
    assert DESCRIPTION.as_json()["secretAccessKey"] == "s3cret"


def test_without_a_template_there_is_one_sentence(tmp_path: Path) -> None:
    """Installed without its source tree, the local stack says that it needs a clone."""
    with pytest.raises(click.ClickException, match=r"template\.yaml is missing: .* a clone of the project"):
        translation.package(tmp_path / "template.yaml", {}, "us-east-1")


def test_code_is_zipped_the_same_each_time() -> None:
    """The same source gives the same zip under the same key, without anything that was compiled."""
    first, second = (
        translation.package(translation.TEMPLATE, {"MaxCallsInFlight": "4"}, "us-east-1") for _ in range(2)
    )
    assert first.code == second.code
    assert json.dumps(first.template) == json.dumps(second.template)
    assert len(first.code) == 6

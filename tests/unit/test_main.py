"""The command line: one sentence and an exit code for whatever a user can cause."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from ocr_drop.errors import Unreadable
from ocr_drop_cli import main
from ocr_drop_cli.main import COMMANDS, run


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `broken` that raises what the list holds."""
    errors: list[BaseException] = []

    @click.command()
    def broken() -> None:
        raise errors.pop()

    monkeypatch.setitem(COMMANDS, "broken", f"{__name__}:command")
    monkeypatch.setattr(main.importlib, "import_module", lambda _: type("Module", (), {"command": broken}))
    return errors


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["local", "run", "missing.jpg"],
        ["local", "run", "--ocr-url", "http://127.0.0.1:9"],
        ["local", "run", "--app-id", "a"],
        ["local", "run", "--ocr-url", "https://host/path", "--app-id", "a", "--secret", "b"],
        ["local", "run", "--ocr-url", "host:80", "--app-id", "a", "--secret", "b"],
        ["local", "run", "--ocr-url", "http://host:http", "--app-id", "a", "--secret", "b"],
        ["local", "run", "--ocr-url", "http://user@host", "--app-id", "a", "--secret", "b"],
        ["local", "up", "--port", "70000"],
        ["local", "up", "image.jpg"],
        ["sign", "--secret", "s"],
    ],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with the command line is said in one line on stderr, with where to read on."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ocr-drop: ")
    assert err.count("\n") == 1
    assert err.endswith(" --help)\n")


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`ocr-drop` alone shows all commands on stderr, with exit code 2."""
    assert run([]) == 2
    said = capsys.readouterr().err
    assert all(command in said for command in COMMANDS)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["local", "run", "--help"]])
def test_asking_is_no_failure(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Help and version go to stdout, with exit code 0."""
    assert run(arguments) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Unreadable("damaged", "the file is cut off"), 1, "ocr-drop: the file is cut off\n"),
        (click.ClickException("port 1 is taken"), 1, "ocr-drop: port 1 is taken\n"),
        (KeyboardInterrupt(), 130, "\n"),
    ],
)
def test_a_failure_is_one_sentence(
    broken: list[BaseException], error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure that has a reason ends as that reason; Ctrl-C ends as shells expect it."""
    broken.append(error)
    assert run(["broken"]) == code
    assert capsys.readouterr().err == said


def test_our_own_defects_are_loud(broken: list[BaseException]) -> None:
    """Anything else is a defect of ours and keeps its traceback."""
    broken.append(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run(["broken"])


def test_a_command_does_not_wait_for_anothers_imports() -> None:
    """`sign` is there without boto3, Pillow, rich and the engine having been imported."""
    program = (
        "import sys; from ocr_drop_cli.main import run; run(['sign', '--secret', 's', '--path', '/']);"
        "print(' '.join({'boto3', 'PIL', 'rich', 'onnxruntime', 'samtranslator'} & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=Path.home())
    assert ended.stderr == "\n"

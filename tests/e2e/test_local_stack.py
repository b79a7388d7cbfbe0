"""`ocr-drop local`: what it starts, what it leaves, what it says."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from ocr_drop_cli.local import state
from running import COMMAND, Running, alive, family, until
from world import OcrApiStandIn, failure, picture

NOWHERE = ("--ocr-url", "http://127.0.0.1:9", "--app-id", "a", "--secret", "b")
SAMPLES = Path(__file__).parents[2] / "samples"


def local_run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`ocr-drop local run`, as a user calls it."""
    return subprocess.run([COMMAND, "local", "run", *map(str, arguments)], capture_output=True, text=True, timeout=90)


def at(ocr: OcrApiStandIn) -> tuple[str, ...]:
    """The options that name an OCR API."""
    return ("--ocr-url", ocr.url, "--app-id", "7438000001", "--secret", "s3cret")


def test_killed_it_leaves_nothing() -> None:
    """Kill -9 of `local up` leaves no process and its port free within 2 seconds."""
    running = Running(*NOWHERE)
    processes = family(running.process.pid)
    assert len(processes) > 2
    running.end(signal.SIGKILL)
    until(lambda: not alive(processes) and not running.answers(), 2, "the end of all processes")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_it_leaves_nothing(number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C stop all of it at once: exit code 0, no process, a free port, and nobody finds it any more."""
    running = Running(*NOWHERE)
    processes = family(running.process.pid)
    assert running.end(number) == 0
    assert not alive(processes)
    assert not running.answers()
    found = state.find()
    assert found is None or found.endpoint_url != running.told["endpointUrl"]


def test_killed_it_goes_on_from_its_data(tmp_path: Path) -> None:
    """With --data a killed stack starts again as it was a second before: objects, and the secret that was put there."""
    data = ("--data", str(tmp_path / "data"))
    first = Running(*data, *NOWHERE)
    version = first.drop("kept.png", picture())
    put = {"SecretId": first.told["secretId"], "SecretString": json.dumps({"appId": "an operator's", "secret": "own"})}
    first.client("secretsmanager").put_secret_value(**put)
    saved = tmp_path / "data" / "state" / "secretsmanager.json"
    until(lambda: "an operator's" in saved.read_text(), 5, "the save")
    first.end(signal.SIGKILL)
    second = Running(*data, *NOWHERE)
    try:
        assert same(second, first)
        assert secret_of(second) == json.loads(put["SecretString"])
        asked = {"Bucket": second.told["uploadsBucket"], "Key": "kept.png", "VersionId": version}
        assert second.s3.get_object(**asked)["Body"].read() == picture()
    finally:
        second.end()


def same(one: Running, other: Running) -> bool:
    """Whether two stacks are told alike, but for where the page to look at is."""
    return {**one.told, "viewerUrl": ""} == {**other.told, "viewerUrl": ""}


def secret_of(running: Running) -> dict[str, str]:
    """The credentials that a stack's functions call the OCR API with."""
    secret = running.client("secretsmanager").get_secret_value(SecretId=running.told["secretId"])
    return dict(json.loads(secret["SecretString"]))


def test_stopped_and_started_it_knows_what_was_paid(tmp_path: Path) -> None:
    """With --data a stack goes on with its OCR API, and pays for no content again; named another one, it calls that."""
    data = ("--data", str(tmp_path / "data"))
    first = Running(*data)
    first.ended("before.png", first.drop("before.png", picture()))
    assert first.end() == 0
    second = Running(*data)
    assert same(second, first)
    second.ended("after.png", second.drop("after.png", picture()))
    assert [row["key"] for row in second.ledger()] == ["before.png"]
    assert second.end() == 0
    third = Running(*data, *NOWHERE)
    function = third.client("lambda").get_function_configuration(FunctionName="ocr-drop-local-recognize")
    assert function["Environment"]["Variables"]["OCR_ENDPOINT"] == third.told["ocrUrl"] == NOWHERE[1]
    assert secret_of(third) == {"appId": "a", "secret": "b"}
    assert third.end() == 0


def test_others_find_the_running_stack(stack: Running) -> None:
    """Another command of the same user learns where the stack is, and how to get in, while it runs."""
    found = state.find()
    assert found is not None
    assert set(found.as_json()) == set(stack.told)


def test_a_taken_port_is_one_sentence(stack: Running) -> None:
    """A port that somebody else has ends in one sentence that says what to do, and exit code 1."""
    port = stack.told["endpointUrl"].rsplit(":", 1)[1]
    ended = subprocess.run([COMMAND, "local", "up", "--port", port], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr == f"ocr-drop: port {port} is taken: choose another with --port, or leave --port out\n"


def test_the_json_line_has_all_that_one_needs(stack: Running) -> None:
    """With --json one line tells the place, the credentials, the names, and the page to look at."""
    assert list(stack.told) == [
        "endpointUrl",
        "region",
        "accessKeyId",
        "secretAccessKey",
        "uploadsBucket",
        "resultsBucket",
        "indexTable",
        "eventBus",
        "uploadsQueueUrl",
        "deadLetterQueueUrl",
        "secretId",
        "ocrUrl",
        "viewerUrl",
    ]
    assert stack.told["viewerUrl"].startswith("http://127.0.0.1:")


def test_a_run_writes_json_text_and_a_page(tmp_path: Path) -> None:
    """Each image leaves three files named after it, the table shows its first words, and all good is exit code 0."""
    ended = local_run("--out", tmp_path, SAMPLES / "screenshot.png")
    assert (ended.returncode, ended.stderr) == (0, "1 of 1: screenshot.png\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        f"screenshot.png.{kind}" for kind in ("html", "json", "txt")
    ]
    text = (tmp_path / "screenshot.png.txt").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "screenshot.png.json").read_text(encoding="utf-8"))["text"] == text
    assert text.split()[0] in ended.stdout


def test_a_run_tells_what_failed_and_why(tmp_path: Path, ocr: OcrApiStandIn) -> None:
    """One bad file among good ones is exit code 1, with its reason; it gets its document, and the others theirs."""
    images = [tmp_path / name for name in ("one.png", "two.png", "bad.jpg")]
    for number, image in enumerate(images):
        image.write_bytes(picture(number))
    images[2].write_bytes(b"no picture")
    ended = local_run("--json", "--out", tmp_path / "out", *at(ocr), *images)
    assert ended.returncode == 1
    told = json.loads(ended.stdout)
    assert [(row["key"], row["status"]) for row in told] == [
        ("one.png", "recognized"),
        ("two.png", "recognized"),
        ("bad.jpg", "failed"),
    ]
    document = json.loads((tmp_path / "out" / "bad.jpg.json").read_text(encoding="utf-8"))
    assert document["failure"] == told[2]["failure"]
    assert ocr.calls == 2


def test_a_run_keeps_files_of_the_same_name_apart(tmp_path: Path, ocr: OcrApiStandIn) -> None:
    """Two files of one name from two folders are both recognized, each with files of its own."""
    for number, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.png").write_bytes(picture(number))
    ended = local_run("--json", "--out", tmp_path / "out", *at(ocr), *tmp_path.glob("?/same.png"))
    assert ended.returncode == 0
    assert {row["key"] for row in json.loads(ended.stdout)} == {"same.png", "same (2).png"}
    assert (tmp_path / "out" / "same (2).png.json").exists()


def test_a_run_does_not_wait_for_an_operator(tmp_path: Path, ocr: OcrApiStandIn) -> None:
    """Refused credentials end a run with the reason and exit code 1: nobody will mend this stack's secret."""
    ocr.replies = [failure(401, "无效的应用", status=401)] * 10
    image = tmp_path / "one.png"
    image.write_bytes(picture())
    ended = local_run("--out", tmp_path, *at(ocr), image)
    assert ended.returncode == 1
    document = json.loads((tmp_path / "one.png.json").read_text(encoding="utf-8"))
    assert document["failure"]["kind"] == "operator"
    assert document["failure"]["message"][:40] in ended.stdout
    assert "s3cret" not in ended.stdout + ended.stderr

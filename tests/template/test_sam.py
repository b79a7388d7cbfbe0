"""SAM's own commands on this project: validate, build, and what the build does when AWS's runtime runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lambda_runtime import Environment, Function, FunctionError
from ocr_drop_cli.local.translation import ROOT
from running import Running

SAM = Path(sys.prefix, "sam", "bin", "sam")
EVENTS = ROOT / "events"
SAMPLE = ROOT / "samples" / "receipt.jpg"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The local stack with the real OCR API; it has recognized the sample, so what follows costs no call."""
    stack = Running()
    stack.ended("receipt.jpg", stack.drop("receipt.jpg", SAMPLE.read_bytes()), 60)
    yield stack
    stack.end()


@pytest.fixture(scope="module")
def runtime(python_3_13: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layer that holds the runtime's own client, which Lambda brings along."""
    folder = tmp_path_factory.mktemp("runtime")
    locked = (ROOT / "requirements" / "test.txt").read_text().replace("\\\n", " ").splitlines()
    wanted = [line for line in locked if line.startswith(("awslambdaric==", "simplejson==", "snapshot-restore-py=="))]
    assert len(wanted) == 3
    (folder / "requirements.txt").write_text("\n".join(wanted))
    command = [str(python_3_13 / "python3.13"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    arguments = ["--require-hashes", "--no-deps", "--target", str(folder / "python")]
    subprocess.run([*command, *arguments, "--requirement", str(folder / "requirements.txt")], check=True)
    return folder


def _variables(running: Running) -> dict[str, str]:
    """events/env.json with the ports of this test's stack; all its names are the stack's own."""
    told, given = running.told, json.loads((EVENTS / "env.json").read_text())["RecognizeFunction"]
    assert given["INDEX_TABLE"] == told["indexTable"]
    assert given["RESULTS_BUCKET"] == told["resultsBucket"]
    assert given["EVENT_BUS"] == told["eventBus"]
    assert f":secret:{given['OCR_SECRET_ID']}-" in told["secretId"]
    for name, key in (("UPLOADS_QUEUE_URL", "uploadsQueueUrl"), ("DEAD_LETTER_QUEUE_URL", "deadLetterQueueUrl")):
        assert urlsplit(given[name]).path == urlsplit(told[key]).path
    here = {
        "AWS_ENDPOINT_URL": told["endpointUrl"],
        "OCR_ENDPOINT": told["ocrUrl"],
        "UPLOADS_QUEUE_URL": told["uploadsQueueUrl"],
        "DEAD_LETTER_QUEUE_URL": told["deadLetterQueueUrl"],
    }
    return {**given, **here}


def _credentials(running: Running) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": running.told["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": running.told["secretAccessKey"],
        "AWS_DEFAULT_REGION": running.told["region"],
    }


@pytest.fixture
def environment(built: Path, runtime: Path, python_3_13: Path, running: Running) -> Iterator[Environment]:
    """The built function in an environment of Lambda's making."""
    function = Function(
        task=built / "RecognizeFunction",
        layers=[built / "DependenciesLayer", built / "OcrDropLayer", runtime],
        handler="handler.handler",
        python=str(python_3_13 / "python3.13"),
        environment={**_variables(running), **_credentials(running)},
    )
    environment = Environment(function)
    yield environment
    environment.close()


def test_sam_finds_nothing_to_complain_of(sam_environment: dict[str, str]) -> None:
    """`sam validate --lint` passes, offline."""
    result = subprocess.run(
        [str(SAM), "validate", "--lint"], cwd=ROOT, env=sam_environment, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_build_is_compiled_and_fits(built: Path) -> None:
    """Both layers come with bytecode for the runtime, and stay far under Lambda's 250 MB."""
    for layer in ("DependenciesLayer", "OcrDropLayer"):
        site = built / layer / "python"
        sources, compiled = list(site.rglob("*.py")), list(site.rglob("*.cpython-313.pyc"))
        assert len(sources) == len(compiled) > 10
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    assert size < 120_000_000
    assert [path.name for path in (built / "RecognizeFunction").iterdir()] == ["handler.py"]


def test_the_built_function_passes_over_what_is_no_upload(environment: Environment) -> None:
    """Started from the build by the runtime's own client, it answers a batch in part, frozen in between."""
    for name in ("sqs-test-event.json", "sqs-folder.json", "sqs-delete.json"):
        event = json.loads((EVENTS / "in" / name).read_text())
        assert environment.invoke(event) == {"batchItemFailures": []}


def test_the_built_function_recognizes_an_upload(environment: Environment, running: Running) -> None:
    """The sample event leads to the sample's text, through the real OCR API."""
    event = json.loads((EVENTS / "in" / "sqs-s3-put.json").read_text())
    assert environment.invoke(event) == {"batchItemFailures": []}
    event = json.loads((EVENTS / "in" / "s3-put.json").read_text())
    assert environment.invoke(event) == {"recognized": 1, "failed": 0}
    assert "红烧牛肉面" in running.result("receipt.jpg.txt").decode()


def test_an_event_of_no_kind_is_an_error_that_says_so(environment: Environment) -> None:
    """Lambda's answer names the failure by its type."""
    with pytest.raises(FunctionError, match="NotAnEvent"):
        environment.invoke({"hello": "world"})


def test_sam_local_invoke_works_against_the_local_stack(
    built: Path, runtime: Path, python_3_13: Path, running: Running, sam_environment: dict[str, str], tmp_path: Path
) -> None:
    """SAM reads template, event and variables itself; only the container is replaced, for want of Docker."""
    (tmp_path / "env.json").write_text(json.dumps({"RecognizeFunction": _variables(running)}))
    sam_python, program = str(Path(sys.prefix, "sam", "bin", "python")), str(Path(__file__).with_name("sam_local.py"))
    result = subprocess.run(
        [
            *(sam_python, program, str(python_3_13 / "python3.13"), str(runtime)),
            *("RecognizeFunction", "--template", str(built / "template.yaml")),
            *("--event", str(EVENTS / "in" / "s3-put.json"), "--env-vars", str(tmp_path / "env.json")),
        ],
        env={**sam_environment, **_credentials(running), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.strip().splitlines()[-1]) == {"recognized": 1, "failed": 0}

"""The endpoint on a server: systemd takes the unit, and the Containerfile's own steps make an endpoint that serves."""

from __future__ import annotations

import base64
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from caller import APP_ID, OCR_PATH, SECRET, signed_headers
from endpoint_built import ROOT
from ocr_drop_cli.endpoint import STOPS_WITHIN

DEPLOY = ROOT / "functions" / "endpoint" / "deploy"
INSTALLED = "/opt/ocr-drop"
NOTICE = ROOT / "tests" / "images" / "endpoint" / "notice.png"


def steps() -> list[tuple[str, str]]:
    """The Containerfile's instructions, in order."""
    lines = [line for line in (DEPLOY / "Containerfile").read_text().splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def stages() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Those of the stage that builds, and those of the stage that is kept."""
    found = steps()
    (_, second) = [number for number, (name, _) in enumerate(found) if name == "FROM"]
    return found[:second], found[second:]


def _copy(source: str, target: Path) -> None:
    given = ROOT / source
    assert given.exists(), f"the Containerfile copies {source}, which is not there"
    if given.is_dir():
        shutil.copytree(given, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(given, target)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first stage's COPY and RUN make, in folders of this test in the place of /src and /opt/ocr-drop."""
    source, place = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("opt") / "ocr-drop"
    for name, rest in stages()[0]:
        if name == "COPY":
            *given, target = rest.split()
            for each in given:
                _copy(each, source / Path(each).name if target == "./" else source / target)
        elif name == "RUN":
            command = shlex.split(rest.replace(INSTALLED, str(place)))
            command = [sys.executable, *command[1:]] if command[0] == "python" else command
            result = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=300)
            assert result.returncode == 0, result.stdout + result.stderr
        else:
            assert (name, rest) in {steps()[0], ("WORKDIR", "/src")}
    return place


@pytest.fixture(scope="module")
def url(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The container's entry point, started with its credentials in a file and a port that is free."""
    credentials = tmp_path_factory.mktemp("run") / "ocr-endpoint"
    credentials.write_text(json.dumps({"appId": APP_ID, "secret": SECRET}))
    words = json.loads(dict(stages()[1])["ENTRYPOINT"])
    places = {"/run/secrets/ocr-endpoint": str(credentials), "0.0.0.0": "127.0.0.1", "8300": "0"}
    command = [places.get(word, word).replace(INSTALLED, str(installed)) for word in words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PATH": "/usr/bin"}, cwd="/") as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.kill()


def test_the_steps_of_the_containerfile_make_an_endpoint_that_reads(url: str) -> None:
    """Installed by its lines alone, away from the project's folder, it answers a signed call with the text."""
    body = json.dumps({"image": base64.b64encode(NOTICE.read_bytes()).decode()}).encode()
    answer = requests.post(url + OCR_PATH, body, headers=signed_headers(body), timeout=30)
    found = [line["detectedText"] for line in answer.json()["data"]["textDetections"]]
    assert "".join(found).replace(" ", "") == "".join(NOTICE.with_suffix(".txt").read_text().split())
    body = b"{}"
    answer = requests.post(url + OCR_PATH, body, headers=signed_headers(body, secret="other"), timeout=30)
    assert answer.status_code == 401


def test_the_containers_health_is_asked_of_the_endpoint(url: str, installed: Path) -> None:
    """The health check's own command succeeds while the endpoint serves, and fails where nothing does."""
    words = json.loads(dict(stages()[1])["HEALTHCHECK"].partition(" CMD ")[2])
    assert words[0] == f"{INSTALLED}/bin/python"
    for place, healthy in ((url, True), ("http://127.0.0.1:1", False)):
        command = [
            str(installed / "bin" / "python"),
            *(word.replace("http://127.0.0.1:8300", place) for word in words[1:]),
        ]
        assert (subprocess.run(command, capture_output=True, timeout=30).returncode == 0) is healthy


def test_the_container_is_small_in_rights_and_pinned() -> None:
    """Two stages from one base with a tag, kept by one copy, run by a user that is not root."""
    first, kept = stages()
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-[a-z]+ AS build", first[0][1])
    assert kept[0] == ("FROM", first[0][1].removesuffix(" AS build"))
    assert [rest for name, rest in kept if name == "COPY"] == [f"--from=build {INSTALLED} {INSTALLED}"]
    assert not [name for name, _ in kept if name == "RUN"]
    assert int(dict(kept)["USER"].split(":")[0]) >= 1000
    assert "HEALTHCHECK" in dict(kept)


def test_the_containerfile_is_sent_what_it_copies_and_no_more() -> None:
    """Its ignore file lets through each source of a COPY, and nothing else."""
    lines = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in lines if line.startswith("!")}
    copied = {source for name, rest in stages()[0] if name == "COPY" for source in rest.split()[:-1]}
    assert "*" in lines
    assert let_through == copied


def _unit(folder: Path) -> Path:
    """The unit with a program that exists here."""
    unit = folder / "ocr-endpoint.service"
    text = (DEPLOY / "ocr-endpoint.service").read_text()
    assert f"ExecStart={INSTALLED}/bin/ocr-drop endpoint " in text
    unit.write_text(text.replace(f"{INSTALLED}/bin/ocr-drop", str(Path(sys.prefix, "bin", "ocr-drop"))))
    return unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say, and its judge of exposure finds it well shut in (under 2 of 10)."""
    unit = str(_unit(tmp_path))
    result = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--no-pager", "--offline=yes", "--threshold=20", unit]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout


def test_a_stop_has_its_time() -> None:
    """Neither systemd nor a container ends the endpoint while it answers whom it has let in."""
    unit, container = ((DEPLOY / name).read_text() for name in ("ocr-endpoint.service", "Containerfile"))
    for said in (
        re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE),
        re.search(r"--stop-timeout (\d+)", container),
    ):
        assert said is not None
        assert int(said[1]) > STOPS_WITHIN


def test_the_unit_keeps_the_secret_to_itself() -> None:
    """Systemd hands the secret over as a file of the service alone; no line and no variable holds it."""
    text = (DEPLOY / "ocr-endpoint.service").read_text()
    assert "LoadCredential=credentials:/etc/ocr-endpoint.json" in text
    assert "--credentials %d/credentials" in text
    assert "Environment" not in text
    for setting in ("DynamicUser=yes", "ProtectSystem=strict", "MemoryMax=3G"):
        assert setting in text.splitlines()

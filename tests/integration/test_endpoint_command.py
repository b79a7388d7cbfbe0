"""`ocr-drop endpoint` as its users start it, with the real engine."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
import requests
from PIL import Image

from caller import OCR_PATH, SECRET, signed_headers
from endpoint_served import until

IMAGES = Path(__file__).parents[1] / "images" / "endpoint"
COMMAND = [sys.executable, "-c", "from ocr_drop_cli.endpoint import endpoint; endpoint()"]


@contextmanager
def started(*arguments: str, secret: str | None = SECRET) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, ready, and the URL that it printed."""
    environment = {**os.environ, **({"OCR_ENDPOINT_SECRET": secret} if secret else {})}
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    deadline = Timer(60, process.kill)
    deadline.start()
    try:
        line = process.stdout.readline()
        assert line.startswith("OCR API ready at http://127.0.0.1:"), line
        yield process, line.split()[-1]
    finally:
        deadline.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


def body_of(image: Path) -> bytes:
    """The body of a call with this image."""
    return json.dumps({"image": base64.b64encode(image.read_bytes()).decode(), "requestId": "业务-01"}).encode()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of one endpoint for the tests that only call it."""
    with started() as (_, url):
        yield url


def test_it_reads_a_chinese_page(url: str) -> None:
    """A page of Chinese text comes back line by line, with a polygon and a box each."""
    body = body_of(IMAGES / "notice.png")
    answer = requests.post(url + OCR_PATH, data=body, headers=signed_headers(body), timeout=60).json()
    lines = answer["data"]["textDetections"]
    assert answer["code"] == 0
    assert [line["detectedText"] for line in lines] == (IMAGES / "notice.txt").read_text("utf-8").splitlines()
    assert all(len(line["polygon"]) == 4 and line["itemPolygon"]["width"] > 0 for line in lines)


def test_what_is_no_image_has_its_code(url: str) -> None:
    """A text file sent as an image is answered 30500116."""
    body = body_of(IMAGES / "notice.txt")
    answer = requests.post(url + OCR_PATH, data=body, headers=signed_headers(body), timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (200, 30500116)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told(number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C end it within two seconds, with exit code 0, nothing printed, and the port free."""
    with started() as (process, url):
        host, port = url.removeprefix("http://").split(":")
        assert requests.get(url + "/health", timeout=20).ok
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 2
        assert process.stdout is not None
        assert process.stdout.read() == ""
        with socket.create_server((host, int(port))):
            pass


def test_told_to_stop_it_answers_who_is_inside() -> None:
    """SIGTERM in the middle of a recognition: the caller still gets the text, then the command ends with 0."""
    body = body_of(IMAGES / "notice.png")
    with started() as (process, url), ThreadPoolExecutor(1) as callers:
        call = callers.submit(requests.post, url + OCR_PATH, body, headers=signed_headers(body), timeout=60)
        until(lambda: "ocr_endpoint_running 1" in requests.get(url + "/metrics", timeout=20).text)
        process.send_signal(signal.SIGTERM)
        assert call.result().json()["code"] == 0
        assert process.wait(20) == 0


def test_bad_input_is_answered_quickly_and_leaves_no_trace() -> None:
    """Whatever comes as an image, the answer has the API's own shape, and nothing at all is logged."""
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    cut = (IMAGES / "notice.png").read_bytes()[:5000]
    image = {
        "bomb": bomb.getvalue(),
        "cut": cut,
        "text": b"canary",
        "GIF": b"GIF89a" + bytes(50),
        "PDF": b"%PDF-1.7 canary",
    }
    bodies = {name: json.dumps({"image": base64.b64encode(data).decode()}).encode() for name, data in image.items()}
    bodies |= {
        "Base64": b'{"image":"canary!"}',
        "data:": b'{"image":"data:image/png;base64,Y2FuYXJ5"}',
        "levels": b'{"image":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        "twice": b'{"image":"Y2FuYXJ5","image":"Y2FuYXJ5"}',
        "charset": '{"image":"金丝雀"}'.encode("gbk"),
        "20 MB": b'{"image":"' + b"Y2FuYXJ5" * 2_500_000 + b'"}',
    }
    codes = {"GIF": 30500116, "PDF": 30500116, "text": 30500116, "cut": 30500116}
    with started() as (process, url):
        for name, body in bodies.items():
            reply = requests.post(url + OCR_PATH, body, headers=signed_headers(body), timeout=20)
            assert reply.elapsed.total_seconds() < 2, name
            assert (reply.status_code, reply.json()["data"]) == (413 if name == "20 MB" else 200, None), name
            assert (name, reply.json()["code"]) == (name, codes.get(name, 30500101))
        process.terminate()
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_a_secret_made_for_the_run_is_told_once_and_works() -> None:
    """Without a secret of one's own, the command makes one, prints it, and lets in who signs with it."""
    with started("--app-id", "42", secret=None) as (process, url):
        assert process.stdout is not None
        words = process.stdout.readline().split()
        secret = words[words.index("secret") + 1]
        headers = signed_headers(b"{}", app_id="42", secret=secret)
        answer = requests.post(url + OCR_PATH, data=b"{}", headers=headers, timeout=20)
        assert answer.json()["code"] == 30500100


def test_a_secret_of_ones_own_is_never_printed() -> None:
    """A secret that was given appears nowhere in what the command prints."""
    with started("--secret", "my-own-secret") as (process, _):
        process.terminate()
        assert process.stdout is not None
        assert "my-own-secret" not in process.stdout.read()


def test_a_taken_port_is_one_clear_line() -> None:
    """When the port is in use, the command says so in one line and exits with 1, before it loads anything."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert f"port {port} is taken" in done.stderr


@pytest.mark.parametrize("port", ["-1", "70000", "http"])
def test_a_senseless_port_is_bad_usage(port: str) -> None:
    """A port that cannot be one ends with exit code 2."""
    done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_credentials_may_come_from_a_file(tmp_path: Path) -> None:
    """`--credentials` takes app id and secret in the form of ocr-drop's own secret, and prints neither."""
    (tmp_path / "credentials").write_text(json.dumps({"appId": "app-1", "secret": "of-the-file"}))
    with started("--credentials", str(tmp_path / "credentials"), secret=None) as (_, url):
        headers = signed_headers(b"{}", app_id="app-1", secret="of-the-file")
        assert requests.post(url + OCR_PATH, b"{}", headers=headers, timeout=10).json()["code"] == 30500100
        headers = signed_headers(b"{}", app_id="app-1", secret="other")
        assert requests.post(url + OCR_PATH, b"{}", headers=headers, timeout=10).status_code == 401


@pytest.mark.parametrize("content", [None, b"s3cret", b"\xff", b'{"appId": "s3cret"}'])
def test_a_file_without_credentials_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    """Exit 1 and what to put there; nothing of what was found is shown."""
    path = tmp_path / "credentials"
    if content is not None:
        path.write_bytes(content)
    command = [str(Path(sys.prefix, "bin", "ocr-drop")), "endpoint", "--port", "0", "--credentials", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (1, "")
    assert str(path) in result.stderr
    assert "Traceback" not in result.stderr
    assert "s3cret" not in result.stderr


CONFIG = """
[apps.app-1]
secrets = ["new-one", "old-one"]
quota = 0
"""


def test_apps_and_bounds_come_from_a_file(tmp_path: Path) -> None:
    """`--config` takes several apps, each with two secrets at most and what bounds it; a set variable gives way."""
    (tmp_path / "endpoint.toml").write_text(CONFIG)
    body = b'{"image": "QUFB"}'
    with started("--config", str(tmp_path / "endpoint.toml")) as (_, url):
        for secret in ("new-one", "old-one"):
            headers = signed_headers(body, app_id="app-1", secret=secret)
            assert requests.post(url + OCR_PATH, body, headers=headers, timeout=10).json()["code"] == 30503107
        headers = signed_headers(body)
        assert requests.post(url + OCR_PATH, body, headers=headers, timeout=10).json()["message"] == "无效的应用"


@pytest.mark.parametrize("content", [None, "[apps.a", '[apps.a]\nsecrets = "s3cret"', "\xff"])
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, content: str | None) -> None:
    """Exit 1, the file, and what is wrong with it; no value of it is shown."""
    path = tmp_path / "endpoint.toml"
    if content is not None:
        path.write_text(content, "latin-1")
    done = subprocess.run([*COMMAND, "--config", str(path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert str(path) in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize(
    "more", [["--secret", "s3cret"], ["--app-id", "1"], ["--credentials", "other.json"]], ids=lambda more: more[0]
)
def test_callers_are_given_once(more: list[str]) -> None:
    """A file of apps beside another way to give them is bad usage."""
    done = subprocess.run([*COMMAND, "--config", "a.toml", *more], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "--config" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_variable_that_makes_no_sense_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds from variables are judged before anything is loaded."""
    monkeypatch.setenv("OCR_ENDPOINT_RATE", "fast")
    done = subprocess.run([*COMMAND, "--port", "0"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "OCR_ENDPOINT_RATE" in done.stderr

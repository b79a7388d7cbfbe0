"""The endpoint as a zip function: what `sam build` makes of it, and what that does when AWS's runtime runs it."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

import endpoint_built
from caller import APP_ID, OCR_PATH, SECRET, signed_headers
from endpoint_built import HERE, LAMBDA, LIMIT, MEMORY, ROOT, SAM
from function_url import function_url, function_url_event, http_api_event
from lambda_runtime import Environment
from running import Running

NOTICE = ROOT / "tests" / "images" / "endpoint" / "notice.png"


def _body(image: bytes) -> bytes:
    return json.dumps({"image": base64.b64encode(image).decode(), "requestId": "业务-01"}).encode()


@pytest.fixture(scope="module")
def built_for(
    python_3_13: Path, sam_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """The function's build for a platform; each is built once."""
    folder, made = tmp_path_factory.mktemp("endpoint"), dict[str, Path]()

    def build(for_platform: str) -> Path:
        if for_platform not in made:
            made[for_platform] = endpoint_built.build(folder, python_3_13, for_platform, sam_environment)
        return made[for_platform]

    return build


@pytest.fixture(scope="module")
def aws_url() -> Iterator[str]:
    """An AWS that holds the endpoint's secret and its table."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    endpoint_built.furnish(url)
    yield url
    server.stop()


@pytest.fixture(scope="module")
def opened(
    built_for: Callable[[str], Path], python_3_13: Path, aws_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Environment]]:
    """The built function in environments of Lambda's making; its build is for this machine's processor."""
    layer = endpoint_built.runtime(tmp_path_factory.mktemp("runtime"), python_3_13)
    with ExitStack() as open_ones:

        def another() -> Environment:
            environment = endpoint_built.environment(built_for(HERE), layer, python_3_13, aws_url)
            return open_ones.enter_context(closing(environment))

        yield another


@pytest.fixture(scope="module")
def environment(opened: Callable[[], Environment]) -> Environment:
    """One environment."""
    return opened()


@pytest.fixture(scope="module")
def second(opened: Callable[[], Environment]) -> Environment:
    """Another environment of the same function."""
    return opened()


def test_sam_finds_nothing_to_complain_of(sam_environment: dict[str, str]) -> None:
    """`sam validate --lint` passes for the endpoint's own template, offline."""
    result = subprocess.run(
        [str(SAM), "validate", "--lint"],
        cwd=ROOT / "functions" / "endpoint",
        env=sam_environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_build_fits_into_a_zip_function(built_for: Callable[[str], Path]) -> None:
    """For arm64, Lambda's default and the template's, it stays a tenth under the limit, and comes with bytecode."""
    build = built_for(LAMBDA)
    assert 100_000_000 < endpoint_built.size(build) < LIMIT * 0.9
    binaries = [path.name for path in build.rglob("*.so") if "cpython" in path.name]
    assert binaries
    assert all("aarch64" in name for name in binaries)
    assert len(list(build.rglob("*.cpython-313.pyc"))) == len(list(build.rglob("*.py"))) > 100
    assert len(list(build.rglob("*.onnx"))) == 3


@pytest.mark.parametrize("event", [function_url_event, http_api_event])
def test_the_built_function_reads_an_image(environment: Environment, event: Callable[..., dict[str, Any]]) -> None:
    """A signed call by Function URL or HTTP API comes back with the image's text, frozen in between."""
    body = _body(NOTICE.read_bytes())
    told = environment.invoke(event("POST", OCR_PATH, signed_headers(body), body))
    assert told["statusCode"] == 200
    found = [line["detectedText"] for line in json.loads(told["body"])["data"]["textDetections"]]
    wanted = NOTICE.with_suffix(".txt").read_text().split()
    assert "".join(found).replace(" ", "") == "".join(wanted).replace(" ", "")


def test_the_built_function_knows_its_secret_alone(environment: Environment) -> None:
    """Who signs with another secret is not let in; nothing of either is logged."""
    body = _body(NOTICE.read_bytes())
    told = environment.invoke(function_url_event("POST", OCR_PATH, signed_headers(body, secret="other"), body))
    assert told["statusCode"] == 401
    assert SECRET not in "".join(environment.output)
    assert "Traceback" not in "".join(environment.output)


def test_two_environments_of_the_function_are_one_to_a_caller(environment: Environment, second: Environment) -> None:
    """A call that one has served, the other does not serve again; a token of one is good in the other."""
    body = _body(NOTICE.read_bytes())
    recorded = function_url_event("POST", OCR_PATH, signed_headers(body), body)
    told = [json.loads(each.invoke(recorded)["body"]) for each in (environment, second, environment)]
    assert [each["code"] for each in told] == [0, 401, 401]
    assert told[1]["message"] == "INVALID_TIMESTAMP"
    query = f"appId={APP_ID}&secret={SECRET}&grantType=client_credentials"
    given = second.invoke(function_url_event("GET", f"/v1/oauth2/access_token?{query}", {}, b""))
    token = json.loads(given["body"])["data"]["token"]
    headers = {"X-Tsign-Open-App-Id": APP_ID, "X-Tsign-Open-Token": token, "Content-Type": "application/json"}
    told = environment.invoke(function_url_event("POST", OCR_PATH, headers, body))
    assert json.loads(told["body"])["code"] == 0


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
def test_the_built_function_says_what_it_serves(environment: Environment, path: str) -> None:
    """Its health and its description are in the package, and need no signature."""
    told = environment.invoke(function_url_event("GET", path, {}, b""))
    assert (told["statusCode"], "code" in json.loads(told["body"])) == (200, False)


def test_a_bad_image_is_answered_by_the_built_function(environment: Environment) -> None:
    """Its error has the API's shape."""
    body = _body(b"GIF89a")
    told = environment.invoke(function_url_event("POST", OCR_PATH, signed_headers(body), body))
    content = json.loads(told["body"])
    assert (told["statusCode"], content["code"], content["data"]) == (200, 30500116, None)


def test_the_whole_system_runs_on_the_built_function(environment: Environment) -> None:
    """ocr-drop's stack with the function's URL as its OCR endpoint: an upload becomes text, with no vendor.

    The function serves one call at a time here: what it refuses with 429 waits and goes on.
    """
    samples = [ROOT / "samples" / name for name in ("receipt.jpg", "screenshot.png")]
    with function_url(environment) as url:
        stack = Running("--ocr-url", url, "--app-id", APP_ID, "--secret", SECRET)
        try:
            versions = [stack.drop(sample.name, sample.read_bytes()) for sample in samples]
            for sample, version in zip(samples, versions, strict=True):
                assert stack.ended(sample.name, version, 120)["status"] == "recognized"
            assert "红烧牛肉面" in stack.result("receipt.jpg.txt").decode()
            assert stack.document("receipt.jpg")["ocr"]["endpoint"].startswith(url)
        finally:
            stack.end()


def test_the_function_stays_inside_its_memory(environment: Environment) -> None:
    """What the tests before made it read took less than two thirds of the template's default."""
    assert endpoint_built.peak_megabytes(environment) < MEMORY * 2 / 3

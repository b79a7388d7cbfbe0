"""Cold start, answers and memory of the endpoint's built function, through the Lambda Runtime Interface.

`python tests/benchmarks/bench_endpoint_function.py [--runs N] [--json]`, with python3.13 on PATH. The function is built
for this machine's processor. Each round starts an environment (init: until it asks for work), calls it with the small
notice (first answer), the same again, and then each sample; peak is the most memory that its process ever held.
Beside it stands a function that only imports boto3. Lambda's own processor and its arm64 are not seen here.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from moto.server import ThreadedMotoServer

sys.path.insert(0, str(Path(__file__).parents[1]))

import endpoint_built
from caller import OCR_PATH, signed_headers
from function_url import function_url_event
from lambda_runtime import Environment, Function

RUNS = 5
NOTICE = endpoint_built.ROOT / "tests" / "images" / "endpoint" / "notice.png"
SAMPLES = sorted(path for path in (endpoint_built.ROOT / "samples").iterdir() if path.suffix in (".jpg", ".png"))


def call(environment: Environment, image: Path) -> float:
    """Milliseconds of one call that was answered with text."""
    body = json.dumps({"image": base64.b64encode(image.read_bytes()).decode()}).encode()
    event = function_url_event("POST", OCR_PATH, signed_headers(body), body)
    begun = time.perf_counter()
    told = environment.invoke(event)
    assert json.loads(told["body"])["code"] == 0
    return (time.perf_counter() - begun) * 1000


def started(environment: Environment, begun: float) -> float:
    """Milliseconds from `begun` until the environment asks for work."""
    assert environment._asked.wait(60)
    assert environment.process.poll() is None
    return (time.perf_counter() - begun) * 1000


def round_of(task: Path, layer: Path, python: Path, url: str) -> dict[str, float]:
    """One environment from start to end."""
    begun = time.perf_counter()
    environment = endpoint_built.environment(task, layer, python, url)
    found = {"init": started(environment, begun)}
    found["first answer, notice"] = call(environment, NOTICE)
    found["answer, notice"] = call(environment, NOTICE)
    found.update({f"answer, {sample.name}": call(environment, sample) for sample in SAMPLES})
    found["peak MB"] = endpoint_built.peak_megabytes(environment)
    environment.close()
    return found


def beside(folder: Path, layer: Path, python: Path) -> float:
    """Milliseconds of the init of a function that only imports boto3."""
    (folder / "handler.py").write_text("import boto3\n\ndef handler(event, context):\n    return {}\n")
    function = Function(folder, [layer], "handler.handler", str(python / "python3.13"), {})
    begun = time.perf_counter()
    environment = Environment(function)
    found = started(environment, begun)
    environment.close()
    return found


def measure(runs: int, folder: Path, python: Path) -> dict[str, float]:
    """Medians of the rounds; of memory the most. A first round, not counted, warms the machine's file cache."""
    task = endpoint_built.build(folder, python, endpoint_built.HERE, os.environ)
    layer = endpoint_built.runtime(folder / "runtime", python)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    endpoint_built.furnish(url)
    (folder / "beside").mkdir()
    rounds = []
    for _ in range(runs + 1):
        only_boto3 = beside(folder / "beside", layer, python)
        rounds.append({"init of a function that imports boto3": only_boto3, **round_of(task, layer, python, url)})
    server.stop()
    counted = rounds[1:]
    found = {name: statistics.median(each[name] for each in counted) for name in counted[0]}
    found["peak MB"] = max(each["peak MB"] for each in counted)
    return {name: round(value, 1) for name, value in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    python = shutil.which("python3.13")
    if python is None:
        print("the endpoint's function is not measured: sam build needs a python3.13 on PATH", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.runs, Path(folder), Path(python).parent)
    if options.json:
        print(json.dumps({"figures": found, "runs": options.runs}))
        return
    print(f"the endpoint's built function: ms, medians of {options.runs}; memory: the most")
    for name, value in found.items():
        print(f"  {name:<40}{value:>8.1f}")


if __name__ == "__main__":
    main()

"""What an image costs at AWS: requests counted, seconds measured by calls at a time in an environment.

`python tests/benchmarks/bench_cost.py [--write]`. Batches of ten go through the handler's own code, against moto's
server in a process of its own and an OCR API that answers after CALL_SECONDS. --write makes docs/cost.md anew.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' own world

import costs
from cloudformation import Made
from conftest import serving_at
from ocr_drop.telemetry import METRICS, TIMES
from world import REGION, OcrApiStandIn, World

CALL_SECONDS = 2.0
PAGE = (Path(__file__).parents[2] / "samples" / "page.jpg").read_bytes()


@contextmanager
def aws() -> Iterator[None]:
    """An AWS in a process of its own, for whatever boto3 makes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.environ |= {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_DEFAULT_REGION": REGION}
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait()


def copy(mark: str) -> bytes:
    """The sample page with a comment in it: the same picture, another content."""
    comment = mark.encode()
    return PAGE[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + PAGE[2:]


def batch(world: World, name: str, services: Any) -> float:
    """Seconds that a batch of ten new contents takes."""
    messages = [world.message(world.drop(f"{name}/{number}.jpg", copy(f"{name} {number}"))) for number in range(10)]
    begun = time.perf_counter()
    again = world.handle(*messages, services=services)
    assert not again
    seconds = time.perf_counter() - begun
    world.finish(*messages)
    return seconds


def counted(ocr: OcrApiStandIn) -> dict[str, Any]:
    """Requests, log and bytes of one new upload in a batch of ten."""
    world, calls = World(ocr), Counter[str]()
    world.clock.now = time.time()

    def count(model: Any, **_: Any) -> None:
        calls[f"{model.service_model.service_id}.{model.name}"] += 1

    world.session.events.register("before-call.*.*", count)
    with redirect_stdout(io.StringIO()) as log:
        services = world.services(call_threads=1)
        batch(world, "warm", services)
        calls.clear()
        log.truncate(log.seek(0))
        batch(world, "counted", services)
        found = dict(calls)
    begun = time.perf_counter()
    world.reconcile(services)
    return {
        "requestsOfAnUpload": {name: round(times / 10, 2) for name, times in sorted(found.items())},
        "logBytesOfAnUpload": len(log.getvalue().encode()) / 10,
        "sentBytesOfAnUpload": max(len(json.dumps(body)) for body in ocr.bodies),
        "reconcilerSeconds": round(time.perf_counter() - begun, 3),
    }


def measure() -> dict[str, Any]:
    """All figures of the page."""
    made = Made()
    with aws(), serving_at(OcrApiStandIn()) as ocr:
        found = counted(ocr)
        ocr.before_answer = lambda: time.sleep(CALL_SECONDS)
        seconds = {}
        for threads in range(1, 6):
            world = World(ocr)
            with redirect_stdout(io.StringIO()):
                seconds[str(threads)] = round(batch(world, "timed", world.services(call_threads=threads)) / 10, 3)
    return {
        "callSeconds": CALL_SECONDS,
        "memoryMb": int(made.known["MemorySize"]),
        "metrics": len(METRICS) + len(TIMES),
        "alarms": len(made.of("AWS::CloudWatch::Alarm")),
        **found,
        "secondsOfAnImage": seconds,
    }


def main() -> None:
    """Measure, print, and with --write make the page anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    figures = measure()
    print(json.dumps(figures, indent=1))
    if write:
        costs.MEASURED.write_text(json.dumps(figures, indent=1) + "\n")
        costs.PAGE.write_text(costs.page(figures, costs.prices()))
        costs.CURVE.write_text(costs.curve(figures))


if __name__ == "__main__":
    main()

"""`ocr-drop endpoint` under load: answers a second from 2 to 50 clients side by side, and memory over 1,000 answers.

`python tests/benchmarks/bench_endpoint_server.py [--seconds N] [--json]`. The real command with its real engine reads a
small picture; clients post it, and come again when a 429 says so. Each number of clients has its turn twice, there and
back, so that a machine that changes its pace is seen. The clients share the machine with it.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).parents[1]))

from caller import OCR_PATH, SECRET, signed_headers

CLIENTS = (2, 10, 50)
HALF_OPEN = 300
ANSWERS = 1000


def small_picture() -> bytes:
    """A JSON body with one line of text, which is read in some hundredths of a second."""
    image = Image.new("RGB", (240, 64), "white")
    ImageDraw.Draw(image).text((12, 14), "OCR 2026", "black", ImageFont.load_default(32))
    out = io.BytesIO()
    image.save(out, "PNG")
    return json.dumps({"image": base64.b64encode(out.getvalue()).decode()}).encode()


class Endpoint:
    """The command, running."""

    def __init__(self) -> None:
        command = [str(Path(sys.prefix, "bin", "ocr-drop")), "endpoint", "--port", "0"]
        environment = {**os.environ, "OCR_ENDPOINT_SECRET": SECRET}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def megabytes(self) -> float:
        """What its process holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        assert self.process.wait(60) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()


def client(url: str, body: bytes, ends: float, seen: Counter[int], took: list[float]) -> None:
    """Post until the end; after a 429 the moment that it names is waited for."""
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < ends:
            began = time.monotonic()
            reply = session.post(url + OCR_PATH, data=body, headers=signed_headers(body), timeout=60)
            seen[reply.status_code] += 1
            if reply.status_code == 429:
                time.sleep(min(int(reply.headers["Retry-After"]), max(0.0, ends - time.monotonic())))
            else:
                assert reply.json()["code"] == 0
                took.append(time.monotonic() - began)


def load(url: str, body: bytes, clients: int, seconds: float) -> dict[str, float]:
    """Answers a second of so many clients, the slowest of 20 answers, and how many were asked to come again."""
    seen, took = Counter[int](), list[float]()
    began = time.monotonic()
    given = (url, body, began + seconds, seen, took)
    threads = [threading.Thread(target=client, args=given) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {200, 429}, seen
    p95 = statistics.quantiles(took, n=20)[-1]
    return {"rate": len(took) / (time.monotonic() - began), "p95": p95, "busy": seen[429]}


def half_open(url: str, stack: ExitStack) -> None:
    """Clients that begin a request and say no more."""
    host, port = url.removeprefix("http://").split(":")
    for _ in range(HALF_OPEN):
        one = stack.enter_context(socket.create_connection((host, int(port)), timeout=20))
        one.sendall(b"POST /v2/identity HTTP/1.1\r\n")


def grown(endpoint: Endpoint, body: bytes) -> tuple[float, float]:
    """Megabytes after 100 answers, and after 1,000; each call is one that the endpoint has to know again."""
    held = []
    with requests.Session() as session:
        session.trust_env = False
        for number in range(1, ANSWERS + 1):
            named = json.dumps({**json.loads(body), "requestId": str(number)}).encode()
            reply = session.post(endpoint.url + OCR_PATH, data=named, headers=signed_headers(named), timeout=60)
            assert reply.json()["code"] == 0
            if number in (ANSWERS // 10, ANSWERS):
                held.append(endpoint.megabytes())
    return held[0], held[1]


def measured(seconds: float) -> dict[str, Any]:
    """All of it, from one process of the endpoint."""
    endpoint, body = Endpoint(), small_picture()
    try:
        first, last = grown(endpoint, body)
        runs: dict[str, list[dict[str, float]]] = {}
        for clients in (*CLIENTS, *reversed(CLIENTS)):
            runs.setdefault(f"{clients} clients", []).append(load(endpoint.url, body, clients, seconds))
        with ExitStack() as stack:
            half_open(endpoint.url, stack)
            runs[f"10 clients beside {HALF_OPEN} half-open"] = [load(endpoint.url, body, 10, seconds)]
        return {"mb_at_100": first, "mb_at_1000": last, "mb_after": endpoint.megabytes(), "runs": runs}
    finally:
        endpoint.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measured(asked.seconds)
    if asked.json:
        json.dump(found, sys.stdout)
        return
    print(f"{'':<36}{'answers/s':>10}{'p95 s':>8}{'429':>6}")
    for name, runs in found["runs"].items():
        rate, p95, busy = (statistics.mean(run[key] for run in runs) for key in ("rate", "p95", "busy"))
        print(f"{name:<36}{rate:>10.1f}{p95:>8.2f}{busy:>6.0f}")
    print(f"memory: {found['mb_at_100']:.0f} MB after 100 answers, {found['mb_at_1000']:.0f} after 1,000,")
    print(f"  {found['mb_after']:.0f} after the load")


if __name__ == "__main__":
    main()

"""Seconds from upload to document in the local stack, beside the OCR API's own seconds for the same image.

`python tests/benchmarks/bench_local.py [--runs N] [--json]`. Each round takes a copy of each sample that no round had
before (a comment in the JPEG makes it another content), drops it, waits for its document, and then sends the bytes
that were sent to the OCR API once more, signed, straight to it; the overhead is the median of the differences. The
very first upload, which starts the function, is told apart.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from ocr_drop import images
from ocr_drop.esign.client import OcrApi
from ocr_drop.esign.signing import SignatureAuth
from ocr_drop.secrets import Secrets

RUNS = 5
SAMPLES = [Path(__file__).parents[2] / "samples" / name for name in ("receipt.jpg", "skewed.jpg")]
PATIENCE = 60.0
MAX_IMAGE_BYTES = 750_000


@contextmanager
def local_stack() -> Iterator[dict[str, str]]:
    """The local stack while it runs, as `local up --json` describes it."""
    command = [sys.executable, "-m", "ocr_drop_cli", "local", "up", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as up:
        try:
            assert up.stdout
            line = up.stdout.readline()
            if not line:
                raise SystemExit("the local stack did not start")
            yield json.loads(line)
        finally:
            up.send_signal(signal.SIGTERM)


def copy(image: bytes, mark: str) -> bytes:
    """The same JPEG with a comment in it."""
    comment = mark.encode()
    return image[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + image[2:]


def to_document(s3: Any, stack: dict[str, str], key: str, image: bytes) -> float:
    """Seconds from the upload's begin until its document is there."""
    begun = time.perf_counter()
    s3.put_object(Bucket=stack["uploadsBucket"], Key=key, Body=image)
    while time.perf_counter() - begun < PATIENCE:
        try:
            document = json.load(s3.get_object(Bucket=stack["resultsBucket"], Key=f"{key}.json")["Body"])
        except ClientError:
            time.sleep(0.02)
            continue
        seconds = time.perf_counter() - begun
        if document["status"] != "recognized":
            raise SystemExit(f"{key}: {document['failure']['message']}")
        return seconds
    raise SystemExit(f"{key}: no document after {PATIENCE:.0f} s")


def compare(runs: int) -> dict[str, Any]:
    """Medians of both, sample by sample, in turn."""
    found: dict[str, list[tuple[float, float]]] = {sample.name: [] for sample in SAMPLES}
    with local_stack() as stack:
        session = boto3.Session(stack["accessKeyId"], stack["secretAccessKey"], region_name=stack["region"])
        s3 = session.client("s3", endpoint_url=stack["endpointUrl"])
        manager = session.client("secretsmanager", endpoint_url=stack["endpointUrl"])
        auth = SignatureAuth(Secrets(manager, stack["secretId"]).credentials())
        api = OcrApi(stack["ocrUrl"])
        for run in range(runs + 1):
            for sample in SAMPLES:
                image = copy(sample.read_bytes(), f"run {run}")
                through = to_document(s3, stack, f"{run}/{sample.name}", image)
                sent = images.fit(image, max_bytes=MAX_IMAGE_BYTES).data
                begun = time.perf_counter()
                api.send(sent, f"bench-{run}", auth)
                found[sample.name].append((through, time.perf_counter() - begun))
    first, *_ = found[SAMPLES[0].name][0]
    return {"firstSeconds": round(first, 2), "samples": [_row(name, pairs[1:]) for name, pairs in found.items()]}


def _row(name: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    through, alone = (statistics.median(column) for column in zip(*pairs, strict=True))
    overhead = statistics.median(both - engine for both, engine in pairs)
    return {
        "name": name,
        "documentSeconds": round(through, 2),
        "engineSeconds": round(alone, 2),
        "overheadSeconds": round(overhead, 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = compare(options.runs)
    if options.json:
        print(json.dumps(result | {"runs": options.runs}))
        return
    print(f"local stack: seconds, medians of {options.runs} (the very first upload took {result['firstSeconds']})")
    for row in result["samples"]:
        print(
            f"  {row['name']:<12} upload to document {row['documentSeconds']:.2f},"
            f" the OCR API alone {row['engineSeconds']:.2f}, overhead {row['overheadSeconds']:.2f}"
        )


if __name__ == "__main__":
    main()

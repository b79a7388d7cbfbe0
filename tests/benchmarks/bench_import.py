"""Cold start: importing the handler against an empty boto3 function, each in a process of its own, in turn.

`python tests/benchmarks/bench_import.py [--runs N] [--json]`. The empty function imports boto3 and makes the same
clients. Bytecode is there, as in the built layers; an interpreter's own start is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 15
RECOGNIZE = Path(__file__).parents[2] / "functions" / "recognize"

PROGRAMS = {
    "import boto3": "import boto3",
    "empty function": """
import boto3
session = boto3.Session()
clients = [session.client(name) for name in ("s3", "dynamodb", "events", "secretsmanager", "sqs")]
def handler(event, context):
    return {}
""",
    "recognize": "import handler",
}
TIMED = """
import sys, time
sys.path.insert(0, {folder!r})
begun = time.perf_counter()
{program}
print((time.perf_counter() - begun) * 1000)
"""
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    "AWS_SECRET_ACCESS_KEY": "none",
    "RESULTS_BUCKET": "results",
    "INDEX_TABLE": "index",
    "EVENT_BUS": "bus",
    "UPLOADS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/000000000000/uploads",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/000000000000/dead-letters",
    "OCR_SECRET_ID": "secret",
    "OCR_ENDPOINT": "https://ocr.example",
}


def milliseconds(program: str, home: str) -> float:
    """How long one process takes for the program; `home` has no settings of AWS."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    timed = subprocess.run(
        [sys.executable, "-c", TIMED.format(folder=str(RECOGNIZE), program=program)],
        env=inherited | ENVIRONMENT | {"HOME": home},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(timed.stdout)


def compare(runs: int) -> dict[str, float]:
    """Medians in milliseconds over several runs, in turn; a first round, not counted, writes the bytecode."""
    found: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(runs + 1):
            for name, program in PROGRAMS.items():
                found[name].append(milliseconds(program, home))
    return {name: round(statistics.median(times[1:]), 1) for name, times in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    medians = compare(options.runs)
    base = medians["empty function"]
    if options.json:
        ratio = round(medians["recognize"] / base, 2)
        print(json.dumps({"milliseconds": medians, "runs": options.runs, "ratio": ratio}))
        return
    print(f"cold start, Python {sys.version_info.major}.{sys.version_info.minor}: ms, medians of {options.runs}")
    for name, time in medians.items():
        print(f"  {name:<15}{time:>7.1f}   {time / base:.2f} times the empty function")


if __name__ == "__main__":
    main()

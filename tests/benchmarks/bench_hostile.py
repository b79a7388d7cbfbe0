"""The hostile corpus in figures: files, what came of them, and what the slowest and the largest took.

`python tests/benchmarks/bench_hostile.py [--json]`. Each memory size is one process that handles every file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
WEIGH = TESTS / "hostile" / "weighing.py"
MEGABYTES = (512, 1769)


def weighed(megabytes: int) -> list[list[Any]]:
    """Name, code, seconds and peak of every file, in a function of this size."""
    command = [sys.executable, str(WEIGH), str(megabytes)]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return list(json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout))


def figures(megabytes: int) -> dict[str, Any]:
    """What the README tells of it."""
    rows = weighed(megabytes)
    slowest, largest = max(rows, key=lambda row: row[2]), max(rows, key=lambda row: row[3])
    return {
        "memory MB": megabytes,
        "files": len(rows),
        "kinds": len({row[0].partition(" ")[0] for row in rows}),
        "outcomes": Counter(row[1] for row in rows),
        "seconds for all": round(sum(row[2] for row in rows), 2),
        "slowest": [slowest[0], round(slowest[2], 2)],
        "peak MB": [largest[0], largest[3] // 2**20],
    }


def main() -> None:
    """Print the figures of each memory size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    told = [figures(megabytes) for megabytes in MEGABYTES]
    if parser.parse_args().json:
        print(json.dumps(told))
        return
    for figure in told:
        for name, value in figure.items():
            print(f"{name:16} {dict(value) if isinstance(value, Counter) else value}")
        print()


if __name__ == "__main__":
    main()

"""The index of texts over 100,000 documents: time to build it, its size, and what a search takes; against LIKE.

`python tests/benchmarks/bench_search.py [--documents N] [--json]`. Synthetic receipts of ten lines, written straight
into the index as `ocr-drop search` does once it has fetched them; fetching is the network's time and not in it.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ocr_console.texts import Texts

LINES = 10
RUNS = 7
WORDS = {"rare": "罕见之字", "one letter": "牛", "two letters": "牛肉", "three letters": "牛肉面", "digits": "138-2"}
SYLLABLES = [chr(number) for number in range(0x4E00, 0x4E00 + 3000)]
DISHES = ["红烧牛肉面", "清炒时蔬", "Total", "Tax No.", "合计金额", "上海市浦东新区", "Invoice"]
POLYGON = [[10.0, 20.0], [110.0, 20.0], [110.0, 40.0], [10.0, 40.0]]


def receipt(number: int, chance: random.Random) -> dict[str, Any]:
    """One document; each thousandth holds the rare words."""
    lines = []
    for _ in range(LINES):
        filling = "".join(chance.choices(SYLLABLES, k=8))
        lines.append(f"{chance.choice(DISHES)} {filling} {chance.randint(100, 999)}-{chance.randint(1000, 9999)}")
    if number % 1000 == 0:
        lines[0] += " 罕见之字"
    return {
        "source": {"key": f"receipts/{number:06}.jpg"},
        "recognizedAt": f"2026-11-24T08:00:00.{number:06}Z",
        "pages": [{"page": 1, "lines": [{"text": text, "polygon": POLYGON} for text in lines]}],
    }


def median(search: Any) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        search()
        taken.append(time.perf_counter() - start)
    return round(statistics.median(taken) * 1000, 1)


def measured(documents: int, folder: Path) -> dict[str, Any]:
    """All figures."""
    chance = random.Random(7)
    path = folder / "texts.sqlite"
    texts = Texts(path)
    start = time.perf_counter()
    for number in range(documents):
        texts.add(receipt(number, chance))
    built = time.perf_counter() - start
    texts.close()
    size = path.stat().st_size
    texts = Texts(path)
    searches = {}
    for name, word in WORDS.items():
        searches[name] = {"ms": median(lambda word=word: texts.find(word)), "hits": len(texts.find(word))}
    like = (
        "SELECT key FROM lines JOIN documents ON documents.id = document WHERE plain LIKE '%罕见之字%'"
        " ORDER BY at DESC, key, page, line LIMIT 50"
    )
    found = texts._database.execute(like).fetchall()
    took = median(lambda: texts._database.execute(like).fetchall())
    searches["rare, by LIKE alone"] = {"ms": took, "hits": len(found)}
    texts.close()
    return {
        "documents": documents,
        "lines": documents * LINES,
        "build_seconds": round(built, 1),
        "index_mb": round(size / 1e6, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "searches": searches,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(asked.documents, Path(folder))
    if asked.json:
        json.dump(found, sys.stdout)
        return
    print(f"{found['documents']} documents, {found['lines']} lines: built in {found['build_seconds']} s,")
    print(f"  the index takes {found['index_mb']} MB, the process {found['peak_mb']} MB")
    for name, took in found["searches"].items():
        print(f"  {name:<20} {took['ms']:>8} ms  {took['hits']} hits")


if __name__ == "__main__":
    main()

"""What `status` costs over many records: time and read units, on the local table. RECORDS=100000 by default.

Read units as DynamoDB bills them: 16 items read consistently are 16; a query that counts is half a unit for each 4 KB
of all items that it passes over.
"""

from __future__ import annotations

import math
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from ocr_drop.index import Index
from ocr_drop.table import Table, _marshal
from ocr_drop.tallies import SHARDS
from running import Running

RECORDS = int(os.environ.get("RECORDS", "100000"))
NOWHERE = ("--ocr-url", "http://127.0.0.1:9", "--app-id", "a", "--secret", "b")


def record(number: int) -> dict[str, Any]:
    """A record as the index writes it."""
    status = random.choices(("recognized", "failed", "waiting"), (97, 2, 1))[0]
    key = f"2026/11/contract-{number:07}/page-{number % 7}.jpg"
    at = f"2026-11-{number % 28 + 1:02}T10:{number % 60:02}:{number // 60 % 60:02}.{number % 1000:03}Z"
    more = {"kind": "operator", "code": "balance", "message": "x" * 120} if status != "recognized" else {"lines": 40}
    ids = {"requestId": f"{number:024x}-1-1", "verifyId": f"{number:036x}"} if status == "recognized" else {}
    return {
        "pk": f"object#ocr-drop-uploads/{key}",
        "sk": "record",
        "status": status,
        "bucket": "ocr-drop-uploads-123456789012-eu-west-1",
        "key": key,
        "versionId": f"{number:032x}",
        "eTag": f"{number:032x}",
        "sequencer": f"{number:018X}",
        "order": f"{number:018X}".ljust(40, "0"),
        "size": 250300,
        "unfinished": 0,
        "pages": 1,
        "sha256": f"{number:064x}",
        "at": at,
        "day": at[:10],
        **more,
        **ids,
    }


def size(item: dict[str, Any]) -> int:
    """Bytes of an item as DynamoDB reckons them, about."""
    return sum(len(name) + (len(value) if isinstance(value, str) else 8) for name, value in item.items()) + 100


def fill(client: Any, table: str, items: list[dict[str, Any]]) -> None:
    """Write all items, 25 at a time, and then their tallies, which the index writes with each of them."""

    def write(start: int) -> None:
        puts = [{"PutRequest": {"Item": _marshal(item)}} for item in items[start : start + 25]]
        client.batch_write_item(RequestItems={table: puts})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(0, len(items), 25)))
    tallies = Table(client, table)
    for status, count in Counter(item["status"] for item in items).items():
        tallies.write_together(tallies.adding("tally#0", "tally", {status: count}))


def main() -> None:
    """Fill a table of the local stack and ask it."""
    items = [record(number) for number in range(RECORDS)]
    running = Running(*NOWHERE)
    try:
        client = running.client("dynamodb")
        table = running.told["indexTable"]
        begin = time.monotonic()
        fill(client, table, items)
        print(f"{RECORDS} records written in {time.monotonic() - begin:.1f} s")
        index = Index(Table(client, table), time.time)
        all_of_them = sum(size(item) for item in items)
        print(f"reading all of them to count would take {math.ceil(all_of_them / 4096 / 2)} read units")
        begin = time.monotonic()
        counts = index.counts()
        print(f"{counts} in {1000 * (time.monotonic() - begin):.0f} ms, {SHARDS} read units")
        begin = time.monotonic()
        page, _ = index.by_status("failed")
        print(f"a page of {len(page)} failed ones in {time.monotonic() - begin:.3f} s")
    finally:
        running.end()


if __name__ == "__main__":
    main()

"""What a thousand images cost at AWS, from figures that were measured and a table of prices: the page docs/cost.md."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PRICES, MEASURED = ROOT / "docs" / "prices.toml", ROOT / "docs" / "cost.json"
PAGE, CURVE = ROOT / "docs" / "cost.md", ROOT / "docs" / "cost.svg"

BATCH = 10
INDEXES_OF_A_ROW = 2
"""Of the table's four, how many a row is in at the most while it is written: each is a write unit more."""

ROWS_OF_A_TRANSACTION = 2
"""A claim and its row of the ledger; in a transaction each costs twice."""

WRITES = ("PutItem", "UpdateItem", "DeleteItem")
READS = ("GetItem", "BatchGetItem", "Query")
S3_PUTS = ("PutObject", "ListObjectsV2")


def prices() -> dict[str, Any]:
    """The price table."""
    return tomllib.loads(PRICES.read_text())


def measured() -> dict[str, Any]:
    """What was measured last."""
    return dict(json.loads(MEASURED.read_text()))


def of_a_thousand(figures: dict[str, Any], threads: str, each: dict[str, float]) -> dict[str, float]:
    """USD by service for 1,000 new images in full batches."""
    calls = figures["requestsOfAnUpload"]

    def times(service: str, *names: str) -> float:
        return float(sum(calls.get(f"{service}.{name}", 0) for name in names))

    gb_seconds = figures["secondsOfAnImage"][threads] * figures["memoryMb"] / 1024
    in_transactions = ROWS_OF_A_TRANSACTION * 2 * times("DynamoDB", "TransactWriteItems")
    writes = (times("DynamoDB", *WRITES) + in_transactions) * (1 + INDEXES_OF_A_ROW)
    polls = 1 + 2 / BATCH  # S3 sends each; Lambda receives and deletes ten at a time
    usd = {
        "Lambda": gb_seconds * each["lambda_gb_second_arm64"] + each["lambda_request"] / BATCH,
        "S3": (1 + times("S3", *S3_PUTS)) * each["s3_put"] + times("S3", "GetObject", "HeadObject") * each["s3_get"],
        "SQS": (polls + sum(count for name, count in calls.items() if name.startswith("SQS."))) * each["sqs_request"],
        "DynamoDB": writes * each["dynamodb_write_unit"] + times("DynamoDB", *READS) * each["dynamodb_read_unit"],
        "EventBridge": times("EventBridge", "PutEvents") * each["event"],
        "Secrets Manager": times("Secrets Manager", "GetSecretValue") * each["secret_request"],
        "CloudWatch Logs": figures["logBytesOfAnUpload"] / 1e9 * each["log_gb"],
        "NAT, with FixedEgress": figures["sentBytesOfAnUpload"] / 1e9 * each["nat_gb"],
    }
    return {service: 1000 * value for service, value in usd.items()}


def page(figures: dict[str, Any], table: dict[str, Any]) -> str:
    """docs/cost.md."""
    each, month = table["each"], table["month"]
    few, many = of_a_thousand(figures, "1", each), of_a_thousand(figures, "5", each)
    seconds = figures["secondsOfAnImage"]
    rows = [f"| {name} | {few[name]:.4f} | {many[name]:.4f} |" for name in few if few[name]]
    without = {name: value for name, value in few.items() if not name.startswith("NAT")}
    total = sum(without.values()), sum(value for name, value in many.items() if name in without)
    curve = [
        f"| {threads} | {value:.2f} | {of_a_thousand(figures, threads, each)['Lambda']:.4f} |"
        for threads, value in seconds.items()
    ]
    counts = ", ".join(f"{count:g} {name}" for name, count in figures["requestsOfAnUpload"].items())
    reconciler = figures["reconcilerSeconds"] * 0.5 * each["lambda_gb_second_arm64"] + each["lambda_request"]
    return f"""# What it costs
Made by `python tests/benchmarks/bench_cost.py --write`: requests counted and durations measured on one machine, prices
from [prices.toml](prices.toml) ({table["region"]}, {table["date"]}, list prices, no free tier; check them before you
count on them). What the OCR API bills is not in it, and is usually far more: the dashboard shows calls times
`CallPrice`.

## A thousand new images
USD, in full batches of ten, answered after {figures["callSeconds"]:g} s each:

| | one call at a time in an environment | five at a time |
|---|---|---|
{chr(10).join(rows)}
| **together, without NAT** | **{total[0]:.4f}** | **{total[1]:.4f}** |

A picture whose content is known costs no call and no NAT. Storage comes on top: the image, its results (a few KB) and a
few rows.

Counted for one new upload: {counts}.

A written row counts as {1 + INDEXES_OF_A_ROW} write units, for its indexes, and twice that in a transaction,
which writes {ROWS_OF_A_TRANSACTION} rows: a bound from above. The secret is read once in an environment's life.
{figures["logBytesOfAnUpload"]:,.0f} bytes of log; {figures["sentBytesOfAnUpload"]:,.0f} bytes sent to the OCR API for
the sample page.

## Why calls overlap in a batch
Lambda bills waiting. The more calls of a batch wait at the same time, the less of it an image pays:

| calls at a time in an environment | seconds of Lambda an image | USD for 1,000 |
|---|---|---|
{chr(10).join(curve)}

![Seconds of Lambda an image, by calls at a time](cost.svg)

`MaxCallsInFlight` is environments times threads; the template takes as many threads as divide it, at most five.
Measured beside a local AWS whose requests take other times than AWS's own: trust the ratios.

## What a month costs when nothing happens
| | USD a month |
|---|---|
| the secret | {month["secret"]:.2f} |
| reconcile, a run each minute of {figures["reconcilerSeconds"]:.2f} s | {43_800 * reconciler:.2f} |
| Lambda asking the empty queue (five long polls of 20 s at a time) | {5 * 3 * 43_800 * each["sqs_request"]:.2f} |
| metrics: {figures["metrics"]} | {figures["metrics"] * month["metric"]:.2f} |
| alarms: {figures["alarms"]} | {figures["alarms"] * month["alarm"]:.2f} |
| the dashboard, beyond an account's first three | {month["dashboard"]:.2f} |
| `OwnKey=yes` | {month["key"]:.2f} |
| `FixedEgress=yes`: NAT gateway and address | {month["nat_gateway"] + month["address"]:.2f} |
| `PrivateAws=yes`: three endpoints in two zones | {6 * month["interface_endpoint_in_one_zone"]:.2f} |

A metric is billed only for the hours in which it is emitted. Endpoints do not pay for themselves: what they keep out of
the NAT gateway is a few KB an image. Choose them where AWS's traffic has to keep out of the internet.
"""


def curve(figures: dict[str, Any]) -> str:
    """docs/cost.svg: a bar for each number of calls at a time."""
    seconds = figures["secondsOfAnImage"]
    most = max(seconds.values())
    bars = []
    for number, (threads, value) in enumerate(seconds.items()):
        x, height = 60 + 84 * number, 160 * value / most
        bars.append(f'<rect x="{x}" y="{220 - height:.1f}" width="56" height="{height:.1f}" fill="#2f6f8f"/>')
        bars.append(f'<text x="{x + 28}" y="{212 - height:.1f}" text-anchor="middle">{value:.2f} s</text>')
        bars.append(f'<text x="{x + 28}" y="240" text-anchor="middle">{threads}</text>')
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 280" width="500" height="280" '
            'font-family="sans-serif" font-size="13" fill="#333">',
            '<rect width="500" height="280" fill="#fff"/>',
            f'<text x="20" y="20">Seconds of Lambda an image; a call takes {figures["callSeconds"]:g} s</text>',
            *bars,
            '<line x1="40" y1="220.5" x2="470" y2="220.5" stroke="#999"/>',
            '<text x="250" y="266" text-anchor="middle">calls at a time in an environment</text>',
            "</svg>\n",
        ]
    )

"""Polite to the OCR API, through the local stack: the ceiling, and waiting as long as it asks."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from running import Running, until
from world import OcrApiStandIn, failure, picture

CEILING = 4


@pytest.fixture
def polite(ocr: OcrApiStandIn) -> Iterator[Running]:
    """A stack whose OCR API the test decides."""
    running = Running("--ocr-url", ocr.url, "--app-id", "7438000001", "--secret", "s3cret")
    yield running
    running.end()


def test_calls_overlap_and_never_pass_the_ceiling(polite: Running, ocr: OcrApiStandIn) -> None:
    """However many uploads wait, no more calls are under way than the parameter says, over all environments."""
    latency = 0.05
    ocr.before_answer = lambda: time.sleep(latency)
    versions = {f"{number}.png": polite.drop(f"{number}.png", picture(number)) for number in range(40)}
    assert {polite.ended(key, version)["status"] for key, version in versions.items()} == {"recognized"}
    assert 1 < ocr.most_in_flight <= CEILING
    assert ocr.calls == len(versions)


def test_an_upload_waits_as_long_as_it_is_asked_to(polite: Running, ocr: OcrApiStandIn) -> None:
    """After a 429 the upload says why it waits, goes on by itself, and costs no more than the one answered call."""
    ocr.replies = [failure(429, "slow down", status=429, **{"Retry-After": "2"})]
    version = polite.drop("asked.png", picture())
    asked = {"pk": f"object#{polite.told['uploadsBucket']}/asked.png", "sk": "record"}
    waiting = until(
        lambda: next((item for item in [polite.table.get_item(Key=asked).get("Item", {})] if "code" in item), None),
        5,
        "the reason",
    )
    assert (waiting["status"], waiting["kind"]) == ("waiting", "try_later")
    assert polite.ended("asked.png", version, within=10)["status"] == "recognized"
    assert sorted(row["outcome"] for row in polite.ledger()) == ["answered", "refused"]

"""The page on cost says what was measured and what the price table says."""

from __future__ import annotations

import pytest

import costs
from cloudformation import Made
from ocr_drop.telemetry import METRICS, TIMES


def test_the_page_is_what_figures_and_prices_make() -> None:
    """Whoever changes a price makes the page anew: python tests/benchmarks/bench_cost.py --write."""
    assert costs.PAGE.read_text() == costs.page(costs.measured(), costs.prices())
    assert costs.CURVE.read_text() == costs.curve(costs.measured())


def test_the_figures_are_of_this_template() -> None:
    """Memory, metrics and alarms are counted as they are now."""
    made, figures = Made(), costs.measured()
    assert figures["memoryMb"] == int(made.known["MemorySize"])
    assert figures["metrics"] == len(METRICS) + len(TIMES)
    assert figures["alarms"] == len(made.of("AWS::CloudWatch::Alarm"))


def test_a_thousand_images_cost_a_thousand_times_their_parts() -> None:
    """By hand: one second of 1,024 MB, one row written with its indexes, one event, ten at a time."""
    figures = {
        "memoryMb": 1024,
        "secondsOfAnImage": {"1": 1.0},
        "requestsOfAnUpload": {"DynamoDB.PutItem": 1, "EventBridge.PutEvents": 1},
        "logBytesOfAnUpload": 0,
        "sentBytesOfAnUpload": 1_000_000,
    }
    usd = costs.of_a_thousand(figures, "1", costs.prices()["each"])
    assert usd["Lambda"] == pytest.approx(0.0133334 + 0.00002)
    assert usd["DynamoDB"] == pytest.approx(3 * 0.000625)
    assert usd["EventBridge"] == pytest.approx(0.001)
    assert usd["NAT, with FixedEgress"] == pytest.approx(0.045)


def test_overlap_makes_an_image_cheaper() -> None:
    """Each further call at a time makes an image's share of Lambda's time smaller."""
    seconds = list(costs.measured()["secondsOfAnImage"].values())
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[-1] < seconds[0] / 3

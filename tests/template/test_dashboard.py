"""The dashboard and the alarms: every metric in them is emitted by somebody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudformation import Made
from ocr_drop.telemetry import METRICS, NAMESPACE, TIMES

AWS_EMITS = {
    "AWS/SQS": {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
        "NumberOfMessagesSent",
    },
    "AWS/Lambda": {"Duration", "Errors"},
}
"""Of what AWS says that it publishes for each queue and function."""

DIMENSIONS = {
    "AWS/SQS": {"QueueName": {"<UploadsQueue.QueueName>", "<DeadLetterQueue.QueueName>"}},
    "AWS/Lambda": {"FunctionName": {"<RecognizeFunction>", "<ReconcileFunction>"}},
    NAMESPACE: {"service": {"drop"}},
}


@pytest.fixture(scope="module")
def made() -> Made:
    """The stack with every default."""
    return Made()


@pytest.fixture(scope="module")
def widgets(made: Made) -> list[dict[str, Any]]:
    """The dashboard's widgets, read as CloudWatch reads them."""
    body = json.loads(made.of("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"])
    return list(body["widgets"])


def _metrics(widgets: list[dict[str, Any]]) -> list[list[Any]]:
    return [metric for widget in widgets for metric in widget["properties"].get("metrics", [])]


def test_every_metric_of_the_dashboard_is_emitted(widgets: list[dict[str, Any]]) -> None:
    """By the code, or by AWS for a queue or function of the stack."""
    shown = [metric for metric in _metrics(widgets) if isinstance(metric[0], str)]
    assert len(shown) > 20
    for namespace, name, dimension, value, *_ in shown:
        assert name in AWS_EMITS.get(namespace, {*METRICS, *TIMES})
        assert value in DIMENSIONS[namespace][dimension]


def test_every_metric_of_the_code_is_on_the_dashboard(widgets: list[dict[str, Any]]) -> None:
    """What is worth counting is worth looking at: a metric costs money each month."""
    shown = {metric[1] for metric in _metrics(widgets) if metric[0] == NAMESPACE}
    assert shown == {*METRICS, *TIMES}


def test_expressions_use_what_is_there(widgets: list[dict[str, Any]]) -> None:
    """Each id in an expression is that of a metric of the same widget."""
    for widget in widgets:
        metrics = widget["properties"].get("metrics", [])
        ids = {metric[-1]["id"] for metric in metrics if isinstance(metric[-1], dict) and "id" in metric[-1]}
        for metric in metrics:
            if isinstance(metric[0], dict):
                words = {word.strip("(),") for word in metric[0]["expression"].replace("FILL(", "").split()}
                assert {word for word in words if word.isidentifier()} <= ids


def test_every_alarm_is_on_the_dashboard(made: Made, widgets: list[dict[str, Any]]) -> None:
    """One look shows which of them are on."""
    (widget,) = [each for each in widgets if each["type"] == "alarm"]
    assert set(widget["properties"]["alarms"]) == {f"<{name}.Arn>" for name in made.of("AWS::CloudWatch::Alarm")}


def test_widgets_stand_beside_each_other(widgets: list[dict[str, Any]]) -> None:
    """None covers another, and none stands outside of the 24 columns."""
    taken: set[tuple[int, int]] = set()
    for each in widgets:
        columns, rows = range(each["x"], each["x"] + each["width"]), range(each["y"], each["y"] + each["height"])
        cells = {(x, y) for x in columns for y in rows}
        assert max(columns) < 24
        assert not cells & taken
        taken |= cells


def test_every_alarm_watches_what_is_emitted_for_this_stack(made: Made) -> None:
    """An alarm on a metric that nobody emits, or on another stack's, would be silent for ever."""
    known = {"UploadsQueue", "DeadLetterQueue", "RecognizeFunction", "ReconcileFunction"}
    for name, alarm in made.of("AWS::CloudWatch::Alarm").items():
        namespace = alarm["Namespace"]
        assert alarm["MetricName"] in AWS_EMITS.get(namespace, METRICS), name
        (dimension,) = alarm["Dimensions"]
        assert dimension["Name"] in DIMENSIONS[namespace], name
        whose = dimension["Value"]
        assert whose == "drop" or set(whose.get("Fn::GetAtt", whose.values())) & known, name


def test_metrics_bear_the_stacks_name(made: Made) -> None:
    """Both functions are told it, so two stacks of an account are told apart."""
    for function in made.of("AWS::Lambda::Function").values():
        assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == "drop"

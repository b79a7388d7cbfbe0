"""Metrics as CloudWatch has them: what functions log is counted, queues tell their state, and alarms judge by both.

AWS makes metrics of what is logged in the embedded metric format, and SQS publishes its own each minute; the local AWS
does neither, and its alarms look at all dimensions at once. Imported by the launcher, in its environment.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs, sqs

MINUTE = 60
"""Seconds for which a queue has one data point of each metric, as on AWS."""

_LOOK = 1.0
"""Seconds between two looks at the queues: the data point of this minute is the latest of them."""

_COMPARE = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def count_what_is_logged() -> None:
    """From now on what is logged in the embedded metric format is a metric, and alarms are judged as AWS does."""
    append = cloudwatch_logs._append_log_events

    def appended(stream: Any, events: Iterable[Mapping[str, Any]]) -> None:
        append(stream, events)
        published = [_publish(event["message"]) for event in events]
        if any(published):
            cloudwatch._evaluate_all_alarms()

    cloudwatch_logs._append_log_events = appended
    cloudwatch._evaluate_alarm = _judge


def _publish(line: str) -> bool:
    """Put the metrics of a log line; tells whether it had any."""
    if not line.startswith("{") or '"_aws"' not in line:
        return False
    try:
        told = json.loads(line)
        for directive in told["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                _put(directive, {name: str(told[name]) for name in names}, told)
    except (ValueError, KeyError, TypeError):
        return False  # AWS takes it for a line like any other as well
    return True


def _put(directive: Mapping[str, Any], dimensions: dict[str, str], told: Mapping[str, Any]) -> None:
    at = told["_aws"]["Timestamp"] / 1000
    for metric in directive["Metrics"]:
        values = told[metric["Name"]]
        values = values if isinstance(values, list) else [values]
        unit = metric.get("Unit", "None")
        cloudwatch._store_datum(directive["Namespace"], metric["Name"], dimensions, at, unit, None, values, None, None)


async def watch_the_queues() -> None:
    """Publish the state of each queue, as long as the program runs."""
    while True:
        for queue in list(sqs._queues.values()):
            _publish_queue(queue)
        cloudwatch._evaluate_all_alarms()
        await asyncio.sleep(_LOOK)


def _publish_queue(queue: dict[str, Any]) -> None:
    now = time.time()
    messages = list(queue["messages"])
    visible = sum(1 for message in messages if message["visible_at"] <= now)
    hidden = sum(1 for message in messages if message["visible_at"] > now and message["receive_count"] > 0)
    age = max((now - message["sent_at"] for message in messages), default=0.0)
    name = queue["attributes"]["QueueArn"].rsplit(":", 1)[1]
    _put_latest(name, "ApproximateNumberOfMessagesVisible", visible, "Count", now)
    _put_latest(name, "ApproximateNumberOfMessagesNotVisible", hidden, "Count", now)
    _put_latest(name, "ApproximateAgeOfOldestMessage", age, "Seconds", now)


def _put_latest(queue: str, metric: str, value: float, unit: str, now: float) -> None:
    """Make a value this minute's data point, in the place of the one before."""
    dimensions = {"QueueName": queue}
    points = cloudwatch._metric_bucket(("AWS/SQS", metric, cloudwatch._dims_key(dimensions)))
    if points and points[-1]["Timestamp"] // MINUTE == now // MINUTE:
        points.pop()
    points.append({"Timestamp": now, "Value": float(value), "Unit": unit, "Dimensions": dimensions})


def _judge(alarm: dict[str, Any]) -> None:
    """Put an alarm into the state that its last periods give: that of its own dimensions, period by period.

    They are judged twice, up to the running period and up to the one before: on AWS as well, what is logged as a
    period ends is judged after its end.
    """
    if "MetricName" not in alarm or _COMPARE.get(alarm["ComparisonOperator"]) is None:
        return
    breaching = [_is_breaching(alarm, points) for points in _periods(alarm)]
    wanted = int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"])
    if all(one is None for one in breaching) and alarm["TreatMissingData"] != "notBreaching":
        return
    goes_off = any(window.count(True) >= wanted for window in (breaching[:-1], breaching[1:]))
    _turn(alarm, "ALARM" if goes_off else "OK")


def _periods(alarm: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The data points of each of the alarm's periods and of one more, the running one first."""
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
    points, period = list(cloudwatch._metrics.get(key) or []), int(alarm["Period"])
    last = time.time() // period
    return [
        [point for point in points if point["Timestamp"] // period == last - back]
        for back in range(int(alarm["EvaluationPeriods"]) + 1)
    ]


def _is_breaching(alarm: Mapping[str, Any], points: list[dict[str, Any]]) -> bool | None:
    if not points:
        return None
    statistics = cloudwatch._calc_stats(points)
    value = cloudwatch._stat_value(statistics, alarm.get("ExtendedStatistic") or alarm["Statistic"], points)
    return bool(_COMPARE[alarm["ComparisonOperator"]](value, float(alarm["Threshold"])))


def _turn(alarm: dict[str, Any], state: str) -> None:
    before = alarm["StateValue"]
    if before == state:
        return
    reason = f"{alarm['Statistic']} of {alarm['MetricName']} against {alarm['Threshold']}"
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)

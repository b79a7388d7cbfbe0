"""Each alarm of the template goes off when what it warns of happens, by metrics that the functions and queues emit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ocr_drop_cli.local import stack as local_stack
from running import Running, until
from world import OcrApiStandIn, failure, picture

TESTS = Path(__file__).parents[1]
RECONCILE_LATER = """
import time, boto3, os
from ocr_drop.services import Services
from ocr_drop.settings import Settings
from world import Context
from ocr_drop.reconciler import reconcile
services = Services.of(Settings.from_environment(os.environ), boto3.Session(), clock=lambda: time.time() + 300)
assert reconcile(Context(50), services)["missing"] == 1
"""

LINE = 40
"""Uploads that are more than the batches that may be under way can hold."""

ALARMS = {
    "DeadLettersAlarm": "garbage in the queue",
    "OldestUploadAlarm": "an upload that does not get through",
    "CeilingReachedAlarm": "a line before calls that take long",
    "OperatorFailuresAlarm": "a secret that is refused",
    "UnknownOutcomesAlarm": "a connection that is lost in the call",
    "MissingUploadsAlarm": "an upload whose event never came",
}


class Watched:
    """A stack whose OCR API does what it is told, and its alarms."""

    def __init__(self, ocr: OcrApiStandIn) -> None:
        self.ocr = ocr
        self.stack = Running("--ocr-url", ocr.url, "--app-id", "7438000001", "--secret", "s3cret")
        self.cloudwatch = self.stack.client("cloudwatch")
        listed = self.stack.client("cloudformation").list_stack_resources(StackName=local_stack.NAME)
        self.names = {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in listed["StackResourceSummaries"]
            if each["ResourceType"] == "AWS::CloudWatch::Alarm"
        }
        self.before: dict[str, str] = {}

    def state(self, alarm: str) -> str:
        """The state of an alarm, by its name in the template."""
        (found,) = self.cloudwatch.describe_alarms(AlarmNames=[self.names[alarm]])["MetricAlarms"]
        return str(found["StateValue"])

    def hasten(self, alarm: str, **changes: int) -> None:
        """Let an alarm judge sooner; what it watches, and in what direction, stays the template's."""
        (found,) = self.cloudwatch.describe_alarms(AlarmNames=[self.names[alarm]])["MetricAlarms"]
        kept = ("AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods")
        kept += ("Threshold", "ComparisonOperator", "TreatMissingData")
        self.cloudwatch.put_metric_alarm(**{**{name: found[name] for name in kept}, **changes})

    def all_goes_well(self) -> None:
        """One upload that nothing happens to; then every alarm has been judged, and is remembered."""
        self.stack.ended("good.png", self.stack.drop("good.png", picture(1)))
        until(lambda: all(self.state(alarm) != "INSUFFICIENT_DATA" for alarm in ALARMS), 10, "alarms to be judged")
        self.before = {alarm: self.state(alarm) for alarm in self.names}

    def lose_a_connection(self) -> None:
        self.ocr.replies.append(ConnectionError())
        self.stack.drop("lost.png", picture(2))
        until(lambda: self.ocr.calls >= 2, 20, "the call that is lost")

    def lose_an_event(self) -> None:
        """An object that S3 does not tell of, and the reconciler five minutes later, its log where its log belongs."""
        stack, bucket = self.stack, self.stack.told["uploadsBucket"]
        found = stack.s3.get_bucket_notification_configuration(Bucket=bucket)
        found.pop("ResponseMetadata")
        stack.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        stack.drop("untold.png", picture(3))
        stack.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=found)
        function = f"{local_stack.NAME}-reconcile"
        variables = stack.client("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        credentials = {"AWS_ACCESS_KEY_ID": stack.told["accessKeyId"], "AWS_DEFAULT_REGION": stack.told["region"]}
        credentials["AWS_SECRET_ACCESS_KEY"] = stack.told["secretAccessKey"]
        environment = {**os.environ, **variables, **credentials, "PYTHONPATH": str(TESTS)}
        command = [sys.executable, "-c", RECONCILE_LATER]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        self.log("later", done.stdout.splitlines())

    def log(self, stream: str, lines: list[str]) -> None:
        """Lines in a log stream of its own, beside those of `reconcile`."""
        group = {"logGroupName": f"/aws/lambda/{local_stack.NAME}-reconcile", "logStreamName": stream}
        self.stack.logs.create_log_stream(**group)
        now = int(time.time() * 1000)
        self.stack.logs.put_log_events(**group, logEvents=[{"timestamp": now, "message": line} for line in lines])

    def bring_garbage(self) -> None:
        self.stack.sqs.send_message(QueueUrl=self.stack.told["uploadsQueueUrl"], MessageBody="no event at all")

    def refuse_the_secret(self) -> None:
        calls = self.ocr.calls
        self.ocr.replies.append(failure(30503107, "很抱歉,订单余额不足"))
        self.stack.drop("refused.png", picture(4))
        until(lambda: self.ocr.calls > calls, 20, "the call that is refused")
        until(lambda: self.state("OperatorFailuresAlarm") == "ALARM", 70, "the alarm on a refused secret")

    def make_a_line(self) -> threading.Event:
        """Calls that take as long as one likes, and more uploads than may be under way."""
        release = threading.Event()
        self.ocr.before_answer = lambda: bool(release.wait(60)) and None
        self.hasten("CeilingReachedAlarm", EvaluationPeriods=1)
        self.hasten("OldestUploadAlarm", EvaluationPeriods=1, Threshold=3)
        for number in range(LINE):
            self.stack.drop(f"line/{number}.png", picture(10 + number))
        return release


@pytest.fixture(scope="module")
def watched(serving: Callable[[OcrApiStandIn], AbstractContextManager[OcrApiStandIn]]) -> Iterator[Watched]:
    """A stack that all of it happened to, one thing after the other."""
    with serving(OcrApiStandIn()) as ocr:
        watched = Watched(ocr)
        try:
            watched.all_goes_well()
            watched.lose_an_event()
            watched.lose_a_connection()
            watched.bring_garbage()
            release = watched.make_a_line()
            try:
                until(lambda: watched.state("CeilingReachedAlarm") == "ALARM", 30, "the alarm on the line")
                until(lambda: watched.state("OldestUploadAlarm") == "ALARM", 30, "the alarm on the oldest")
            finally:
                release.set()
            watched.refuse_the_secret()
            yield watched
        finally:
            watched.stack.end()


def test_no_alarm_goes_off_while_all_goes_well(watched: Watched) -> None:
    """After an upload that nothing happened to, every alarm is quiet."""
    assert set(watched.before) == set(watched.names)
    assert "ALARM" not in watched.before.values()


@pytest.mark.parametrize("alarm", ALARMS, ids=ALARMS.values())
def test_an_alarm_goes_off(watched: Watched, alarm: str) -> None:
    """What it warns of happened, and it is in state ALARM, or was and history says so."""

    def went_off() -> bool:
        history = watched.cloudwatch.describe_alarm_history(AlarmName=watched.names[alarm])["AlarmHistoryItems"]
        return watched.state(alarm) == "ALARM" or any("to ALARM" in item["HistorySummary"] for item in history)

    until(went_off, 70, alarm)


def test_what_is_logged_as_a_period_ends_is_judged_all_the_same(watched: Watched) -> None:
    """A line that arrives when the period of its metric is over sets its alarm off."""
    watch = {"Namespace": "late", "MetricName": "Late", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    direction = {"Threshold": 0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching"}
    watched.cloudwatch.put_metric_alarm(AlarmName="late", **watch, **direction)
    a_period_ago = int((time.time() - 60) * 1000)
    directive = {"Namespace": "late", "Dimensions": [[]], "Metrics": [{"Name": "Late", "Unit": "Count"}]}
    line = json.dumps({"_aws": {"Timestamp": a_period_ago, "CloudWatchMetrics": [directive]}, "Late": 1})
    watched.log("late", [line])
    (alarm,) = watched.cloudwatch.describe_alarms(AlarmNames=["late"])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"

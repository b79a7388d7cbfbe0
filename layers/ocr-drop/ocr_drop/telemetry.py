"""Logs and metrics: keys, counts, codes and durations, never text, bytes or secrets."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "ocr-drop")
"""The stack's name: the one dimension of each metric."""

NAMESPACE = "ocr-drop"

METRICS = (
    "UploadRecognized",
    "UploadFailed",
    "UploadWaiting",
    "UploadSuperseded",
    "CallAnswered",
    "CallOutcomeUnknown",
    "AnswerReused",
    "OperatorFailure",
    "Defect",
    "MessageBuried",
    "UploadReleased",
    "UploadMissing",
)
"""Every count that is emitted; alarms may watch these and no others."""

TIMES = ("FetchTime", "FitTime", "CallTime", "StoreTime", "UploadTime")
"""Every duration that is emitted, in milliseconds: of the steps that take time, and of an upload's whole way."""


class Telemetry:
    """One logger and one set of metrics, safe to use from several threads."""

    def __init__(self) -> None:
        self._logger = Logger(service=SERVICE)
        self._metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
        self._lock = threading.Lock()

    def count(self, metric: str, times: int = 1) -> None:
        """Count one of `METRICS`."""
        if metric not in METRICS:
            raise ValueError(f"{metric} is not among the metrics")
        if times == 0:
            return
        with self._lock:
            self._metrics.add_metric(name=metric, unit=MetricUnit.Count, value=times)

    @contextmanager
    def timed(self, metric: str) -> Iterator[None]:
        """Measure what is done inside as one of `TIMES`, also when it fails."""
        if metric not in TIMES:
            raise ValueError(f"{metric} is not among the times")
        begun = time.perf_counter()
        try:
            yield
        finally:
            milliseconds = round((time.perf_counter() - begun) * 1000, 1)
            with self._lock:
                self._metrics.add_metric(name=metric, unit=MetricUnit.Milliseconds, value=milliseconds)

    def info(self, message: str, **facts: Any) -> None:
        """Log something that went as it should."""
        self._logger.info(message, stacklevel=3, **facts)

    def warning(self, message: str, **facts: Any) -> None:
        """Log something that somebody may want to look at."""
        self._logger.warning(message, stacklevel=3, **facts)

    def defect(self, error: BaseException, **facts: Any) -> None:
        """Log an error of our own, loudly, by its type and place.

        Its text and its values stay out: they could hold what was recognized, or a secret.
        """
        places = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        self._logger.error("defect", stacklevel=3, error=type(error).__name__, places=places, **facts)
        self.count("Defect")

    def flush(self) -> None:
        """Write the counts of this invocation."""
        with self._lock:
            if self._metrics.metric_set:
                self._metrics.flush_metrics()

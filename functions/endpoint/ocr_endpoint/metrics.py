"""What the endpoint counts, in Prometheus' text format. Numbers and codes only: no app, no caller, no text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ocr_endpoint.calls import Reply

BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Metrics:
    """Answers by HTTP status and code, and how long those of the engine took, waiting included."""

    _answers: Counter[tuple[int, int]] = field(default_factory=Counter)
    _within: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    _seconds: float = 0.0
    _recognized: int = 0

    def answered(self, reply: Reply) -> None:
        """Count an answer; what the API says of itself has no code, and is none."""
        if "code" in reply.body:
            self._answers[reply.status, reply.body["code"]] += 1

    def recognized(self, seconds: float) -> None:
        """Count an image that the engine was given, and the seconds from its coming to its answer."""
        self._recognized += 1
        self._seconds += seconds
        for number, bound in enumerate(BUCKETS):
            self._within[number] += seconds <= bound

    def text(self, gauges: Mapping[str, int]) -> str:
        """The page that Prometheus reads; `gauges` are what is so at this moment."""
        name = "ocr_endpoint_recognition_seconds"
        lines = [
            "# HELP ocr_endpoint_answers_total Answers by HTTP status and code.",
            "# TYPE ocr_endpoint_answers_total counter",
        ]
        for (status, code), count in sorted(self._answers.items()):
            lines.append(f'ocr_endpoint_answers_total{{status="{status}",code="{code}"}} {count}')
        lines += [f"# HELP {name} Seconds from an image's coming to its answer.", f"# TYPE {name} histogram"]
        lines += [f'{name}_bucket{{le="{bound}"}} {n}' for bound, n in zip(BUCKETS, self._within, strict=True)]
        lines += [f'{name}_bucket{{le="+Inf"}} {self._recognized}', f"{name}_sum {self._seconds:.6f}"]
        lines += [f"{name}_count {self._recognized}"]
        for gauge, value in gauges.items():
            lines += [f"# TYPE ocr_endpoint_{gauge} gauge", f"ocr_endpoint_{gauge} {value}"]
        return "\n".join(lines) + "\n"

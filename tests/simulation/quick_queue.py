"""The queues of the simulation for hundreds of messages: when the next is visible is reckoned only after a change."""

from __future__ import annotations

from typing import Any

from simulation.fakes.sqs import Sqs


class QuickSqs(Sqs):
    """As `Sqs`, whose every look at the next message goes through all of them."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._next: dict[str, float | None] = {}

    def next_visible(self, url: str) -> float | None:
        if url not in self._next:
            self._next[url] = super().next_visible(url)
        return self._next[url]

    def send_message(self, **asked: Any) -> dict[str, Any]:
        self._next.clear()
        return super().send_message(**asked)

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        self._next.clear()
        return super().receive_message(**asked)

    def delete_message(self, **asked: Any) -> dict[str, Any]:
        self._next.clear()
        return super().delete_message(**asked)

    def change_message_visibility(self, **asked: Any) -> dict[str, Any]:
        self._next.clear()
        return super().change_message_visibility(**asked)

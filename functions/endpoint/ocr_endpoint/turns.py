"""Recognitions running and waiting: a few threads, a short line before them, and a no to whoever comes beyond it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ocr_endpoint.calls import Reply, busy


class Turns:
    """At most `workers` images are read at one time, and `waiting` more wait for their turn. One event loop asks."""

    def __init__(self, answer: Callable[[bytes], Reply], workers: int, waiting: int) -> None:
        self._answer = answer
        self._threads = ThreadPoolExecutor(workers, "call")
        self._workers, self._places = workers, workers + waiting
        self._inside = 0

    @property
    def running(self) -> int:
        """Images that are read now."""
        return min(self._inside, self._workers)

    @property
    def waiting(self) -> int:
        """Images whose turn has not come."""
        return self._inside - self.running

    def check_room(self) -> None:
        """Raise Rejected (429) when every place is taken."""
        if self._inside >= self._places:
            raise busy()

    def enter(self, image: bytes) -> asyncio.Future[Reply]:
        """The engine's answer, once its turn has come; cancelled before that, its place is free again."""
        self.check_room()
        self._inside += 1
        job = self._threads.submit(self._answer, image)
        loop = asyncio.get_running_loop()
        job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._leave))
        return asyncio.wrap_future(job)

    def _leave(self) -> None:
        self._inside -= 1

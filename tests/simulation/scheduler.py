"""One thing at a time: environments are threads, but only the one that holds the baton runs.

Every operation on the world is a point before its effect and a point after it. At a point the scheduler decides who
goes on; when nobody can, the clock jumps to the next moment at which somebody can. So a run is decided by its
schedule alone, and the same schedule is the same run, on any machine.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

MOST_POINTS = 60_000
"""A run with more points than this will never come to rest."""


class Death(BaseException):
    """The environment's process ends here: nothing catches it, and nothing that it does has any effect any more."""


class NeverAtRest(AssertionError):
    """The world goes on and on: something is tried for ever."""


@dataclass(eq=False)
class Task:
    """One invocation: it may run from `ready_at` on, and is killed when the clock passes `deadline`."""

    name: str
    work: Callable[[], None]
    ended: Callable[[bool], None]
    ready_at: float
    deadline: float
    dead: bool = False
    gate: threading.Lock = field(default_factory=threading.Lock)


class Scheduler:
    """The baton, the clock, and what is to happen when. `poll` may start tasks; it tells when to be asked again."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.points = 0
        self.poll: Callable[[], float | None] = lambda: None
        self.current: Task | None = None
        self._tasks: list[Task] = []
        self._moments: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._broken: BaseException | None = None
        self._main = threading.Lock()
        self._main.acquire()

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Let something happen to the world at a moment."""
        heapq.heappush(self._moments, (moment, next(self._numbers), action))

    def start(self, name: str, work: Callable[[], None], ended: Callable[[bool], None], seconds: float) -> None:
        """Start an invocation that may last so many seconds; `ended` learns whether it died."""
        task = Task(name, work, ended, self.now, self.now + seconds)
        task.gate.acquire()
        self._tasks.append(task)
        _carrier().carry(lambda: self._carry(task))

    def run(self) -> None:
        """Let the world go on until it rests: nobody has anything to do any more."""
        if task := self._next():
            task.gate.release()
            self._main.acquire()
        if self._broken:
            raise self._broken

    def pause(self, seconds: float) -> None:
        """The current task waits; others go on."""
        assert self.current
        self.current.ready_at = self.now + max(seconds, 0.0)
        self.give_way()

    def die(self) -> None:
        """The current task's process ends."""
        assert self.current
        self.current.dead = True
        raise Death

    def behind_the_others(self) -> None:
        """From now on the current task goes on only when no other can."""
        assert self.current
        self._tasks.remove(self.current)
        self._tasks.append(self.current)

    def give_way(self) -> None:
        """A point: whoever is to go on goes on; comes back when it is the caller's turn again, or kills it."""
        task = self.current
        assert task
        self.check_alive(task)
        self.points += 1
        chosen = self._next()
        if chosen is not task:
            assert chosen
            chosen.gate.release()
            task.gate.acquire()
        self.current = task
        self.check_alive(task)

    def check_alive(self, task: Task) -> None:
        """Kill a task whose time is over, and one that was dead already."""
        if task.dead or self.now >= task.deadline:
            task.dead = True
            raise Death

    def _next(self) -> Task | None:
        """Who goes on; None when the world rests. The first that is ready is the one: the order is the schedule's."""
        try:
            return self._choose()
        except BaseException as error:  # noqa: BLE001 - whatever breaks the world is raised to whoever runs it
            self._broken = self._broken or error
        for task in self._tasks:
            task.dead = True
        return self._tasks[0] if self._tasks else None

    def _choose(self) -> Task | None:
        if self._broken:
            raise self._broken
        if self.points > MOST_POINTS:
            raise NeverAtRest(f"still going on after {self.points} points")
        while True:
            while self._moments and self._moments[0][0] <= self.now:
                heapq.heappop(self._moments)[2]()
            polled = self.poll()
            for task in self._tasks:
                if task.ready_at <= self.now or task.deadline <= self.now:
                    return task
            upcoming = [min(task.ready_at, task.deadline) for task in self._tasks]
            upcoming += [self._moments[0][0]] if self._moments else []
            upcoming += [polled] if polled is not None else []
            if not upcoming:
                return None
            self.now = max(self.now, min(upcoming))

    def _carry(self, task: Task) -> threading.Lock:
        """A task's life in its thread: wait for the baton, work; gives the gate of whoever goes on."""
        task.gate.acquire()
        self.current = task
        try:
            self.check_alive(task)
            task.work()
            died = False
        except Death:
            died = True
        except BaseException as error:  # noqa: BLE001 - whatever breaks the world is raised to whoever runs it
            self._broken = self._broken or error
            died = True
        self._tasks.remove(task)
        try:
            task.ended(died)
        except BaseException as error:  # noqa: BLE001 - as above
            self._broken = self._broken or error
        chosen = self._next()
        return chosen.gate if chosen else self._main


class _Carrier:
    """A thread that is used again and again: starting one costs more than a whole upload."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._gate.acquire()
        self._work: Callable[[], threading.Lock]
        threading.Thread(target=self._live, daemon=True, name="simulated environment").start()

    def carry(self, work: Callable[[], threading.Lock]) -> None:
        self._work = work
        self._gate.release()

    def _live(self) -> None:
        while True:
            self._gate.acquire()
            gate = self._work()
            _idle.append(self)  # before the baton is handed on: from then on others start tasks
            gate.release()


_idle: list[_Carrier] = []


def _carrier() -> _Carrier:
    return _idle.pop() if _idle else _Carrier()

"""Processes that each do one task at a time. One that dies or takes too long costs its task only;
all of them end with the process that started them, however that ends.
"""

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import connection, get_context
from pathlib import Path

from course import memory
from course.files import remove

LOOK = 0.5  # seconds between two looks whether the one that started it still lives
FORK = get_context("fork")  # so that each has torch and the exercises from its start


@dataclass(frozen=True)
class Lost:
    """What came of a task that gave no result: why, in words."""

    why: str


@dataclass(frozen=True)
class Limits:
    """What one task may take: seconds by the clock; bytes of memory beyond what is there."""

    seconds: float
    memory: int = 6_000_000_000


class Pool:
    """`jobs` processes; `scratch` is a folder that goes with the last of them."""

    def __init__(self, jobs: int, scratch: Path):
        self.jobs, self.scratch, self.idle, self.busy = jobs, scratch, [], {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in [*self.idle, *self.busy]:
            worker.kill()

    def results(self, function: Callable, tasks: list[tuple], limits: Limits) -> Iterator:
        """The place of a task in the list and its result, or why it is `Lost`, as they come."""
        waiting = list(enumerate(tasks))[::-1]
        while waiting or self.busy:
            while waiting and len(self.busy) < self.jobs:
                self._give(*waiting.pop(), function, limits)
            yield from self._ready()

    def _give(self, place: int, task: tuple, function: Callable, limits: Limits) -> None:
        worker = self._living() or Worker(self.scratch)
        worker.give(function, task, limits)
        self.busy[worker] = place

    def _living(self) -> "Worker | None":
        """One that is idle, if it was not killed while it was."""
        while self.idle:
            worker = self.idle.pop()
            if worker.process.is_alive():
                return worker
            worker.kill()

    def _ready(self) -> Iterator:
        by_channel = {worker.channel: worker for worker in self.busy}
        first = min(worker.until for worker in self.busy)
        ready = connection.wait(by_channel, max(first - time.monotonic(), 0))
        late = [one for one in self.busy if one.until <= time.monotonic()]
        for worker in {*map(by_channel.get, ready), *late}:
            place, result = self.busy.pop(worker), worker.result()
            if worker.is_well:
                self.idle.append(worker)
            yield place, result


class Worker:
    """A process of the pool, from the outside."""

    def __init__(self, scratch: Path):
        self.channel, theirs = FORK.Pipe()
        start = (theirs, self.channel, os.getpid(), scratch)
        self.process = FORK.Process(target=_work, args=start)
        self.process.start()
        theirs.close()
        self.is_well = True

    def give(self, function: Callable, task: tuple, limits: Limits) -> None:
        self.limits, self.until = limits, time.monotonic() + limits.seconds
        self.channel.send((function, task, limits))

    def result(self):
        """What it sent; why there is none."""
        try:
            if self.channel.poll():
                return self.channel.recv()
            why = f"it was not done after {self.limits.seconds:g} s"
        except (EOFError, OSError):
            why = "the process that did it died"
        self.kill()
        return Lost(why)

    def kill(self) -> None:
        self.is_well = False
        self.process.kill()
        self.process.join()
        self.channel.close()


# In the processes.


def _work(channel, others, parent: int, scratch: Path) -> None:
    # Ctrl-C reaches all processes of a terminal; it is the main one's to end the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    others.close()
    threading.Thread(target=end_with, args=(parent, scratch), daemon=True).start()
    try:
        while True:
            channel.send(_done(*channel.recv()))
    except (EOFError, OSError):
        pass


def end_with(parent: int, scratch: Path) -> None:
    """Nothing else would tell a process that the one that started it was killed."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    remove(scratch)
    os._exit(1)


def _done(function: Callable, task: tuple, limits: Limits):
    # Soft, as what is started from here has bounds of its own.
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (memory.held() + limits.memory, hard))
    try:
        return function(*task)
    except Exception as error:
        return Lost(f"{type(error).__name__}: {error}")

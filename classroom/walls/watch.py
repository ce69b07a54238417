"""Sees to it, from outside, that a job keeps to its bounds: all of its processes are counted."""

import select
import socket
import time
from collections.abc import Callable

import psutil

from classroom.records.job import Bounds, End
from classroom.walls import walls

POLL = 0.2  # seconds between two looks
SHARE = 4  # a look that takes long is taken more rarely: the processes of a whole machine are read
LONGEST = 0.5  # seconds after which there is one all the same
LARGEST_REPLY = 16_000_000  # bytes
PART = 1 << 20


class Watch:
    """Reads the reply of a job. `family` finds its processes, `own` is the memory in bytes that
    was theirs at the start; `has_ended` says whether the first of them is dead.
    """

    def __init__(self, bounds: Bounds, family: Callable, own: int, has_ended: Callable):
        self.bounds, self.family, self.own, self.has_ended = bounds, family, own, has_ended
        self.until = time.monotonic() + bounds.clock
        self.next = time.monotonic() + POLL

    def read(self, channel: socket.socket) -> tuple[bytes, End | None]:
        """All that comes until the other end is closed, or a bound is broken, which is said."""
        reply = bytearray()
        while len(reply) <= LARGEST_REPLY:
            if broken := self._look():
                return b"", broken
            if select.select([channel], [], [], max(self.next - time.monotonic(), 0))[0]:
                part = _received(channel)
                if not part:
                    return bytes(reply), None
                reply += part
            elif self.has_ended():
                return bytes(reply), None  # another process holds its end
        return b"", End.FLOOD

    def _look(self) -> End | None:
        """When it is time, whatever comes meanwhile: by one byte after the other, nobody keeps
        this from looking.
        """
        start = time.monotonic()
        if start < self.next:
            return None
        broken = self._broken(self.family())
        took = time.monotonic() - start
        self.next = time.monotonic() + min(max(POLL, SHARE * took), LONGEST)
        return broken

    def _broken(self, processes: list[psutil.Process]) -> End | None:
        """The limits of walls.py hold for one process each; here all of them are counted."""
        if time.monotonic() > self.until or _sum(processes, _busy) > self.bounds.seconds:
            return End.TIME
        if len(processes) > walls.PROCESSES:
            return End.CROWD
        most = self.bounds.memory + self.own
        # The first is quick, and never too little.
        if _sum(processes, _resident) > most and held(processes) > most:
            return End.MEMORY
        return None


def _received(channel: socket.socket) -> bytes:
    """Nothing from a process that died with its job unread."""
    try:
        return channel.recv(PART)
    except ConnectionError:
        return b""


def held(processes: list[psutil.Process]) -> int:
    """Bytes in memory of all kinds; what several processes share, shared memory too, is divided
    among them.
    """
    return _sum(processes, _proportional if psutil.LINUX else _resident)


def _proportional(process) -> int:
    seen = process.memory_full_info()
    return seen.pss + seen.swap


def _resident(process) -> int:
    """What two processes share counts for each."""
    return process.memory_info().rss


def _busy(process) -> float:
    """Seconds of processor time that it and the children it has buried have taken."""
    return sum(process.cpu_times()[:4])


def _sum(processes, measure) -> float:
    return sum(_measured(one, measure) for one in processes)


def _measured(process, measure) -> float:
    """Nothing of a process that has ended meanwhile."""
    try:
        return measure(process)
    except (psutil.Error, OSError):
        return 0

"""A process that has loaded torch once and forks itself for every exercise that is to be tried.

It holds no exercise: what it forks cannot find a right answer in its memory. Run as a program,
within walls:

    python -m classroom.server ROOT USER

It reads jobs from standard input and writes what became of them to standard output, in frames.
"""

import gc
import os
import select
import signal
import sys
import time
from pathlib import Path

import psutil

from classroom import walls, worker
from classroom.frames import receive, send
from classroom.records import Bounds, End, Ending, Ready
from course import memory

LARGEST_REPLY = 64_000_000
POLL = 0.05  # seconds
LINGER = 0.1  # seconds that a process gets to end by itself after it closed its channel
STANDARD = (0, 1, 2)


def serve(root: Path | None, user: int) -> None:
    # The learner's code inherits the standard channels, so they lead nowhere from here on.
    jobs, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    for standard in STANDARD:
        os.dup2(os.open(os.devnull, os.O_RDWR), standard)
    send(replies, Ready(walled=root is not None))
    while job := receive(jobs, Bounds):
        send(replies, *run(*job, root, user))


def run(bounds: Bounds, body: bytes, root: Path | None, user: int) -> tuple[Ending, bytes]:
    """Fork, wait, kill all that is left.

    Says how it ended, and the reply.
    """
    read, write = os.pipe()
    child = _fork_apart() if root else os.fork()
    if child == 0:
        os.close(read)
        _be_the_child(bounds, body, write, root, user)
    # Else the pipe would never end here: this process itself could still write to it.
    os.close(write)
    watch = Watch(bounds)
    reply = watch.read(read)
    os.close(read)
    status = end(child, patience=0.0 if reply or watch.ended else LINGER)
    return Ending(watch.ended or (End.DONE if reply else End.DIED), status), reply


def _fork_apart() -> int:
    """Fork into a process namespace: it sees its own processes only, and all die with it."""
    # A process keeps its namespace; only its next children start in the new one. So it goes back
    # after each, and the next job gets a new one.
    here = os.open("/proc/self/ns/pid", os.O_RDONLY)
    walls.checked(walls.libc.unshare(walls.CLONE_NEWPID))
    child = os.fork()
    if child:
        walls.checked(walls.libc.setns(here, walls.CLONE_NEWPID))
    os.close(here)
    return child


def _be_the_child(bounds: Bounds, body: bytes, write: int, root: Path | None, user: int) -> None:
    """Never returns."""
    code = 1
    held = memory.held()  # asked outside, where /proc is
    try:
        # A group of its own, which can be killed as a whole.
        os.setsid()
        # The grader ignores Ctrl-C; the learner's code meets it as in a notebook.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _close_all_but(write)
        if root:
            walls.enter(root, user)
        else:
            walls.refuse(Path(bounds.folder))
            os.chdir(bounds.folder)
        walls.limit(held + bounds.memory, int(bounds.seconds) + 1, bool(root))
        _write_all(write, worker.work(body))
        code = 0
    finally:
        # Not sys.exit: that would run what the learner's code left for the end, and go on as
        # another server if something caught it.
        os._exit(code)


def _close_all_but(kept: int) -> None:
    """The next jobs and the other replies are no business of the learner's code."""
    os.closerange(STANDARD[-1] + 1, kept)
    os.closerange(kept + 1, 65_536)


def _write_all(write: int, data: bytes) -> None:
    while data:
        data = data[os.write(write, data[:65_536]) :]


class Watch:
    """Reads the reply of a child and sees to it that it keeps to its bounds: `seconds` of
    processor time, `clock` by the clock, and its memory.
    """

    def __init__(self, bounds: Bounds):
        self.bounds, self.until = bounds, time.monotonic() + bounds.clock
        self.ended: End | None = None

    def read(self, channel: int) -> bytes:
        """All that the child writes, until it closes its end or breaks a bound."""
        parts, size = [], 0
        while self.ended is None:
            if not select.select([channel], [], [], POLL)[0]:
                self._look()
                continue
            part = os.read(channel, 1 << 20)
            if not part:
                return b"".join(parts)
            parts.append(part)
            size += len(part)
            if size > LARGEST_REPLY:
                self.ended = End.FLOOD
        return b""

    def _look(self) -> None:
        """The limits of walls.py hold for one process each; here all of them are counted."""
        processes = family()
        if time.monotonic() > self.until or sum(map(busy, processes)) > self.bounds.seconds:
            self.ended = End.TIME
        elif len(processes) > walls.PROCESSES:
            self.ended = End.CROWD
        elif sum(map(private, processes)) > self.bounds.memory:
            self.ended = End.MEMORY


def family() -> list[psutil.Process]:
    """All processes that came from this one, also those that tried to leave."""
    return psutil.Process().children(recursive=True)


def private(process: psutil.Process) -> int:
    """Bytes of memory that a process shares with nobody, roughly."""
    try:
        return max(0, _unshared(process) - OWN)
    except psutil.Error:
        return 0


def _unshared(process: psutil.Process) -> int:
    seen = process.memory_info()
    return seen.rss - getattr(seen, "shared", 0)


def busy(process: psutil.Process) -> float:
    """Seconds of processor time that a process has taken."""
    try:
        taken = process.cpu_times()
        return taken.user + taken.system
    except psutil.Error:
        return 0.0


def end(child: int, patience: float) -> int:
    """Kill the child and all that came from it; its exit status, negative for a signal."""
    until, ended = time.monotonic() + patience, 0
    while not ended and time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.002)
    if not ended:
        _kill(child)
        ended, status = os.waitpid(child, 0)
    # Again and again: one that forks may have got away while its parent was killed.
    while left := family():
        for process in left:
            _kill(process.pid)
        _reap()
    return os.waitstatus_to_exitcode(status)


def _kill(pid: int) -> None:
    """The group that a process leads, if it does, and the process."""
    for how in (os.killpg, os.kill):
        try:
            how(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def _reap() -> None:
    """Bury the orphans that fell to this process; unburied they would still count as family."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def main() -> None:
    place, user = sys.argv[1:]
    root = None if place == walls.NOWHERE else Path(place)
    if root:
        walls.build(root)
    elif sys.platform == "linux":
        walls.adopt_orphans()
    gc.disable()  # to look for garbage meanwhile takes a sixth of the time
    worker.warm_up()
    gc.collect()
    gc.freeze()  # or the first collection in a fork copies every page
    gc.enable()
    serve(root, int(user))


OWN = max(0, _unshared(psutil.Process()))

if __name__ == "__main__":
    main()

"""A process that has loaded torch once and forks itself for every exercise that is to be tried.

It holds no exercise: what it forks cannot find a right answer in its memory. Run as a program,
within walls:

    python -m classroom.server ROOT USER

It reads jobs from standard input and writes what became of them to standard output, in frames.
"""

import ctypes
import gc
import os
import select
import signal
import sys
import time
from pathlib import Path

import psutil

from checker.sandbox import PATIENCE
from classroom import walls, worker
from classroom.frames import receive, send

LARGEST_REPLY = 64_000_000
POLL = 0.05  # seconds


def serve(root: Path | None, user: int) -> None:
    jobs, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    for standard in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), standard)
    send(replies, {"ready": root is not None})
    while job := receive(jobs):
        send(replies, *run(*job, root, user))


def run(head: dict, body: bytes, root: Path | None, user: int) -> tuple[dict, bytes]:
    """Fork, wait, kill all that is left.

    Says how it ended ("done" or one of examine.ENDS), and the reply.
    """
    read, write = os.pipe()
    child = _fork_apart() if root else os.fork()
    if child == 0:
        os.close(read)
        _be_the_child(head, body, write, root, user)
    os.close(write)
    watch = Watch(child, head["seconds"], head["memory"])
    reply = watch.read(read)
    os.close(read)
    status = end(child, patience=0.0 if reply or watch.ended else 0.1)
    return {"end": watch.ended or ("done" if reply else "died"), "status": status}, reply


def _fork_apart() -> int:
    """Fork into a process namespace of its own: it sees no process but its own, and all of them
    die with it.
    """
    here = os.open("/proc/self/ns/pid", os.O_RDONLY)
    walls._check(walls.libc.unshare(walls.NEWPID))
    child = os.fork()
    if child:
        walls._check(walls.libc.setns(here, walls.NEWPID))
    os.close(here)
    return child


def _be_the_child(head, body, write, root, user):
    """Never returns."""
    code, held = 1, walls.held()
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _close_all_but(write)
        if root:
            walls.enter(root, user)
        else:
            walls.refuse(head["hidden"])
            os.chdir(head["folder"])
        walls.limit(held + head["memory"], int(head["seconds"]) + 1, bool(root))
        _write_all(write, worker.work(body))
        code = 0
    finally:
        os._exit(code)


def _close_all_but(kept: int) -> None:
    os.closerange(3, kept)
    os.closerange(kept + 1, 65_536)


def _write_all(write: int, data: bytes) -> None:
    while data:
        data = data[os.write(write, data[:65_536]) :]


class Watch:
    """Reads the reply of a child and sees to it that it keeps to its time and memory: `seconds`
    of processor time, and a few times as long by the clock.
    """

    def __init__(self, child: int, seconds: float, memory: int):
        self.child, self.seconds, self.memory = child, seconds, memory
        self.until = time.monotonic() + PATIENCE * seconds
        self.ended = None

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
                self.ended = "flood"
        return b""

    def _look(self) -> None:
        processes = family()
        if time.monotonic() > self.until or sum(map(busy, processes)) > self.seconds:
            self.ended = "time"
        elif len(processes) > walls.PROCESSES:
            self.ended = "crowd"
        elif sum(map(private, processes)) > self.memory:
            self.ended = "memory"


def family() -> list[psutil.Process]:
    """All processes that came from this one, also those that tried to leave."""
    return psutil.Process().children(recursive=True)


def private(process: psutil.Process) -> int:
    """Bytes of memory that a process shares with nobody, roughly."""
    try:
        seen = process.memory_info()
        return max(0, seen.rss - getattr(seen, "shared", 0) - OWN)
    except psutil.Error:
        return 0


def busy(process: psutil.Process) -> float:
    """Seconds of processor time that a process has taken."""
    try:
        taken = process.cpu_times()
        return taken.user + taken.system
    except psutil.Error:
        return 0.0


def end(child: int, patience: float) -> int:
    """Kill the child and all that came from it; its exit status, negative for the signal that it
    died of.
    """
    until, ended = time.monotonic() + patience, 0
    while not ended and time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.002)
    if not ended:
        _kill(child)
        ended, status = os.waitpid(child, 0)
    while left := family():
        for process in left:
            _kill(process.pid)
        _reap()
    return os.waitstatus_to_exitcode(status)


def _kill(pid: int) -> None:
    for how in (os.killpg, os.kill):
        try:
            how(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def _reap() -> None:
    """Bury the orphans that fell to this process."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def main() -> None:
    root, user = sys.argv[1:]
    if root != "-":
        walls.build(Path(root))
    elif sys.platform == "linux":
        # Orphans fall to this process, so that it can kill them.
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    gc.disable()  # to look for garbage meanwhile takes a sixth of the time
    worker.warm_up()
    # Frozen, or the first collection in a fork copies every page.
    (gc.collect(), gc.freeze(), gc.enable())
    serve(Path(root) if root != "-" else None, int(user))


OWN = max(0, (lambda seen: seen.rss - getattr(seen, "shared", 0))(psutil.Process().memory_info()))

if __name__ == "__main__":
    main()

"""A process that has loaded torch once and forks itself for every exercise that is to be tried.

It holds no exercise, and it never reads a word of a student: what comes with a request is an open
channel, over which the forked process hears its job from the grader itself. So a learner's code
finds neither a right answer nor another student's text in its memory. Run as a program, within
walls:

    python -m classroom.walls.server ROOT CLOSED...
"""

import gc
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path

import psutil

from classroom.records.job import Bounds
from classroom.records.record import receive
from classroom.walls import system_calls, walls, worker
from course import memory

STANDARD = (0, 1, 2)
LINGER = 0.1  # seconds that a process gets to end by itself after it closed its channel
# What passes between the grader and the server: signs of one byte, and numbers.
READY, TRY, END, KILL = b"!", b"t", b"e", b"k"
NUMBER = struct.Struct("<q")


def serve(control: socket.socket, root: Path | None) -> None:
    """Fork for every request; until the grader closes its end, which ends this process and with it
    all in its namespace.
    """
    control.sendall(READY)
    while channel := socket.recv_fds(control, len(TRY), 1)[1]:
        child = _fork_apart() if root else os.fork()
        if child == 0:
            control.close()
            _be_the_child(socket.socket(fileno=channel[0]), root)
        os.close(channel[0])
        control.sendall(NUMBER.pack(child))
        patient = control.recv(len(END)) == END
        control.sendall(NUMBER.pack(end(child, LINGER * patient, root)))


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


def _be_the_child(learner: socket.socket, root: Path | None) -> None:
    """Never returns."""
    code = 1
    held = memory.held()  # asked outside, where /proc is
    try:
        # A group of its own, which can be killed as a whole.
        os.setsid()
        # The grader ignores Ctrl-C; the learner's code meets it as in a notebook.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with learner.makefile("rb") as channel:
            bounds = receive(channel, Bounds)
            _go_inside(bounds, held, root)
            job = channel.read()
        learner.sendall(worker.work(job))
        code = 0
    finally:
        # Not sys.exit: that would run what the learner's code left for the end, and go on as
        # another server if something caught it.
        os._exit(code)


def _go_inside(bounds: Bounds, held: int, root: Path | None) -> None:
    if root:
        walls.enter(root)
    else:
        walls.refuse(Path(bounds.folder))
        os.chdir(bounds.folder)
    walls.limit(held + bounds.memory, int(bounds.seconds) + 1, bool(root))
    walls.refuse_calls(bool(root))


def end(child: int, patience: float, root: Path | None) -> int:
    """Kill the child and all that came from it; its exit status, negative for a signal."""
    until, ended = time.monotonic() + patience, 0
    while not ended and time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0.002 * (not ended))
    if not ended:
        _kill(child)
        ended, status = os.waitpid(child, 0)
    if root is None:
        _kill_orphans()  # of a namespace nothing is left
    return os.waitstatus_to_exitcode(status)


def _kill_orphans() -> None:
    """Again and again: one that forks may have got away while its parent was killed."""
    while left := psutil.Process().children(recursive=True):
        for process in left:
            _kill(process.pid)
        _reap()


def _kill(pid: int) -> None:
    """The group that a process leads, if it does, and the process."""
    for how in (os.killpg, os.kill):
        try:
            how(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def _reap() -> None:
    """Bury the orphans that fell to this process; unburied they would still count as children."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _standard_channels() -> socket.socket:
    """The one to the grader is standard input; the learner's code inherits what leads nowhere."""
    control = socket.socket(fileno=os.dup(STANDARD[0]))
    for standard in STANDARD:
        os.dup2(os.open(os.devnull, os.O_RDWR), standard)
    return control


def main() -> None:
    place, *closed = sys.argv[1:]
    del sys.argv[1:]  # names of folders are no business of the learner's code either
    root = None if place == walls.NOWHERE else Path(place)
    if root:
        walls.build(root, list(map(Path, closed)))
    elif sys.platform == "linux":
        walls.adopt_orphans()
    system_calls.leave_keyring()
    control = _standard_channels()
    gc.disable()  # to look for garbage meanwhile takes a sixth of the time
    worker.warm_up()
    gc.collect()
    gc.freeze()  # or the first collection in a fork copies every page
    gc.enable()
    serve(control, root)


if __name__ == "__main__":
    main()

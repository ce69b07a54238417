"""The grader's end of the wall: starts the server, puts a job to it, and reads what comes back."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from classroom.records.job import Bounds, End, Ending, Job
from classroom.records.record import dumps, send
from classroom.walls import server, walls, watch
from course.files import remove
from course.paths import ROOT

# All that the server gets of the grader's environment: what Python and its libraries need to
# start. One thread: a fork keeps no others, and as many learners compute at once as there are
# jobs.
KEPT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
SET = {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
LATE = 30.0  # seconds without an answer after which a server is given up


class Walled:
    """The process that forks for every exercise; started when needed, and again if it died. The
    `closed` files and folders are not seen from within its walls.
    """

    def __init__(self, scratch: Path, closed: tuple[Path, ...] = ()):
        self.process, self.scratch, self.closed = None, scratch, closed
        self.ends = set()  # how jobs have ended

    def start(self) -> None:
        """Raises RuntimeError where the server does not start."""
        self.close()
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = self._started(theirs)
        if self.control.recv(len(server.READY)) != server.READY:
            raise RuntimeError(
                "The server does not start. To see why:"
                f" `python -m classroom.walls.server {walls.NOWHERE}`"
            )
        self.server = psutil.Process(self.process.pid)
        if walls.prefix(self.closed):
            self.server = self.server.children()[0]  # the program `unshare` is in between
        self.own = watch.held([self.server])

    def _started(self, theirs: socket.socket) -> subprocess.Popen:
        return subprocess.Popen(
            self._command(),
            cwd=ROOT,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | SET,
            start_new_session=True,  # Ctrl-C in the terminal is the main process's alone
        )

    def _command(self) -> list[str]:
        prefix = walls.prefix(self.closed)
        root = tempfile.mkdtemp(dir=self.scratch) if prefix else walls.NOWHERE
        closed = map(str, self.closed)
        return [*(prefix or []), sys.executable, "-m", "classroom.walls.server", root, *closed]

    def ask(self, job: Job, bounds: Bounds) -> tuple[Ending, bytes]:
        """How the job ended, and its reply."""
        if self.process is None:
            self.start()
        with self._folder() as folder:
            try:
                how, reply = self._answer(job, bounds.within(folder))
            except OSError:  # the server is gone, or does not answer: killed it may be
                self.start()
                how, reply = Ending(End.DIED, "the server died"), b""
        self.ends.add(how.end)
        return how, reply

    @contextlib.contextmanager
    def _folder(self):
        """Without walls, where the learner's code writes; it may leave there what it likes."""
        if walls.prefix(self.closed):
            yield ""
            return
        folder = tempfile.mkdtemp(dir=self.scratch)
        yield folder
        remove(Path(folder))

    def _answer(self, job: Job, bounds: Bounds) -> tuple[Ending, bytes]:
        """Raises OSError where the server is gone."""
        learner, theirs = socket.socketpair()
        self.control.settimeout(LATE)
        with theirs:
            socket.send_fds(self.control, [server.TRY], [theirs.fileno()])
        child = self._number()
        with learner:
            learner.settimeout(LATE)
            _tell(learner, bounds, job)
            seen = watch.Watch(bounds, self._family, self.own, lambda: self._is_dead(child))
            reply, broken = seen.read(learner)
        self.control.sendall(server.KILL if broken else server.END)
        status = self._number()
        return Ending(broken or (End.DONE if reply else End.DIED), status), reply

    def _number(self) -> int:
        told = self.control.recv(server.NUMBER.size, socket.MSG_WAITALL)
        if len(told) < server.NUMBER.size:
            raise ConnectionError
        return server.NUMBER.unpack(told)[0]

    def _family(self) -> list[psutil.Process]:
        """All processes that came from the server, also those that tried to leave."""
        return self.server.children(recursive=True)

    def _is_dead(self, child: int) -> bool:
        """Within walls nothing outlives it, and its number is another there."""
        if walls.prefix(self.closed):
            return False
        return psutil.Process(child).status() == psutil.STATUS_ZOMBIE

    def close(self) -> None:
        """End the server, and with it all that came from it."""
        if self.process is not None:
            self.control.close()
            self.process.kill()
            self.process.wait()


def _tell(learner: socket.socket, bounds: Bounds, job: Job) -> None:
    try:
        with learner.makefile("wb") as channel:
            send(channel, bounds)
            channel.write(dumps(job).encode())
        learner.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # its process is dead already; what comes back says so

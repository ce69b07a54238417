"""Starts a hub for trying, on loopback, and sees to it that nothing of it is left afterwards."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from classroom.hub.client import Hub
from course.paths import ROOT

HERE = Path(__file__).parent
PROGRAM = ROOT / ".venv-classroom" / "bin" / "jupyterhub"
STARTING, ENDING = 120, 20  # seconds


class Running:
    """A hub that runs. `password` lets a person in, under any of the names."""

    def __init__(self, folder: Path, students: list[str], seconds: float):
        self.ports = free_ports(3)
        self.password = secrets.token_hex(4)
        self.log = folder / "hub.log"
        token = secrets.token_hex(16)
        self.hub = Hub(f"http://127.0.0.1:{self.ports[1]}", token)
        told = {
            "CLASSROOM_FOLDER": str(folder),
            "CLASSROOM_PORTS": " ".join(map(str, self.ports)),
            "CLASSROOM_STUDENTS": " ".join(students),
            "CLASSROOM_PASSWORD": self.password,
            "CLASSROOM_TOKEN": token,
            "CLASSROOM_SECONDS": str(seconds),
        }
        self.process = self._started(folder, os.environ | told)
        self.family = {}

    def _started(self, folder: Path, environment: dict[str, str]) -> subprocess.Popen:
        """In a session of its own, so that Ctrl-C does not reach it before it is asked to end."""
        command = [str(PROGRAM), "--config", str(HERE / "jupyterhub_config.py")]
        with open(self.log, "w", encoding="utf-8") as log:
            return subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Until it answers. Raises TimeoutError or RuntimeError with the end of its log."""
        until = time.monotonic() + STARTING
        while not self.hub.is_up():
            if self.process.poll() is not None or time.monotonic() > until:
                said = self.log.read_text(encoding="utf-8")[-2000:]
                raise RuntimeError(f"The hub does not start.\n{said}")
            time.sleep(0.3)

    def processes(self) -> list[psutil.Process]:
        """The hub and all that it started; remembered, so that they are found when it is gone."""
        with contextlib.suppress(psutil.NoSuchProcess):
            mine = psutil.Process(self.process.pid)
            self.family |= {one.pid: one for one in [mine, *mine.children(recursive=True)]}
        return [one for one in self.family.values() if one.is_running()]

    def end(self) -> int:
        """Ask it to end, then see to it; how many processes are left, which is 0."""
        self.processes()
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING)
        for one in self.processes():
            with contextlib.suppress(psutil.Error):
                one.kill()
        self.process.wait()
        _, left = psutil.wait_procs(
            [one for one in self.processes() if one.pid != self.process.pid], 5
        )
        return len(left)


@contextlib.contextmanager
def running(folder: Path, students: list[str], seconds: float):
    """A hub for a while.

    A signal that ends this program ends the hub; if even that fails, it ends by itself.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    trial = Running(folder, students, seconds)
    try:
        trial.wait()
        yield trial
    finally:
        left = trial.end()
        print(f"The hub is down, {left} of its processes are left.")


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def memory(process: psutil.Process) -> int:
    """Bytes that would be free without it: shared pages are divided among those who share."""
    with contextlib.suppress(psutil.Error):
        seen = process.memory_full_info()
        return getattr(seen, "pss", None) or seen.uss
    return 0

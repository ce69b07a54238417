"""Run a command whose kernels start at once: `python -m authoring.kernel_server COMMAND ...`.

To load torch, its compiler and matplotlib takes longer than most cells. They are loaded here,
once, and every kernel named "warm" that the command starts is a fork: a process of its own, with
one thread, as if it had loaded them itself.
"""

import gc
import json
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

STANDARD = (0, 1, 2)
LENGTH = struct.Struct(">Q")
FIRST = {  # read on loading
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or it warns of nothing that matters here
}


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--kernel"]:
        return ask(*arguments[1:])
    from course import command_line  # `ask` is started as a file, and finds nothing of ours

    parser = command_line.parser("authoring.kernel_server", __doc__)
    command = command_line.command(parser, arguments)
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder))
        return run(command, Path(folder))


def run(command: list[str], folder: Path) -> int:
    """Run the command, and its kernels as forks where they can be; the command's status."""
    told = os.environ | {"JUPYTER_PATH": str(folder)}
    if sys.platform != "linux":
        return subprocess.run(command, env=told).returncode
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{folder}/door")
        door.listen()
        # The command first: it gets going while all is loaded here.
        return serve(door, subprocess.Popen(command, env=told))


def install(folder: Path) -> None:
    """The kernel "warm", where Jupyter looks for it; a common one where what is loaded may not
    survive a fork.
    """
    asking = [sys.executable, "-P", __file__, "--kernel", f"{folder}/door"]
    common = [sys.executable, "-m", "ipykernel_launcher", "-f"]
    home = folder / "kernels" / "warm"
    home.mkdir(parents=True)
    spec = {
        "argv": [*(asking if sys.platform == "linux" else common), "{connection_file}"],
        "display_name": "warm",
        "language": "python",
        # Jupyter knows the process of `ask` alone; a signal would not reach the fork.
        "interrupt_mode": "message",
    }
    (home / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def ask(door: str, connection: str) -> int:
    """What Jupyter starts: it asks for a fork that takes its place, and lasts as long."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(door)
        place = json.dumps([connection, os.getcwd(), dict(os.environ)]).encode()
        # With the standard channels that Jupyter gave this process, for the fork to take over.
        socket.send_fds(caller, [LENGTH.pack(len(place))], STANDARD)
        caller.sendall(place)
        caller.recv(1)  # nothing ever comes; it returns when the fork has ended
        return 0


def serve(door: socket.socket, command: subprocess.Popen) -> int:
    """Fork a kernel for each that asks, until the command ends; its status."""
    load()
    while command.poll() is None:
        if select.select([door], [], [], 0.1)[0]:
            caller, _ = door.accept()
            if os.fork() == 0:
                become_kernel(caller)
            # Else `ask` would not notice that the fork has ended: this end would still be open.
            caller.close()
    return command.returncode


def load() -> None:
    """What nearly every notebook loads."""
    # ipykernel looks for this process and ends when it is gone.
    os.environ |= FIRST | {"JPY_PARENT_PID": str(os.getpid())}
    gc.disable()  # to look for garbage meanwhile takes a sixth of the time
    import ipykernel.debugger  # noqa: F401
    import ipykernel.kernelapp  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import torch._dynamo  # noqa: F401

    gc.collect()
    gc.freeze()  # no kernel searches these for garbage
    gc.enable()


def become_kernel(caller: socket.socket) -> None:
    """Never returns."""
    from ipykernel.kernelapp import launch_new_instance

    os.setsid()  # as Jupyter does it: an interrupt here is nobody else's
    connection = take_place(caller)
    last_as_long_as(caller)
    try:
        launch_new_instance(argv=["-f", connection])
    finally:
        # Whatever it raised: never back into `serve`, as a second server on the same door.
        os._exit(0)


def take_place(caller: socket.socket) -> str:
    """Standard channels, folder and environment of the one that asked; its connection file."""
    length, standard, *_ = socket.recv_fds(caller, LENGTH.size, len(STANDARD))
    place = caller.recv(*LENGTH.unpack(length), socket.MSG_WAITALL)
    connection, folder, environment = json.loads(place)
    for given, own in zip(standard, STANDARD, strict=True):
        os.dup2(given, own)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    del sys.path[0]  # the folder of the command
    return connection


def last_as_long_as(caller: socket.socket) -> None:
    """Jupyter kills only what it started itself: end when that is gone."""
    threading.Thread(target=_end_with, args=[caller], daemon=True).start()


def _end_with(caller: socket.socket) -> None:
    caller.recv(1)  # nothing ever comes; it returns when the other side has ended
    # Not sys.exit, which ends the thread only.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

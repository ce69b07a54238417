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
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

STANDARD = (0, 1, 2)
FIRST = {  # read on loading
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or it warns of nothing that matters here
}


def main(command: list[str]) -> int:
    if command[:1] == ["--kernel"]:
        return ask(*command[1:])
    if not command:
        print("Say which command to run: python -m authoring.kernel_server COMMAND ...")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder))
        return run(command, Path(folder))


def run(command: list[str], folder: Path) -> int:
    """Run the command where it finds the kernel, and serve its kernels where they are forks; its
    status.
    """
    told = os.environ | {"JUPYTER_PATH": str(folder)}
    if sys.platform != "linux":
        return subprocess.run(command, env=told).returncode
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(f"{folder}/door")
        door.listen()
        return serve(door, subprocess.Popen(command, env=told))


def install(folder: Path) -> None:
    """The kernel "warm", where Jupyter looks for it; a common one where what is loaded may not
    survive a fork.
    """
    asking = [sys.executable, "-P", __file__, "--kernel", f"{folder}/door"]
    common = [sys.executable, "-m", "ipykernel_launcher", "-f"]
    home = folder / "kernels" / "warm"
    home.mkdir(parents=True)
    spec = {"argv": [*(asking if sys.platform == "linux" else common), "{connection_file}"]}
    spec |= {"display_name": "warm", "language": "python", "interrupt_mode": "message"}
    (home / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def ask(door: str, connection: str) -> int:
    """What Jupyter starts: it asks for a fork that takes its place, and lasts as long."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(door)
        place = json.dumps([connection, os.getcwd(), dict(os.environ)]).encode()
        socket.send_fds(caller, [len(place).to_bytes(8, "big")], STANDARD)
        caller.sendall(place)
        return len(caller.recv(1))  # nothing comes: the fork has ended


def serve(door: socket.socket, command: subprocess.Popen) -> int:
    """Fork a kernel for each that asks, until the command ends; its status."""
    load()
    while command.poll() is None:
        if select.select([door], [], [], 0.1)[0]:
            caller, _ = door.accept()
            if os.fork() == 0:
                become_kernel(caller)
            caller.close()
    return command.returncode


def load() -> None:
    """What nearly every notebook loads. A kernel ends when this process does."""
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
    from ipykernel.kernelapp import launch_new_instance

    os.setsid()  # as Jupyter does it: an interrupt here is nobody else's
    size, standard, *_ = socket.recv_fds(caller, 8, len(STANDARD))
    connection, folder, environment = json.loads(
        caller.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
    )
    for given, own in zip(standard, STANDARD, strict=True):
        os.dup2(given, own)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    del sys.path[0]  # the folder of the command
    last_as_long_as(caller)
    try:
        launch_new_instance(argv=["-f", connection])
    finally:
        os._exit(0)


def last_as_long_as(caller: socket.socket) -> None:
    """Jupyter kills only what it started itself: end when that is gone."""
    threading.Thread(target=lambda: os._exit(len(caller.recv(1))), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

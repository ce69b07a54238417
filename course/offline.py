"""Run a command with the network blocked: `python -m course.offline COMMAND ...`.

Where the system permits it, the command gets a network of its own in which only loopback exists.
Elsewhere the kernels that it starts refuse every connection that leaves the machine.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from course import command_line

NAMESPACES = (["unshare", "--net"], ["unshare", "--map-root-user", "--net"])
# Of Linux, netdevice(7): read and set the flags of an interface, given by its name.
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
REQUEST = struct.Struct("16sh14x")
INSIDE = [sys.executable, "-m", "course.offline", "--inside"]
REFUSAL = '''\
"""Refuse every connection that leaves this machine."""

import ipaddress
import socket


def refuse(socket_, address, connect=socket.socket.connect):
    if socket_.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
        raise ConnectionRefusedError(f"the network is blocked here: no connection to {address[0]}")
    return connect(socket_, address)


def is_loopback(host):
    is_address = host[:1].isdigit() or ":" in host
    return host == "localhost" or is_address and ipaddress.ip_address(host).is_loopback


socket.socket.connect = refuse
'''


def namespace() -> list[str] | None:
    """The command that starts another in a network of its own; None where there cannot be one."""
    return next((prefix for prefix in NAMESPACES if works(prefix)), None)


def works(prefix: list[str]) -> bool:
    if not shutil.which(prefix[0]):
        return False
    return subprocess.run([*prefix, *INSIDE, "true"], capture_output=True).returncode == 0


def raise_loopback() -> None:
    """As `ip link set lo up`, which is not installed everywhere."""
    import fcntl  # not on Windows

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        answer = fcntl.ioctl(channel, SIOCGIFFLAGS, REQUEST.pack(b"lo", 0))
        _, flags = REQUEST.unpack(answer)
        fcntl.ioctl(channel, SIOCSIFFLAGS, REQUEST.pack(b"lo", flags | IFF_UP))


def refusing_profile(folder: Path) -> dict[str, str]:
    """An environment whose IPython kernels start with the refusal above."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-offline.py").write_text(REFUSAL, encoding="utf-8")
    return {**os.environ, "IPYTHONDIR": str(folder)}


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--inside"]:
        # Kernels talk to their client over loopback, which is down in a new network.
        raise_loopback()
        os.execvp(arguments[1], arguments[1:])
    parser = command_line.parser("course.offline", __doc__)
    return run(command_line.command(parser, arguments), namespace())


def run(command: list[str], prefix: list[str] | None) -> int:
    if prefix:
        print(
            "Network blocked: the command has a network of its own with loopback only.", flush=True
        )
        return subprocess.run([*prefix, *INSIDE, *command]).returncode
    print("Network blocked in kernels only: this system permits no network namespace.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, env=refusing_profile(Path(folder))).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

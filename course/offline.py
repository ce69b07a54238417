"""Run a command with the network blocked: `python -m course.offline COMMAND ...`.

Where the system permits it, the command gets a network of its own in which only loopback exists.
Elsewhere the kernels that it starts refuse every connection that leaves the machine.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMESPACES = (["unshare", "--net"], ["unshare", "--map-root-user", "--net"])
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
    """The command that starts another in a network of its own; None where the system does not
    permit one.
    """
    return next((prefix for prefix in NAMESPACES if works(prefix)), None)


def works(prefix: list[str]) -> bool:
    if not shutil.which(prefix[0]):
        return False
    return subprocess.run([*prefix, *INSIDE, "true"], capture_output=True).returncode == 0


def raise_loopback() -> None:
    """Bring the loopback interface up, as `ip link set lo up` does, which is not installed
    everywhere.
    """
    import fcntl
    import socket
    import struct

    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack("16xh14x", fcntl.ioctl(channel, get_flags, request))
        fcntl.ioctl(channel, set_flags, struct.pack("16sh14x", b"lo", flags | up))


def refusing_profile(folder: Path) -> dict[str, str]:
    """An environment whose IPython kernels start with the refusal above."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-offline.py").write_text(REFUSAL, encoding="utf-8")
    return {**os.environ, "IPYTHONDIR": str(folder)}


def main(command: list[str]) -> int:
    if command[:1] == ["--inside"]:
        raise_loopback()
        os.execvp(command[1], command[1:])
    if not command:
        print("Say which command to run: python -m course.offline COMMAND ...")
        return 2
    return run(command, namespace())


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

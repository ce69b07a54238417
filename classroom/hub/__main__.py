"""Try a whole classroom on this machine: `python -m classroom.hub [--students 3] [--stay 30]`, or
`make classroom`.

Starts a JupyterHub with nbgrader on loopback and lets simulated students go through a term on it.
With `--stay` it is open for so many minutes afterwards, to look around as the teacher or as a
student. Then everything ends, and the temporary folder is removed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from classroom.hub import course, server
from classroom.hub.term import NUMBER, Term
from course import command_line


def trial(folder: Path, count: int, window: float, minutes: float, stay: float) -> None:
    students = [f"student{n:02}" for n in range(1, count + 1)]
    key = course.lay_out(folder, students, [NUMBER])
    limit = 60 * minutes
    with server.running(folder, students, limit + 60 * stay + 60) as running:
        Term(folder, running.hub, key, window, time.monotonic() + limit).run()
        report(running)
        look_around(running, stay)


def report(running) -> None:
    used = {one.pid: (one, server.memory(one)) for one in running.processes()}
    servers = [
        size for one, size in used.values() if "jupyterhub-singleuser" in " ".join(one.cmdline())
    ]
    print(
        f"{len(servers)} servers, {sum(servers) / len(servers) / 1e6:.0f} MB each; "
        f"with hub and proxy {sum(size for _, size in used.values()) / 1e9:.1f} GB"
    )


def look_around(running, minutes: float) -> None:
    if not minutes:
        return
    address = running.hub.address
    print(
        f"Open {address} for {minutes:g} minutes, as teacher or student01, password"
        f" {running.password}."
    )
    print("Ctrl-C ends it.")
    print(f"The formgrader: {address}/user/teacher/formgrader")
    try:
        time.sleep(60 * minutes)
    except KeyboardInterrupt:
        print()


def arguments() -> argparse.ArgumentParser:
    parser = command_line.parser("classroom.hub", __doc__)
    parser.add_argument(
        "--students", type=command_line.count, default=3, help="how many to simulate"
    )
    parser.add_argument(
        "--window",
        type=command_line.duration,
        default=5.0,
        help="seconds in which all of them submit",
    )
    parser.add_argument(
        "--minutes",
        type=command_line.duration,
        default=10.0,
        help="longest that the term may take",
    )
    parser.add_argument(
        "--stay",
        type=command_line.duration,
        default=0.0,
        help="minutes that the hub stays open afterwards",
    )
    return parser


def main(given: list[str] | None = None) -> int:
    asked = arguments().parse_args(given)
    if not server.PROGRAM.exists():
        print("JupyterHub is not set up: `make classroom` does that.")
        return 2
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        try:
            home = Path(folder).resolve()
            trial(home, asked.students, asked.window, asked.minutes, asked.stay)
        except (TimeoutError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(f"\n{error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

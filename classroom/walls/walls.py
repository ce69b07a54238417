"""The walls around a learner's code: what it cannot see, reach or use up.

Where the system permits (Linux, as root or with user namespaces), the code lives in namespaces of
its own: no network, no process but its own, no memory that others share, and a file system of
which it sees Python, the packages, `utils`, `checker` and the data, all of it read-only, and one
empty folder to write to. Elsewhere only the limits hold, and Python itself refuses connections and
the course's own files, which stops accidents and not an attack.
"""

import ctypes
import functools
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from checker import own_code
from classroom.walls import system_calls
from course import offline
from course.paths import DATA, ROOT

# --fork: the program itself becomes process 1 of the new process namespace, and --kill-child ends
# it with `unshare`, so that no server outlives a grader that is killed.
FLAGS = ["--net", "--ipc", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
PREFIXES = (["unshare", *FLAGS], ["unshare", "--map-root-user", *FLAGS])
# All that is shown. Of the system and of Python's own place no more than the libraries: a course,
# submissions and keys may lie below /usr, too.
SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo")
FOLDERS = ("lib", "lib64", "share/fonts")
COURSE = [*(ROOT / room for room in own_code.SHOWN), DATA]
DEVICES = [Path("/dev") / name for name in ("null", "zero", "urandom", "random")]


def _libraries() -> list[Path]:
    """Where Python finds what it imports, and the libraries beside that."""
    prefixes = [
        Path(prefix) / name for prefix in (sys.base_prefix, sys.prefix) for name in FOLDERS
    ]
    elsewhere = [Path(place) for place in sys.path if place and Path(place) != ROOT]
    return [path for path in [*prefixes, *elsewhere] if path.exists()]


PYTHON = _libraries()
SHOWN = [*map(Path, SYSTEM), *PYTHON, *COURSE, *DEVICES]
# The one folder that a learner's code may write to hides what lies in it, so not /tmp where the
# course or its Python is there itself.
IN_TMP = any(path.is_relative_to("/tmp") for path in [*PYTHON, *COURSE])
WRITABLE = "/scratch" if IN_TMP else "/tmp"
NOWHERE = "-"  # said in the place of a root, where there are no walls
PROCESSES = 32
SCRATCH = 64_000_000  # bytes in files
OPEN_FILES = 256
# Users that exist nowhere else, a new one for each exercise: what a learner's code may do to its
# own processes it may do to no others, and what the system keeps for a user meets no second one.
FIRST_USER, USERS = 1_000_000, 1_000_000

# Numbers of Linux that Python 3.11 has no names for: mount(2), unshare(2), prctl(2), capset(2).
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_NOATIME, MS_NODIRATIME, MS_BIND = 32, 1024, 2048, 4096
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID = 0x0002_0000, 0x0800_0000, 0x2000_0000
PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 24, 36, 38
CAPABILITIES = 64  # there are fewer; to drop one that is not there does no harm
CAPABILITY_VERSION_3 = 0x2008_0522
# What a mount of the host may have, and a user namespace may not take away when it mounts again.
LOCKED = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME
libc = ctypes.CDLL(None, use_errno=True)


@functools.cache
def prefix(closed: tuple[Path, ...] = ()) -> list[str] | None:
    """The command that starts another within walls; None where the system does not permit them, or
    where they would show one of the `closed` files and folders.
    """
    return next((one for one in PREFIXES if not _why_not(one, closed)), None)


def why_none(closed: tuple[Path, ...] = ()) -> str:
    """Why there are no walls, in words."""
    return _why_not(PREFIXES[-1], closed)


def _why_not(command, closed) -> str:
    """What is wrong with walls that this command makes: nothing where they can be built, entered
    (a container may permit the one without the other), and hide what they must.
    """
    if os.environ.get("COURSE_NO_NAMESPACES") or sys.platform != "linux":
        return "this system permits no namespaces"
    if not shutil.which("unshare"):
        return "there is no program `unshare` here"
    with tempfile.TemporaryDirectory() as root:
        probe = [*command, sys.executable, "-m", "classroom.walls.walls", root, *map(str, closed)]
        done = subprocess.run(probe, capture_output=True, text=True, cwd=ROOT)
    said = done.stdout.strip()
    return said or ("this system permits no namespaces" if done.returncode else "")


def checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(what, where, kind=None, flags=0, options=None) -> None:
    texts = [text and str(text).encode() for text in (what, where, kind)]
    checked(libc.mount(*texts, flags, options and options.encode()))


def build(root: Path, closed: list[Path]) -> None:
    """Lay out under `root` all that a learner's code may see, and nothing of what is closed. Runs
    once, in the namespaces.
    """
    # So that nothing that is mounted here shows outside.
    _mount(None, "/", flags=MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", options="size=1m,mode=755")
    steps = [(path, _hide) for path in [ROOT, *closed]] + [(path, _show) for path in SHOWN]
    # From the top down: what is closed within what is shown, and what is shown within that.
    for path, step in sorted(steps, key=lambda one: len(one[0].parts)):
        step(path, root)
    for name in (WRITABLE, "/proc"):
        (root / name.lstrip("/")).mkdir(exist_ok=True)
    # Last, for until now the places to mount on had to be made in it.
    for path in [ROOT, *closed]:
        _no_more(_place(path, root))
    _no_more(root)


def _place(path: Path, root: Path) -> Path:
    return root / str(path).lstrip("/")


def _hide(path: Path, root: Path) -> None:
    """An empty folder or file over one that would be seen."""
    place = _place(path, root)
    if place.is_dir():
        _mount("tmpfs", place, "tmpfs", options="size=1m,mode=755")
    elif place.exists():
        _mount("/dev/null", place, flags=MS_BIND)


def _no_more(place: Path) -> None:
    if place.is_mount():
        _mount(None, place, flags=MS_REMOUNT | MS_BIND | MS_RDONLY)


def _show(path: Path, root: Path) -> None:
    """Bind a file or folder read-only at its own place under `root`; a link stays a link."""
    place = _place(path, root)
    if place.exists() or not path.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        place.symlink_to(os.readlink(path))
        return
    if path.is_dir():
        place.mkdir()
    else:
        place.touch()
    _mount(path, place, flags=MS_BIND)
    # Only a second mount makes a bind read-only. A device is written to.
    if path not in DEVICES:
        _mount(None, place, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | _locked(path))


def _locked(path) -> int:
    """The kernel refuses to mount again without them."""
    return os.statvfs(path).f_flag & LOCKED


def enter(root: Path) -> None:
    """Go inside for good: a fresh folder, a user who is nobody else, no privilege left."""
    # Mounts, shared memory and queues of its own, so that what one learner's code leaves is gone
    # with it.
    checked(libc.unshare(CLONE_NEWNS | CLONE_NEWIPC))
    _mount("tmpfs", root / WRITABLE.lstrip("/"), "tmpfs", options=f"size={SCRATCH},mode=1777")
    os.chroot(root)
    # A folder outside that is still open as the current one would be a way out.
    os.chdir(WRITABLE)
    _drop(FIRST_USER + secrets.randbelow(USERS))


def _drop(user: int) -> None:
    # While it still may: then no program that it starts gives any back.
    for capability in range(CAPABILITIES):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    try:
        # Groups before the user, who may not change them.
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    except OSError:
        _drop_capabilities()  # a user namespace in which there is nobody else
    checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _drop_capabilities() -> None:
    header, nothing = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    checked(libc.capset(header, nothing))


def adopt_orphans() -> None:
    """Without a process namespace: orphans fall to this process, which can find and kill them."""
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def limit(memory: int, seconds: int, walled: bool) -> None:
    """Bound what one process may use: bytes of address space, seconds of processor time."""
    limits = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": SCRATCH,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,  # a crash writes no gigabytes
    }
    if walled:
        # Counted by user: outside walls that is the teacher, with all their programs.
        limits["RLIMIT_NPROC"] = PROCESSES
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))


def refuse_calls(walled: bool) -> None:
    """Refuse what the kernel would do for a learner's code and the walls do not hold. Without
    walls the code has the teacher's rights, so it may send no signals; and as no number of
    processes can be bounded there, it may start none.
    """
    more = () if walled else system_calls.SIGNALS
    system_calls.refuse([*system_calls.ALWAYS, *more])
    if not walled:
        system_calls.refuse_processes()


def refuse(writable: Path) -> None:
    """Without namespaces: an audit hook, which nobody can take out, refuses network and files."""
    exec(compile(offline.REFUSAL, "<offline>", "exec"), {})
    closed = hidden(shown=[*PYTHON, *COURSE, writable])
    folders = tuple(os.path.join(os.path.realpath(path), "") for path in closed)

    def watch(event, arguments):
        if event == "open" and os.path.realpath(str(arguments[0])).startswith(folders):
            raise PermissionError("this file is not here while grading")

    sys.addaudithook(watch)


def hidden(shown: list[Path]) -> list[Path]:
    """The folders of the clone in which nothing of what is shown lies."""
    folders = [path for path in ROOT.iterdir() if path.is_dir()]
    return [path for path in folders if not any(one.is_relative_to(path) for one in shown)]


def closed_rooms() -> list[Path]:
    """Of the course what no learner's code may see."""
    return hidden(shown=COURSE + PYTHON)


def visible(closed: list[Path]) -> list[Path]:
    """Those of the closed files and folders that are there. A folder that only leads to something
    shown is not counted.
    """
    return [path for path in closed if path.is_file() or _holds_more(path)]


def _holds_more(folder: Path) -> bool:
    """Whether anything is in a folder but what is shown inside it, and the way there."""
    places = [*SHOWN, Path(WRITABLE), Path("/proc")]
    inner = [path for path in places if path.is_relative_to(folder) and path != folder]
    there = list(folder.iterdir()) if folder.is_dir() else []
    return not all(any(_on_one_way(path, one) for one in inner) for path in there)


def _on_one_way(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def main() -> None:
    """Try the walls, and say what they would show that they must not."""
    root, *closed = map(Path, sys.argv[1:])
    closed += closed_rooms()
    build(root, closed)
    enter(root)
    if seen := visible(closed):
        print(f"{seen[0]} could be seen through them")


if __name__ == "__main__":
    main()

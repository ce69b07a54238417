"""The walls around a learner's code: what it cannot see, reach or use up.

Where the system permits (Linux, as root or with user namespaces), the code lives in namespaces of
its own: no network, no process but its own, and a file system of which it sees Python, the
packages and `utils` without the exercises, all of it read-only, and one empty folder to write to.
Elsewhere only the limits hold, and Python itself refuses connections and the course's own files,
which stops accidents and not an attack.
"""

import ctypes
import functools
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

from course import offline
from course.paths import ROOT

FLAGS = ["--net", "--ipc", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
PREFIXES = (["unshare", *FLAGS], ["unshare", "--map-root-user", *FLAGS])
COURSE = (
    Path(sys.base_prefix),
    Path(sys.prefix),
    *(ROOT / room for room in ("utils", "checker", "data")),
)
# The one folder that a learner's code may write to hides what lies in it, so not /tmp where the
# course is there itself.
WRITABLE = "/scratch" if any(path.is_relative_to("/tmp") for path in COURSE) else "/tmp"
DEVICES = ("null", "zero", "urandom", "random")
PROCESSES = 32
SCRATCH = 64_000_000  # bytes in files
OPEN_FILES = 256

MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
NEWNS, NEWPID = 0x20000, 0x20000000
NO_NEW_PRIVILEGES, DROP_BOUND, DIE_WITH_PARENT = 38, 24, 1
libc = ctypes.CDLL(None, use_errno=True)


@functools.cache
def prefix() -> list[str] | None:
    """The command that starts another within walls; None where the system does not permit them."""
    if (
        os.environ.get("COURSE_NO_NAMESPACES")
        or sys.platform != "linux"
        or not shutil.which("unshare")
    ):
        return None
    return next((one for one in PREFIXES if _works(one)), None)


def _works(command) -> bool:
    probe = [*command, sys.executable, "-m", "classroom.walls"]
    return subprocess.run(probe, capture_output=True, cwd=ROOT).returncode == 0


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(what, where, kind=None, flags=0, options=None) -> None:
    texts = [text and str(text).encode() for text in (what, where, kind)]
    _check(libc.mount(*texts, flags, options and options.encode()))


def build(root: Path) -> None:
    """Lay out under `root` all that a learner's code may see. Runs once, in the namespaces."""
    _mount(None, "/", flags=MS_REC | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", options="size=1m,mode=755")
    for path in _visible():
        _show(path, root)
    for name in (WRITABLE, "/proc"):
        (root / name.lstrip("/")).mkdir(exist_ok=True)
    _mount(None, root, flags=MS_REMOUNT | MS_BIND | MS_RDONLY)


def _visible() -> list[Path]:
    """Programs, libraries, Python and its packages, the course's `utils` and data, and the
    plainest devices.
    """
    system = [Path(name) for name in ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache")]
    return [
        path
        for path in [*system, *COURSE, *(Path("/dev") / name for name in DEVICES)]
        if path.exists()
    ]


def _show(path: Path, root: Path) -> None:
    """Bind a file or folder read-only at its own place under `root`; a link stays a link."""
    place = root / str(path).lstrip("/")
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        place.symlink_to(os.readlink(path))
        return
    place.mkdir() if path.is_dir() else place.touch()
    _mount(path, place, flags=MS_BIND)
    if path.parent != Path("/dev"):
        _mount(None, place, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | _locked(path))


def _locked(path) -> int:
    """Flags that a user namespace must keep: nosuid, nodev, noexec and the like."""
    return os.statvfs(path).f_flag & (2 | 4 | 8 | 1024 | 2048)


def _hide(folder: Path) -> None:
    _mount("tmpfs", folder, "tmpfs", flags=MS_RDONLY, options="size=4k,mode=555")


def enter(root: Path, user: int) -> None:
    """Go inside, for good: a fresh folder to write to, another user where there is one, no
    privilege left.
    """
    _check(libc.unshare(NEWNS))
    _mount("tmpfs", root / WRITABLE.lstrip("/"), "tmpfs", options=f"size={SCRATCH},mode=1777")
    os.chroot(root)
    os.chdir(WRITABLE)
    _drop(user)


def _drop(user: int) -> None:
    for capability in range(64):
        libc.prctl(DROP_BOUND, capability, 0, 0, 0)
    try:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    except OSError:
        _drop_capabilities()  # a user namespace in which there is nobody else
    _check(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))


def _drop_capabilities() -> None:
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _check(libc.capset(header, nothing))


def held() -> int:
    """Bytes of address space that this process has, gigabytes with torch.

    To be asked outside, where /proc is.
    """
    pages = (
        int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
        if Path("/proc/self/statm").exists()
        else 0
    )
    return pages * resource.getpagesize()


def limit(memory: int, seconds: int, walled: bool) -> None:
    """Bound what one process may use: `memory` in bytes of address space, processor time in
    seconds.
    """
    limits = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": SCRATCH,
        "RLIMIT_NOFILE": OPEN_FILES,
    }
    limits |= {"RLIMIT_CORE": 0} | ({"RLIMIT_NPROC": PROCESSES} if walled else {})
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))


def refuse(folders: list[str]) -> None:
    """Without namespaces: refuse the network and the course's files by an audit hook, which cannot
    be taken out.
    """
    exec(compile(offline.REFUSAL, "<offline>", "exec"), {})
    folders = tuple(folders)

    def watch(event, arguments):
        if event == "open" and os.path.realpath(str(arguments[0])).startswith(folders):
            raise PermissionError("this file is not here while grading")

    sys.addaudithook(watch)


if __name__ == "__main__":
    import tempfile

    folder = Path(tempfile.mkdtemp())
    build(folder)
    enter(folder, 65_534)

"""What a learner's code finds behind the walls, looked at from both sides."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import linux_only  # noqa: F401
import psutil
import pytest

from classroom.records.job import Bounds, End, Job
from classroom.records.spliced import Step
from classroom.walls import serialization, system_calls, walls
from classroom.walls.client import Walled
from course.paths import ROOT

MARK = "the canary's own words " + os.urandom(8).hex()
BOUNDS = Bounds(seconds=9.0, clock=30.0, memory=1_000_000_000)
needs_walls = pytest.mark.skipif(walls.prefix() is None, reason="this system permits no walls")


def job(source: str) -> Job:
    """Runs a source, and asks what `answer` is then."""
    steps = [Step(cell=0, source=source)]
    return Job("0.2", "answer", 0, False, 9.0, 9.0, steps, [], None)


def value(reply: bytes):
    claim = json.loads(reply)
    assert claim["value"] is not None, claim
    return serialization.decode(claim["value"])


def asked(walled: Walled, source: str):
    how, reply = walled.ask(job(source), BOUNDS)
    assert how.end == End.DONE
    return value(reply)


@pytest.fixture(scope="module", params=["walls", "no walls"])
def walled(request, tmp_path_factory):
    if request.param == "walls" and walls.prefix() is None:
        pytest.skip("this system permits no walls")
    patch = pytest.MonkeyPatch()
    patch.setenv("COURSE_SECRET", "the teacher's")
    if request.param == "no walls":
        patch.setattr(walls, "prefix", lambda closed=(): None)
    one = Walled(tmp_path_factory.mktemp("scratch"))
    one.start()
    yield one
    one.close()
    patch.undo()


def holds(process: psutil.Process, words: bytes) -> bool:
    """Whether they stand anywhere in the memory that a process can write to."""
    with open(f"/proc/{process.pid}/maps") as maps, open(f"/proc/{process.pid}/mem", "rb") as mem:
        for line in maps:
            start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if rights[1] == "w" and words in _read(mem, int(start, 16), int(end, 16)):
                return True
    return False


def _read(memory, start: int, end: int) -> bytes:
    try:
        memory.seek(start)
        return memory.read(end - start)
    except (OSError, OverflowError):
        return b""


def seen_while(walled: Walled, source: str) -> list[bool]:
    """Whether the server and all that came from it hold the canary's words, while a job runs."""
    found = []
    thread = threading.Thread(target=walled.ask, args=(job(source), BOUNDS))
    thread.start()
    while not (family := walled.server.children(recursive=True)):
        time.sleep(0.01)
    time.sleep(1.0)
    for process in [*family, walled.server]:
        found.append(holds(process, MARK.encode()))
    thread.join()
    return found


def test_no_process_holds_the_words_of_another_student(walled):
    sleep = "import time\ntime.sleep(7)\nanswer = 1"
    try:
        assert holds(psutil.Process(), MARK.encode())  # the search finds what is there
        own = seen_while(walled, f"text = {MARK!r} * 9\n{sleep}")
    except PermissionError:
        pytest.skip("this system lets nobody read another's memory")
    assert own == [True, False]
    assert asked(walled, f"kept = [{MARK!r} + str(n) for n in range(9_999)]\nanswer = 1") == 1
    assert seen_while(walled, sleep) == [False, False]


def test_the_environment_is_empty_but_for_what_is_needed(walled):
    names = asked(walled, "import os\nanswer = list(os.environ)")
    assert "COURSE_SECRET" not in names
    known = "PATH LD_LIBRARY_PATH PYTHONHOME PYTHONPATH LANG LC_CTYPE HOME TMPDIR COURSE_PROGRESS"
    ours = {*known.split(), "OMP_NUM_THREADS", "MKL_NUM_THREADS", "MPLCONFIGDIR"}
    assert {name for name in names if not name.startswith(("KMP", "TORCH"))} <= ours


REFUSED = {
    "memory in a file": "os.memfd_create('x')",
    "shared memory": "libc.shmget(1, 64, 0o1666)",
    "a queue": "libc.msgget(1, 0o1666)",
    "semaphores": "libc.semget(1, 1, 0o1666)",
    "a named queue": "libc.mq_open(b'/x', 0o102, 0o666, None)",
    "a key": f"libc.syscall({system_calls.known().get('keyctl', -1)}, 0, -3, 0)",
    "a namespace": "libc.unshare(0x10000000)",
    "to look into another": "libc.ptrace(16, 1, 0, 0)",
    "the network": "socket.socket().fileno()",
}


@pytest.mark.skipif(not system_calls.known(), reason="no filter for this machine")
@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_the_kernel_refuses_what_outlives_or_leaves_a_process(walled, call):
    source = "import ctypes, os, socket\nlibc = ctypes.CDLL(None)\n"
    tried = f"try: answer = int({call})\nexcept OSError: answer = -1"
    assert asked(walled, source + tried) == -1


def may_fork(walled: Walled) -> bool:
    return walls.prefix(walled.closed) is not None


def test_a_process_is_started_only_where_their_number_is_bounded(walled):
    """Elsewhere one that forks without end would stop the teacher's machine."""
    tries = "import os\ntry: pid = os.fork() or os._exit(7)\nexcept OSError: answer = -1\n"
    expected = 7 if may_fork(walled) else -1
    assert asked(walled, f"{tries}else: answer = os.waitpid(pid, 0)[1] >> 8") == expected


def test_a_thread_may_be_started(walled):
    source = (
        "import threading\nkept = []\nthread = threading.Thread(target=kept.append, args=(3,))"
    )
    assert asked(walled, f"{source}\nthread.start(), thread.join()\nanswer = kept") == [3]


def ended(walled: Walled, source: str, **bounds) -> End:
    return walled.ask(job(source), Bounds(**vars(BOUNDS) | bounds))[0].end


def test_a_byte_now_and_then_does_not_keep_the_watch_from_looking(walled):
    drip = "import os, time\nwhile True: [_try(n) for n in range(3, 20)]; time.sleep(0.002)"
    helper = "def _try(n):\n    try: os.write(n, b' ')\n    except OSError: pass\n"
    assert ended(walled, helper + drip, clock=1.5) == End.TIME


MUCH = {
    "its own": "kept = b'1' * 350_000_000",
    "shared": "import mmap\nkept = mmap.mmap(-1, 350_000_000)\nkept.write(b'1' * 350_000_000)",
}


@pytest.mark.parametrize("kept", MUCH.values(), ids=MUCH)
def test_the_memory_of_all_processes_is_counted_together(walled, kept):
    if not may_fork(walled):
        pytest.skip("there is one process only")
    source = f"import os, time\nos.fork()\nos.fork()\n{kept}\ntime.sleep(20)"
    assert ended(walled, source, clock=25.0) == End.MEMORY


def test_what_processes_share_is_counted_once(walled):
    if not may_fork(walled):
        pytest.skip("there is one process only")
    source = f"{MUCH['shared']}\nimport os, time\n[os.fork() for _ in range(2)]\ntime.sleep(1)"
    assert ended(walled, f"{source}\nanswer = 1") == End.DONE


@needs_walls
def test_a_second_server_starts_where_the_first_was_killed(tmp_path):
    one = Walled(tmp_path)
    one.start()
    one.process.kill()
    how, _ = one.ask(job("answer = 1"), BOUNDS)
    assert how.end == End.DIED and asked(one, "answer = 2") == 2
    one.close()


# Where the course lies below what is shown.


@pytest.fixture
def below_usr():
    """A copy of the course where every system has its libraries."""
    place = Path("/usr/lib/course-of-a-test")
    try:
        place.mkdir()
    except OSError:
        pytest.skip("needs a root's rights")
    kept = shutil.ignore_patterns(".git", ".venv*", "notebooks", "book", "__pycache__")
    shutil.copytree(ROOT, place / "course", ignore=kept)
    yield place
    shutil.rmtree(place)


def tried(place: Path, *closed: Path) -> str:
    """What the walls of that copy show that they must not."""
    asks = (
        "import sys, pathlib; from classroom.walls import walls; print(walls.why_none(tuple(map("
    )
    code = asks + "pathlib.Path, sys.argv[1:]))))"
    command = [sys.executable, "-c", code, *map(str, closed)]
    told = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=place, env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@needs_walls
def test_answers_submissions_and_keys_are_hidden_below_what_is_shown(below_usr):
    course, folder, key = below_usr / "course", below_usr / "in", below_usr / "key.json"
    (folder / "anna").mkdir(parents=True)
    (folder / "anna" / "00.ipynb").write_text("{}")
    key.write_text("{}")
    assert tried(course, folder, key) == ""


@needs_walls
def test_walls_that_would_show_what_they_must_not_are_none(below_usr):
    """A folder that is the same as one that is shown cannot be hidden."""
    assert "could be seen" in tried(below_usr / "course", Path("/usr/lib"))

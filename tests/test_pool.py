"""A task that breaks its process costs that task only, and no process outlives the first one."""

import os
import signal
import subprocess
import sys
import time

import linux_only  # noqa: F401
import psutil
import pytest
import submissions
from submissions import ALL, Due, body, solved, with_first

from classroom.machines.pool import Limits, Lost, Pool

LIMITS = Limits(seconds=60.0, memory=500_000_000)


def raises(words):
    raise ValueError(words)


def dies(_):
    os.kill(os.getpid(), signal.SIGKILL)


def fills(_):
    return len(bytearray(10**10))


def recurses(n):
    return recurses(n + 1)


def double(n):
    return 2 * n


def outcome(pair):
    function, value = pair
    return function(value)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_breaks_costs_its_task_only(tmp_path, jobs):
    bad = [(raises, "\ud800"), (dies, 0), (fills, 0), (recurses, 0), (dies, 1)]
    good = [(double, n) for n in range(5)]
    tasks = [(pair,) for pairs in zip(bad, good) for pair in pairs]
    with Pool(jobs, tmp_path) as pool:
        found = dict(pool.results(outcome, tasks, LIMITS))
    assert [found[place] for place in range(1, 10, 2)] == [0, 2, 4, 6, 8]
    lost = [found[place].why for place in range(0, 10, 2)]
    told = ("ValueError", "died", "MemoryError", "RecursionError", "died")
    assert all(words in why for words, why in zip(told, lost, strict=True)), lost


def test_what_takes_too_long_is_ended(tmp_path):
    with Pool(2, tmp_path) as pool:
        found = dict(pool.results(time.sleep, [(3_600,), (0,)], Limits(0.5)))
    assert found[1] is None and isinstance(found[0], Lost) and "0.5 s" in found[0].why


def test_one_that_was_killed_while_idle_costs_nothing(tmp_path):
    with Pool(1, tmp_path) as pool:
        list(pool.results(double, [(1,)], LIMITS))
        worker = pool.idle[0]
        worker.process.kill()
        worker.process.join()
        assert dict(pool.results(double, [(4,)], LIMITS)) == {0: 8}


def graded_slowly(folder):
    """A grader in the middle of a submission that hangs, and all processes that came from it."""
    hangs = Due(ALL, with_first(body("while True: pass")))
    submissions.write({"slow": hangs, "right": Due(ALL, solved())}, folder, "00_start_here.ipynb")
    scratch = folder.parent / "scratch"
    scratch.mkdir()
    run = subprocess.Popen(
        [sys.executable, "-m", "classroom.grade", str(folder)]
        + ["--out", str(folder.parent / "grades.csv"), "--jobs", "2", "--seconds", "60"],
        cwd=submissions.ROOT,
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    first = psutil.Process(run.pid)
    # Two workers, each with `unshare` and a server, and what hangs.
    while len(first.children(recursive=True)) < 7:
        assert run.poll() is None
        time.sleep(0.05)
    return run, first.children(recursive=True), scratch


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_all_dies_with_the_main_process_alone(tmp_path, number):
    run, processes, scratch = graded_slowly(tmp_path / "in")
    assert list(scratch.iterdir())
    run.send_signal(number)
    assert run.wait() in (128 + number, -number)
    _, alive = psutil.wait_procs(processes, timeout=30)
    for process in alive:
        process.kill()  # ours, by their ids: nothing of a test may stay
    left = wait_until_empty(scratch)
    assert not alive and not left


def wait_until_empty(folder):
    """What is left after some time."""
    for _ in range(100):
        if not list(folder.iterdir()):
            break
        time.sleep(0.1)
    return list(folder.iterdir())

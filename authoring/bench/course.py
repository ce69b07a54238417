"""The solved notebooks under strict nbval: seconds and memory of each, and what a second core gains."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from authoring import timings
from authoring.bench.row import Row
from authoring.notebooks import ROOT, SOLUTIONS, number, sources

NBVAL = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", "--nbval-cell-timeout", "120"]


def rows() -> Iterator[Row]:
    alone = []
    for path in tqdm(sources(SOLUTIONS), desc="notebooks", disable=None, leave=False):
        taken, peak = compared([str(path)])
        alone.append(taken)
        yield Row(f"notebook {number(path)}, strict", [taken], "s")
        yield Row(f"notebook {number(path)}, slowest cell when it was last run", [slowest(path)], "s")
        yield Row(f"notebook {number(path)}, peak memory", [peak], "GB", most=1)
    two, _ = compared(["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", str(SOLUTIONS)])
    yield Row("all notebooks, strict: one after the other / two at once", [sum(alone) / two], least=1.7)


def compared(arguments: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and the gigabytes of the largest process."""
    start = time.perf_counter()
    run = subprocess.Popen([*NBVAL, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)  # already waited for
    if run.returncode:
        raise RuntimeError(f"nbval of {arguments[-1]} failed: run `make test-solutions` to see where.")
    return time.perf_counter() - start, usage.ru_maxrss / 2**20


def slowest(path: Path) -> float:
    return max(timings.load(SOLUTIONS, number(path))["cells"].values(), default=0.0)

"""The solved notebooks under strict nbval: time, memory, and what a second core gains."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tqdm import tqdm

from authoring.bench.measurement import Measurement
from course.notebook_files import read, tags
from course.paths import ROOT, SOLUTIONS, number, sources

NBVAL = [
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "--nbval",
    "--nbval-current-env",
    "--nbval-cell-timeout",
    "120",
]
# In a small process of its own: a new process starts with the peak of the one that it was forked
# from.
WITH_PEAK = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@dataclass(frozen=True)
class Run:
    """A notebook under nbval: seconds in all and of each code cell, GB of its largest process."""

    seconds: float
    cells: list[float]
    memory: float


def rows() -> Iterator[Measurement]:
    paths = sources(SOLUTIONS)
    alone = [compared(path) for path in tqdm(paths, desc="notebooks", disable=None, leave=False)]
    for path, run in zip(paths, alone):
        name = f"notebook {number(path)}"
        yield Measurement(
            f"{name}, to the first card", [sum(run.cells[: first_check(path) + 1])], "s"
        )
        yield Measurement(f"{name}, longest cell", [max(run.cells)], "s")
        yield Measurement(f"{name}, all cells", [sum(run.cells)], "s")
        yield Measurement(f"{name}, peak memory", [run.memory], "GB", most=1)
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(compared, paths))
    two = time.perf_counter() - start
    one = sum(run.seconds for run in alone)
    yield Measurement(
        "all notebooks, strict: one after the other / two at once", [one / two], least=1.7
    )


def compared(path: Path) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        report, start = Path(folder, "report.xml"), time.perf_counter()
        command = [sys.executable, "-c", WITH_PEAK, *NBVAL, f"--junitxml={report}", str(path)]
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        if run.returncode:
            raise RuntimeError(
                f"nbval of {path.name} failed: run `make test-notebooks` to see where."
            )
        cells = [float(case.get("time")) for case in ElementTree.parse(report).iter("testcase")]
    return Run(time.perf_counter() - start, cells, int(run.stdout) / 2**20)


def first_check(path: Path) -> int:
    """Its place among the code cells."""
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    return next(place for place, cell in enumerate(code) if "check" in tags(cell))

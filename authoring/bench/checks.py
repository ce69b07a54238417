"""What a check costs a learner, and what `import utils` adds to `import torch`."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from tqdm import tqdm

import exercises
from authoring.bench.measurement import Measurement
from checker.exercise import Exercise
from checker.judge import judge

# Processor time, which other programs do not lengthen.
IMPORT = "import time; start = time.process_time(); import {}; print(time.process_time() - start)"
PAIRS = 11


def rows() -> Iterator[Measurement]:
    right, wrong = verdicts()
    for name, times in (("a right answer", right), ("a wrong answer, diagnosis included", wrong)):
        yield Measurement(f"check of {name}, all exercises: median", times, "s", most=0.1)
        yield Measurement(
            f"check of {name}: 95th percentile",
            [statistics.quantiles(times, n=20)[-1]],
            "s",
            most=0.5,
        )
    found = [imported("torch, checker") / imported("torch") for _ in range(PAIRS + 1)]
    yield Measurement("import of torch and checker / of torch", found[1:], most=1.15)


def verdicts() -> tuple[list[float], list[float]]:
    """Seconds to judge the reference, in the place of a right answer, and a catalogued mistake."""
    right, wrong = [], []
    course = [
        exercise
        for notebook in exercises.NOTEBOOKS
        for exercise in exercises.of(notebook).values()
    ]
    for exercise in tqdm(course, desc="checks", disable=None, leave=False):
        exercise.expected()  # computed once a kernel, not at every check
        right.append(seconds(exercise, exercise.answer))
        wrong.append(seconds(exercise, exercise.mistakes[-1].attempt))
    return right, wrong


def seconds(exercise: Exercise, attempt) -> float:
    """As a learner waits for it, by the clock."""
    start = time.perf_counter()
    judge(exercise, attempt)
    return time.perf_counter() - start


def imported(modules: str) -> float:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT.format(modules)], capture_output=True, text=True, check=True
    )
    return float(run.stdout)

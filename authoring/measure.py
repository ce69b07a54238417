"""What the course promises, as figures of this machine: `python -m authoring.measure`."""

import statistics
import subprocess
import sys
import time

from tqdm import tqdm

from authoring import timings
from authoring.notebooks import SOLUTIONS, number, sources
from utils import exercises
from utils.exercise import Exercise, judge

IMPORTS = "import time; t = time.perf_counter(); import torch; a = time.perf_counter() - t; import utils.check; " \
    "print(time.perf_counter() - t - a, (time.perf_counter() - t) / a)"


def every() -> list[Exercise]:
    return [exercise for notebook in exercises.NOTEBOOKS for exercise in exercises.of(notebook).values()]


def counts(course: list[Exercise]) -> str:
    mistakes = sum(len(exercise.mistakes) for exercise in course)
    alternatives = sum(len(exercise.alternatives) for exercise in course)
    return f"{len(course)} exercises, {mistakes} catalogued mistakes, {alternatives} alternatives"


def seconds(exercise: Exercise, attempt) -> float:
    start = time.perf_counter()
    judge(exercise, attempt)
    return time.perf_counter() - start


def checks(course: list[Exercise]) -> str:
    """A check's own time: judging the reference, which a learner's own code replaces, and diagnosing a wrong answer."""
    right, wrong = [], []
    for exercise in tqdm(course, desc="checks", disable=None):
        exercise.expected()
        right.append(seconds(exercise, exercise.answer))
        wrong.append(seconds(exercise, exercise.mistakes[-1].attempt))
    return f"a check: {spread(right)} when right, {spread(wrong)} when wrong"


def spread(values: list[float]) -> str:
    return f"median {statistics.median(values):.3f} s, longest {max(values):.3f} s"


def imports() -> str:
    runs = [subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True) for _ in range(5)]
    own, ratio = (statistics.median(column) for column in zip(*(map(float, run.stdout.split()) for run in runs)))
    return f"import of utils: {own:.2f} s on top of torch's, together {ratio:.2f} times torch's"


def notebook(name: str) -> str:
    stored = timings.load(SOLUTIONS, name)
    cell, longest = max(stored["cells"].items(), key=lambda item: item[1], default=("none", 0.0))
    return f"notebook {name}: {stored['total']:.1f} s solved; its longest cell, {cell}, {longest:.1f} s"


def main() -> None:
    print(counts(every()))
    print(imports())
    print(checks(every()))
    for path in sources(SOLUTIONS):
        print(notebook(number(path)))


if __name__ == "__main__":
    main()

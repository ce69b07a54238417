"""Honest changes of solved notebooks, and what becomes of them: the exercises that pass in a fresh
kernel, run from top to bottom, and those that the grader gives points for. The two must be equal.

    python -m authoring.kernel_server python -m tests.honest [--random N] [--seed S] [NAME ...]

prints the table; with `--random` it tries N compositions of two or three changes instead.
"""

import argparse
import copy
import json
import os
import random
import sys
import tempfile
from pathlib import Path
from unittest import mock

import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

from authoring.run import environment
from checker import marks
from exercises import NOTEBOOKS
from tests.honest_changes import ASKED, CHANGES, DIFFERENT, base
from tests.submissions import grade, rows

KERNEL = "warm"  # of authoring.kernel_server


def changed(names: list[str]) -> dict:
    """The notebook after some changes, one on top of the other."""
    known = CHANGES | DIFFERENT
    notebook = copy.deepcopy(base(known[names[0]][0]))
    for name in names:
        known[name][1](notebook)
    return notebook


def in_kernel(notebook: dict) -> set[str]:
    """The exercises that pass in a fresh kernel, from top to bottom."""
    with tempfile.TemporaryDirectory() as folder:
        form = {**notebook, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
        node = nbformat.from_dict(copy.deepcopy(form))
        for n, one in enumerate(node.cells):
            one["id"], one["source"] = f"c-{n}", "".join(one["source"])
        told = environment(Path(folder))
        told["PYTHONPATH"] = str(Path(__file__).parent.parent)
        NotebookClient(
            node,
            timeout=120,
            kernel_name=KERNEL,
            allow_errors=True,
            resources={"metadata": {"path": folder}},
        ).execute(env=told)
        with mock.patch.dict(os.environ, COURSE_PROGRESS=told["COURSE_PROGRESS"]):
            return marks.passed()[0]


def by_grader(notebooks: dict[str, dict], *options: str) -> dict[str, set[str]]:
    """The exercises that get their points."""
    with tempfile.TemporaryDirectory() as folder:
        for name, notebook in notebooks.items():
            number = "02" if "output_size" in json.dumps(notebook) else "00"
            path = Path(folder) / "in" / name / f"{NOTEBOOKS[number].file}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(notebook))
        done = grade(Path(folder) / "in", Path(folder) / "grades.csv", *options)
        if done.returncode:
            raise RuntimeError(done.stderr)
        found = rows(Path(folder) / "grades.csv")
    return {name: _passed(row) for name, row in found.items()}


def _passed(row: dict[str, str]) -> set[str]:
    states = {name: state for name, state in row.items() if name.endswith(" state")}
    return {name.split()[1] for name, state in states.items() if state == "passed"}


def compositions(count: int, seed: int) -> list[list[str]]:
    """Pairs and triples of changes of one notebook."""
    rng, names, found = random.Random(seed), list(CHANGES), []
    while len(found) < count:
        first = rng.choice(names)
        others = [name for name in names if CHANGES[name][0] == CHANGES[first][0]]
        some = [first, *rng.sample(others, rng.choice((1, 2)))]
        if _composes(some):
            found.append(some)
    return found


def _composes(names: list[str]) -> bool:
    """One change may take away what another one looks for, or the check: the grader is kinder
    there.
    """
    try:
        cells = changed(names)["cells"]
    except (StopIteration, ValueError):
        return False
    sources = "".join("".join(one["source"]) for one in cells)
    return all(f'"{id}"' in sources or f"'{id}'" in sources for id in ASKED[CHANGES[names[0]][0]])


def compare(sets: list[list[str]]) -> list[tuple[set[str], set[str]]]:
    """For every set of changes the two verdicts: of the kernel, and of the grader."""
    notebooks = {f"{n:04}": changed(names) for n, names in enumerate(sets)}
    kernel = {name: in_kernel(one) for name, one in tqdm(notebooks.items(), disable=None)}
    grader = by_grader(notebooks)
    return [(kernel[name], grader[name]) for name in notebooks]


def line(names: list[str], kernel: set[str], grader: set[str]) -> str:
    """A row of the table."""
    differs = f"  DIFFERS: {sorted(kernel)} {sorted(grader)}" if kernel != grader else ""
    return f"{' + '.join(names):60} {len(kernel)} {len(grader)}{differs}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.honest", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="changes to try; all if none is named")
    parser.add_argument("--random", type=int, default=0, help="how many compositions to try")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    singles = [[name] for name in options.names or CHANGES]
    sets = compositions(options.random, options.seed) if options.random else singles
    found = compare(sets)
    print("changes, exercises that pass in a kernel, and that the grader passes")
    for names, verdicts in zip(sets, found, strict=True):
        print(line(names, *verdicts))
    differ = sum(kernel != grader for kernel, grader in found)
    print(f"{len(found)} notebooks, {differ} differ.")
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main())

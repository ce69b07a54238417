"""Whatever passes must carry the notebook on: `python -m authoring.carry [NN | N.M ...] [--jobs 2]
[--sample N]`.

Every alternative of an exercise is put in place of the solution, and the later cells that lean on
it are run. None may raise, and all that they show must be what they show after the solution, but
for those that `other_numbers.toml` lists, each with the reason.
"""

import ast
import contextlib
import functools
import multiprocessing
import os
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import torch
from nbformat import NotebookNode
from tqdm import tqdm

import exercises
from authoring import named
from authoring.context import binds, context, reads
from authoring.prove import DESIGNED
from checker import sandbox
from course import command_line, slices
from course.cells import asked
from course.notebook_files import OWN_DRAWING, UNCOMPARED, exercise_id, read, role, tags
from course.paths import Complaint

OTHER_NUMBERS = Path(__file__).parent / "other_numbers.toml"
LIMIT = 120.0  # seconds a cell may take
# An alternative is a function or a class of an exercise, which no pipe carries.
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Way:
    """From the check of an exercise onward: the name that is checked, what its cells need of those
    before, and the later cells to run.
    """

    id: str
    name: str
    before: str
    cells: tuple[NotebookNode, ...]

    @property
    def attempts(self) -> list:
        return exercises.find(self.id).alternatives


def ways(path: Path) -> list[Way]:
    """Of every exercise of a notebook that later cells lean on."""
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    found = [way(cells, place) for place, cell in enumerate(cells) if role(cell) == "check"]
    return [one for one in found if one.cells]


def way(cells: list[NotebookNode], check: int) -> Way:
    """The way on from the check at a place."""
    id = exercise_id(cells[check])
    name = asked(cells[check].source)[id]
    later, needs = onward([piece(cell.source) for cell in cells[check + 1 :]], name)
    before = context([cell.source for cell in cells[:check]], "\n".join(sorted(needs)))
    return Way(id, name, before, tuple(cells[check + 1 + place] for place in later))


def piece(source: str) -> slices.Piece:
    """A cell, and of the names that it reads only those that it has not bound itself before."""
    bound, needs = set(), set()
    for statement in opened(ast.parse(source).body):
        code = ast.unparse(statement)
        needs |= reads(code) - bound
        bound |= binds(code)
    return slices.Piece(source, tuple(bound), tuple(needs))


def opened(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Loops as their first round, and `with` as its head: what is bound, then what reads it."""
    for one in statements:
        if isinstance(one, ast.For):
            yield ast.Assign([one.target], one.iter, lineno=one.lineno)
        elif isinstance(one, ast.With):
            yield ast.With(one.items, [ast.Pass()], lineno=one.lineno)
        else:
            yield one
            continue
        yield from opened(one.body)


def onward(pieces: list[slices.Piece], name: str) -> tuple[list[int], set[str]]:
    """The places of the pieces that lean on a name, directly or by way of others, and of those
    that they need; and the names that all these need from before.
    """
    kept, wanted = leaning(pieces, name), set()
    for place in reversed(range(len(pieces))):
        one = pieces[place]
        if place in kept or wanted.intersection(one.defines):
            kept.add(place)
            wanted = wanted.difference(one.defines).union(one.needs)
    return sorted(kept), wanted


def leaning(pieces: list[slices.Piece], name: str) -> set[int]:
    """A name is leant on until it is bound anew by a piece that does not lean on it."""
    names, found = {name}, set()
    for place, one in enumerate(pieces):
        if names.intersection(one.needs):
            found.add(place)
            names |= set(one.defines)
        else:
            names -= set(one.defines)
    return found


# In a process of its own.


def walk(way: Way, place: int | None) -> dict[str, str]:
    """What each cell shows, by its id, after the alternative at a place, or after the solution; an
    error ends the walk.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.ask_exit = sys.exit  # as a notebook's shell has one
    seen = {"before": shown(shell, way.before)}
    if place is not None:
        attempt = exercises.find(way.id).kept(way.attempts[place])
        shell.user_ns[way.name] = renamed(attempt, way.name)
    for cell in way.cells:
        seen[cell.id] = shown(shell, cell.source)
        if seen[cell.id].startswith("raised "):
            break
    return seen


def renamed(attempt, name: str):
    """A function or class named as a learner would name it, since a cell may print that."""
    if callable(attempt):
        attempt.__name__ = attempt.__qualname__ = name
    return attempt


def shown(shell, source: str) -> str:
    """All text that a cell shows, or "raised ..."; pictures are not compared."""
    from IPython.utils.capture import capture_output

    with capture_output() as seen, sandbox.time_limit(sandbox.Deadline(LIMIT)):
        ended = shell.run_cell(source)
    error = ended.error_before_exec or ended.error_in_exec
    if error is not None:
        return f"raised {type(error).__name__}: {error}"
    return seen.stdout + "".join(map(text_of, seen.outputs))


def text_of(output) -> str:
    return "" if "image/png" in output.data else output.data.get("text/plain", "") + "\n"


# From walks to findings.


def steps(all_ways: list[Way], chosen: list[tuple[Way, int]], jobs: int) -> Iterator[tuple]:
    """(id, place or None, what was shown) of all walks, as they end."""
    walks = [(way, None) for way in all_ways] + chosen
    with unmarked(), FORK.Pool(jobs, maxtasksperchild=1) as pool:
        ended = pool.imap_unordered(step, walks, chunksize=1)
        yield from tqdm(ended, total=len(walks), unit="walk", disable=None)


@contextlib.contextmanager
def unmarked() -> Iterator[None]:
    """The checks on the way leave no mark in the learner's own file."""
    with tempfile.TemporaryDirectory() as folder:
        with mock.patch.dict(os.environ, COURSE_PROGRESS=f"{folder}/progress.txt"):
            yield


def step(pair: tuple[Way, int | None]) -> tuple[str, int | None, dict]:
    way, place = pair
    torch.set_num_threads(1)  # sums are rounded as in the notebooks
    return way.id, place, walk(way, place)


def carry(chosen: list[tuple[Way, int]], jobs: int = 1) -> list[str]:
    """What went wrong, one line each."""
    all_ways = list({way.id: way for way, _ in chosen}.values())
    seen = {(id, place): shown for id, place, shown in steps(all_ways, chosen, jobs)}
    return [
        finding
        for way, place in chosen
        for finding in differences(way, place, seen[way.id, place], seen[way.id, None])
    ]


def differences(way: Way, place: int, seen: dict, wanted: dict) -> Iterator[str]:
    """Cells that raise, or show what they do not show after the solution."""
    name = getattr(way.attempts[place], "__name__", repr(way.attempts[place]))
    yield from raising(f"{way.id} {name}", seen)
    others = list(showing(way, seen, wanted))
    if name not in other_numbers().get(way.id, {}):
        yield from (f"{way.id} {name}: {other}" for other in others)
    elif not others:
        yield f"{way.id} {name}: it shows the solution's numbers, so {OTHER_NUMBERS.name} errs"


def raising(who: str, seen: dict) -> Iterator[str]:
    for cell, text in seen.items():
        if text.startswith("raised "):
            yield f"{who}: cell {cell} {text}"


def showing(way: Way, seen: dict, wanted: dict) -> Iterator[str]:
    free = {OWN_DRAWING, UNCOMPARED}
    compared = {cell.id for cell in way.cells if not free.intersection(tags(cell))}
    for cell, text in seen.items():
        differs = cell in compared and text != wanted.get(cell) and way.id not in DESIGNED
        if differs and not text.startswith("raised "):
            yield f"cell {cell} shows\n{text}\nand after the solution\n{wanted.get(cell)}"


@functools.cache
def other_numbers() -> dict[str, dict[str, str]]:
    """Which alternatives may show other numbers, by exercise, with the reason."""
    return tomllib.loads(OTHER_NUMBERS.read_text(encoding="utf-8"))


def pairs(names: list[str]) -> list[tuple[Way, int]]:
    """Every way with the place of every alternative that takes it."""
    return [(way, place) for way in wanted(names) for place in range(len(way.attempts))]


def sample(found: list, count: int, seed: int) -> list:
    return random.Random(seed).sample(found, min(count, len(found)))


def wanted(names: list[str]) -> list[Way]:
    """The ways of the notebooks ("02") and exercises ("2.4") named; all if none is."""
    every = [way for path in named.solved(names) for way in ways(path)]
    return [way for way in every if named.is_named(way.id, names)]


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("authoring.carry", __doc__)
    named.add_argument(parser)
    parser.add_argument(
        "--jobs", type=command_line.count, default=1, help="walks at a time, a process each"
    )
    parser.add_argument(
        "--sample", type=command_line.count, metavar="N", help="N alternatives, drawn by chance"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    options = parser.parse_args(arguments)
    try:
        chosen = pairs(options.names)
    except Complaint as complaint:
        print(complaint)
        return 1
    if options.sample:
        chosen = sample(chosen, options.sample, options.seed)
    found = carry(chosen, options.jobs)
    print("\n".join(found) or f"All {len(chosen)} carry their notebooks on.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

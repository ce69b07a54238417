"""How often the check has a word for what nobody listed: `python -m authoring.leave_one_out
[NN | N.M ...] [--mutants N] [--sample N] [--jobs 2] [--list]`.

Each catalogued mistake is judged by its exercise without it, as if it were new. With `--mutants`,
so are N changes of the solutions, by the exercises as they are. The table counts by notebook which
layer spoke; `--list` prints every sentence, to be read against the code.
"""

import copy
import multiprocessing
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from tabulate import tabulate
from tqdm import tqdm

import exercises
from authoring import named, prove
from checker.exercise import Choice, Exercise
from checker.judge import judge
from checker.verdict import State, Verdict
from course import command_line
from course.paths import Complaint

# An attempt is a function or a class, which no pipe carries.
FORK = multiprocessing.get_context("fork")
NOTHING = "nothing"
FLOOR = {"mistakes": 0.7, "mutants": 0.6}  # of which a sentence is asked


@dataclass(frozen=True)
class Trial:
    """One wrong answer: a mistake by its place in the catalogue, or a change of the solution."""

    id: str
    place: int
    solved: prove.Solved | None = None

    @property
    def kind(self) -> str:
        return "mutants" if self.solved else "mistakes"


@dataclass(frozen=True)
class Answer:
    """What the check said of it."""

    id: str
    kind: str
    name: str
    layer: str
    said: str
    seconds: float


def of_mistakes(names: list[str]) -> list[Trial]:
    """Every mistake but the letters of a question, which are all there are."""
    found = [
        exercise for number in exercises.NOTEBOOKS for exercise in exercises.of(number).values()
    ]
    return [
        Trial(exercise.id, place)
        for exercise in found
        if not isinstance(exercise, Choice) and named.is_named(exercise.id, names)
        for place in range(len(exercise.mistakes))
    ]


def of_mutants(names: list[str], count: int, seed: int) -> list[Trial]:
    """So many changes of the solutions, drawn by chance."""
    solved = [one for path in named.solved(names) for one in prove.solved(path)]
    found = [
        Trial(one.id, place, one)
        for one in solved
        if named.is_named(one.id, names)
        for place in range(len(one.mutants))
    ]
    return random.Random(seed).sample(found, min(count, len(found)))


def judged(trial: Trial) -> Iterator[Answer]:
    """A mutant that passes is no wrong answer, and one that does not run is none."""
    return _mutant(trial) if trial.solved else _mistake(trial)


def _mistake(trial: Trial) -> Iterator[Answer]:
    exercise = exercises.find(trial.id)
    mistake = exercise.mistakes[trial.place]
    yield _answer(trial, mistake.name, without(exercise, mistake), mistake.attempt)


def without(exercise: Exercise, mistake) -> Exercise:
    """The same exercise, as if nobody had thought of this mistake."""
    twin = copy.copy(exercise)
    twin.mistakes = [other for other in exercise.mistakes if other is not mistake]
    return twin


def _mutant(trial: Trial) -> Iterator[Answer]:
    task = trial.solved.task()
    mutant, scope = task.mutants[trial.place], task.scope()
    try:
        exec(compile(mutant.source, "<solution>", "exec"), scope)
    except Exception:
        return
    answer = _answer(trial, f"`{mutant.after}`", task.exercise, scope.get(task.name, ...))
    if answer.layer != State.PASSED:
        yield answer


def _answer(trial: Trial, name: str, exercise: Exercise, attempt) -> Answer:
    start = time.process_time()
    verdict = judge(exercise, attempt)
    seconds = time.process_time() - start
    return Answer(trial.id, trial.kind, name, _layer(verdict), verdict.why, seconds)


def _layer(verdict: Verdict) -> str:
    if verdict.state == State.PASSED:
        return State.PASSED
    return verdict.layer or (State.STOPPED if verdict.state == State.STOPPED else NOTHING)


def table(answers: list[Answer]) -> str:
    """By notebook and in all: how many, how many with a sentence, and from which layer."""
    rows = defaultdict(Counter)
    for answer in answers:
        for row in (answer.id.split(".")[0].zfill(2), "all"):
            rows[row][answer.layer] += 1
    layers = [layer for layer, _ in rows["all"].most_common() if layer != NOTHING]
    body = [
        [row, counts.total(), f"{share(counts):.0%}", *(counts[layer] for layer in layers)]
        for row, counts in sorted(rows.items())
    ]
    return tabulate(body, headers=["", "wrong", "explained", *layers])


def share(counts: Counter) -> float:
    return 1 - counts[NOTHING] / counts.total()


def report(answers: list[Answer], listed: bool) -> int:
    """Print the tables; 1 where too little is explained."""
    weak = False
    for kind, floor in FLOOR.items():
        found = [answer for answer in answers if answer.kind == kind]
        if not found:
            continue
        print(f"{kind}\n\n{table(found)}\n\n{_seconds(found)}\n")
        weak = weak or share(Counter(answer.layer for answer in found)) < floor
    for answer in answers if listed else ():
        print(f"{answer.id} {answer.name} [{answer.layer}] {answer.said}")
    print("Too little is explained." if weak else "Enough is explained.")
    return int(weak)


def _seconds(answers: list[Answer]) -> str:
    taken = sorted(answer.seconds for answer in answers)
    at = {"half": 0.5, "95 %": 0.95}
    said = (f"{words} within {taken[int(len(taken) * part)]:.2f} s" for words, part in at.items())
    return f"Processor time of a check: {', '.join(said)}."


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("authoring.leave_one_out", __doc__)
    named.add_argument(parser)
    parser.add_argument(
        "--mutants", type=command_line.count, default=0, metavar="N", help="and N mutants"
    )
    parser.add_argument(
        "--sample", type=command_line.count, metavar="N", help="N mistakes, drawn by chance"
    )
    parser.add_argument("--seed", type=int, default=0, help="of both")
    parser.add_argument("--jobs", type=command_line.count, default=1, help="processes at a time")
    parser.add_argument("--list", action="store_true", help="print every sentence")
    options = parser.parse_args(arguments)
    try:
        trials = of_mistakes(options.names)
        mutants = options.mutants and of_mutants(options.names, options.mutants, options.seed)
    except Complaint as complaint:
        print(complaint)
        return 1
    if options.sample:
        count = min(options.sample, len(trials))
        trials = random.Random(options.seed).sample(trials, count)
    return report(all_judged([*trials, *(mutants or ())], options.jobs), options.list)


def all_judged(trials: list[Trial], jobs: int) -> list[Answer]:
    """Exercise by exercise, so that what ours give is computed once."""
    by_exercise = defaultdict(list)
    for trial in trials:
        by_exercise[trial.id].append(trial)
    groups = list(by_exercise.values())
    with FORK.Pool(jobs, initializer=_prepare, maxtasksperchild=1) as pool:
        found = pool.imap_unordered(_of_one, groups, chunksize=1)
        return [one for some in tqdm(found, total=len(groups), disable=None) for one in some]


def _prepare() -> None:
    torch.set_num_threads(1)  # as in a notebook


def _of_one(trials: list[Trial]) -> list[Answer]:
    return [answer for trial in trials for answer in judged(trial)]


if __name__ == "__main__":
    sys.exit(main())

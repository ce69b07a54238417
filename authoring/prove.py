"""Prove that the checks tell right from wrong: `python -m authoring.prove [NN | N.M ...] [--jobs
2] [--sample N]`.

For every exercise: its mistakes rejected and named, its alternatives accepted, and the mutants of
the solution cell (`authoring.mutants`) and of its second solutions (`authoring.second_solutions`)
killed, that is, not passed by the exercise's own judge. A mutant that is as right as the solution
is listed with the reason in `authoring/equivalent.toml`; any other survivor means that the cases
are too weak. Second solutions are counted by notebook.
"""

import copy
import difflib
import gc
import multiprocessing
import random
import resource
import sys
import time
import tomllib
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from multiprocessing.connection import wait
from pathlib import Path

from nbformat import NotebookNode
from tqdm import tqdm

import exercises
from authoring import named, second_solutions
from authoring.context import context
from authoring.mutants import Mutant, mutants
from checker import judge as judging
from checker.exercise import Exercise
from checker.judge import judge
from checker.verdict import State
from course import command_line, memory, stub
from course.cells import asked
from course.notebook_files import exercise_id, read, role
from course.paths import Complaint, number

EQUIVALENT = Path(__file__).parent / "equivalent.toml"
# A net of the learner's own: a mutant is another net, and right if it keeps the budget.
DESIGNED = {"13.8"}
NEEDED = 0.98  # of the mutants that are not equivalent, in every exercise
# Of those of second solutions, by notebook: the equivalent ones among them are not all listed.
NEEDED_SECOND = 0.9
SECOND = " second"  # how their rows end
# Workers are forked with their task: an exercise is full of functions, which no pipe carries.
FORK = multiprocessing.get_context("fork")
STARTING = 600.0  # seconds until a worker has judged the catalogue and its solution
PATIENCE = 10.0  # seconds past the engine's own limit until a worker is killed
MEMORY = 4 << 30  # bytes a worker may take on top of what it starts with


@dataclass(eq=False)
class Task:
    """An exercise to prove: the name checked, the cell that defines it, its needs, its mutants."""

    exercise: Exercise
    name: str = ""
    source: str = ""
    needs: str = ""
    mutants: list[Mutant] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)
    catalogue: bool = True
    names: dict | None = None  # of a second solution: what its source reads

    @property
    def row(self) -> str:
        """Where it counts in the report: second solutions by notebook."""
        id = self.exercise.id
        return id if self.names is None else id.split(".")[0].zfill(2) + SECOND

    @property
    def label(self) -> str:
        return self.exercise.id + (f" {self.name}" if self.names is not None else "")

    def scope(self) -> dict:
        """A fresh one, to run the source in."""
        if self.names is not None:
            return {name: value for name, value in self.names.items() if name != self.name}
        scope = {"__name__": "solution"}
        exec(compile(self.needs, "<needs>", "exec"), scope)
        return scope


@dataclass
class Proof:
    """What was found: mistakes and alternatives that went wrong; whether each mutant died."""

    task: Task
    unnamed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    killed: dict[int, bool] = field(default_factory=dict)


# From notebooks to tasks.


@dataclass(frozen=True)
class Solved:
    """A task as a notebook has it, for a pipe: the exercise by its id."""

    id: str
    name: str = ""
    source: str = ""
    needs: str = ""
    mutants: list[Mutant] = field(default_factory=list)

    def task(self) -> Task:
        exercise, chosen = exercises.find(self.id), list(range(len(self.mutants)))
        return Task(exercise, self.name, self.source, self.needs, self.mutants, chosen)


def solved(path: Path) -> list[Solved]:
    """The exercises of a notebook."""
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    checks = {}
    for cell in cells:
        if role(cell) == "check":
            checks |= asked(cell.source)
    places = [place for place, cell in enumerate(cells) if role(cell) == "solution"]
    return [solved_cell(cells, place, checks[exercise_id(cells[place])]) for place in places]


def solved_cell(cells: list[NotebookNode], place: int, name: str) -> Solved:
    id, source = exercise_id(cells[place]), cells[place].source
    if not has_mutants(id, source):
        return Solved(id)
    needs = context([cell.source for cell in cells[:place]], source)
    return Solved(id, name, source, needs, mutants(source))


def has_mutants(id: str, source: str) -> bool:
    """Only a function or class with one right behavior: a number is wrong or right by itself."""
    indented = any(line.strip() == stub.BEGIN != line for line in source.split("\n"))
    return indented and id not in DESIGNED


def second_tasks(exercise: Exercise, found: list[list[Mutant]]) -> list[Task]:
    """Of the second solutions of an exercise, each with its mutants."""
    return [
        Task(exercise, one.name, one.source, "", some, list(range(len(some))), False, one.names)
        for one, some in zip(second_solutions.seconds(exercise), found, strict=True)
    ]


def second_mutants(id: str) -> list[list[Mutant]]:
    exercise = exercises.find(id)
    return list(map(second_solutions.mutants_of, second_solutions.seconds(exercise)))


def sample(all_tasks: list[Task], count: int, seed: int) -> None:
    """Choose `count` mutants of the whole course, in place."""
    pairs = [(task, place) for task in all_tasks for place in task.chosen]
    for task in all_tasks:
        task.chosen, task.catalogue = [], False
    for task, place in random.Random(seed).sample(pairs, min(count, len(pairs))):
        task.chosen.append(place)


# In a worker process.


class News(Enum):
    """What a message of a worker is about; each is sent with what was found."""

    UNNAMED = auto()  # mistakes, by name
    REFUSED = auto()  # alternatives, by name
    LIMIT = auto()  # seconds that a mutant may take
    DIED = auto()  # whether the next mutant did
    DONE = auto()


def work(task: Task, places: list[int], catalogue: bool, pipe) -> None:
    """Send what was found, one message a step: whoever listens knows where it hangs."""
    # A mutant that fills the memory ends itself, not the machine.
    most = memory.held() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if catalogue:
        patient = copy.copy(task.exercise)
        patient.limit = 60.0  # on a busy machine an answer that is slow is still right
        pipe.send((News.UNNAMED, unnamed(patient)))
        pipe.send((News.REFUSED, refused(patient)))
    if places:
        trial = shortened(task)
        pipe.send((News.LIMIT, trial.limit))
        for place in places:
            pipe.send((News.DIED, not passes(trial, task, task.mutants[place].source)))
    pipe.send((News.DONE, None))


def unnamed(exercise: Exercise) -> list[str]:
    verdicts = [(mistake.name, judge(exercise, mistake.attempt)) for mistake in exercise.mistakes]
    return [
        name
        for name, verdict in verdicts
        if (verdict.state, verdict.mistake) != (State.NOT_YET, name)
    ]


def refused(exercise: Exercise) -> list[str]:
    states = [(right, judge(exercise, right).state) for right in exercise.alternatives]
    return [
        getattr(right, "__name__", str(right)) for right, state in states if state != State.PASSED
    ]


def shortened(task: Task) -> Exercise:
    """The exercise without its mistakes, and a limit little longer than its solution takes."""
    trial = copy.copy(task.exercise)
    trial.mistakes = []
    trial.expected()
    start = time.monotonic()
    if not passes(trial, task, task.source):
        raise RuntimeError(f"{task.name} of {trial.id} does not pass outside its file.")
    trial.limit = min(trial.limit, 2.0 + 10 * (time.monotonic() - start))
    return trial


def passes(exercise: Exercise, task: Task, source: str) -> bool:
    """Whether the judge passes what a cell defines; a cell that raises defines nothing."""
    scope = task.scope()
    try:
        exec(compile(source, "<solution>", "exec"), scope)
    except Exception:
        return False
    return task.name in scope and judging.passes(exercise, scope[task.name])


# Workers, started and killed.


class Worker:
    """A process on one task.

    When it hangs or dies on a mutant, that one is dead, and another goes on behind it.
    """

    def __init__(self, task: Task):
        self.proof, self.places, self.catalogue = Proof(task), deque(task.chosen), task.catalogue
        self.start()

    def start(self) -> None:
        self.pipe, end = FORK.Pipe(duplex=False)
        todo = (self.proof.task, list(self.places), self.catalogue, end)
        self.process = FORK.Process(target=work, args=todo, daemon=True)
        self.process.start()
        # Else the pipe of a worker that died would never end: this side could still write to it.
        end.close()
        self.limit, self.since, self.judging = STARTING, time.monotonic(), False

    def late(self) -> bool:
        return time.monotonic() > self.since + self.limit + PATIENCE

    def hear(self) -> bool:
        """Take one message; True when all is done."""
        try:
            what, found = self.pipe.recv()
        except EOFError:
            return self.give_up()
        self.since = time.monotonic()
        if what == News.UNNAMED:
            self.proof.unnamed = found
        elif what == News.REFUSED:
            self.proof.refused = found
        elif what == News.LIMIT:
            self.limit, self.judging, self.catalogue = found, True, False
        elif what == News.DIED:
            self.proof.killed[self.places.popleft()] = found
        return what == News.DONE

    def give_up(self) -> bool:
        """The worker is stuck or dead: start another behind the mutant it had."""
        # Not terminate: the mutant may have taken the signal for itself.
        self.process.kill()
        self.process.join()
        if not self.judging:
            raise Complaint(
                f"{self.proof.task.exercise.id}: its solution or its catalogue hangs or dies."
            )
        self.proof.killed[self.places.popleft()] = True
        if self.places:
            self.start()
        return not self.places


def prove(all_tasks: list[Task], jobs: int = 1) -> list[Proof]:
    """Judge everything, `jobs` exercises at a time; proofs in the order of the tasks.

    Raises Complaint.
    """
    import torch._dynamo  # noqa: F401  torch loads it late: better once than in many a worker

    waiting = deque(task for task in all_tasks if task.chosen or task.catalogue)
    running, proofs = [], []
    with tqdm(total=len(waiting), unit="exercise", disable=None) as bar:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(Worker(waiting.popleft()))
            for worker in finished(running):
                running.remove(worker)
                proofs.append(worker.proof)
                bar.update()
    return sorted(proofs, key=lambda proof: all_tasks.index(proof.task))


def finished(running: list[Worker]) -> list[Worker]:
    """Those that are done, after waiting a second at most for news."""
    ready = wait([worker.pipe for worker in running], timeout=1.0)
    heard = [worker for worker in running if worker.pipe in ready]
    stuck = [worker for worker in running if worker not in heard and worker.late()]
    done = [worker for worker in heard if worker.hear()]
    return done + [worker for worker in stuck if worker.give_up()]


# The report.


@dataclass
class Score:
    """The counts of one exercise, or of all; what was not tried counts as none."""

    mistakes: int = 0
    named: int = 0
    alternatives: int = 0
    accepted: int = 0
    mutants: int = 0
    equivalent: int = 0
    survived: int = 0

    @property
    def score(self) -> float:
        """Killed, of the mutants that are not equivalent; 1 where there are none."""
        wrong = self.mutants - self.equivalent
        return 1 - self.survived / wrong if wrong else 1.0

    def proven(self, row: str) -> bool:
        needed = NEEDED_SECOND if row.endswith(SECOND) else NEEDED
        return (
            self.named == self.mistakes
            and self.accepted == self.alternatives
            and self.score >= needed
        )

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    def line(self, name: str) -> str:
        killed = self.mutants - self.equivalent - self.survived
        score = f"{100 * self.score:.1f} %" if self.mutants else "-"
        named, accepted = f"{self.named}/{self.mistakes}", f"{self.accepted}/{self.alternatives}"
        counts = f"{self.mutants:9}{self.equivalent:12}{killed:8}{self.survived:10}"
        return f"{name:10}{named:>10}{accepted:>14}{counts}{score:>9}"


OUTDATED = "is listed as equivalent, but it is killed"
HEAD = "exercise    mistakes  alternatives  mutants  equivalent  killed  survived    score"


def score(proof: Proof, reasons: dict) -> Score:
    exercise, tried = proof.task.exercise, proof.task.catalogue
    mistakes = len(exercise.mistakes) if tried else 0
    alternatives = len(exercise.alternatives) if tried else 0
    alive = [proof.task.mutants[place] for place, died in proof.killed.items() if not died]
    listed = sum((mutant.before, mutant.after) in reasons for mutant in alive)
    return Score(
        mistakes=mistakes,
        named=mistakes - len(proof.unnamed),
        alternatives=alternatives,
        accepted=alternatives - len(proof.refused),
        mutants=len(proof.killed),
        equivalent=listed,
        survived=len(alive) - listed,
    )


def faults(proof: Proof, reasons: dict) -> Iterator[str]:
    """Mistakes unnamed, alternatives refused, survivors, entries that no longer hold."""
    task, id = proof.task, proof.task.label
    yield from (f"{id}: the mistake {name} is not named." for name in proof.unnamed)
    yield from (f"{id}: the alternative {name} is not accepted." for name in proof.refused)
    for place, died in sorted(proof.killed.items()):
        mutant = task.mutants[place]
        listed = (mutant.before, mutant.after) in reasons
        if died and listed:
            yield f"{id}: {OUTDATED}:\n{diff(task, mutant)}"
        elif not died and not listed:
            yield f"{id}: survived ({mutant.kind}):\n{diff(task, mutant)}"


def diff(task: Task, mutant: Mutant) -> str:
    lines = difflib.unified_diff(
        task.source.split("\n"), mutant.source.split("\n"), n=1, lineterm=""
    )
    return "\n".join(f"    {line}" for line in list(lines)[2:])


def stale(all_tasks: list[Task], listed: dict[str, dict]) -> Iterator[str]:
    """Entries that name no mutant of their exercise."""
    there = defaultdict(set)
    for task in all_tasks:
        there[task.exercise.id] |= {(mutant.before, mutant.after) for mutant in task.mutants}
    for id, known in there.items():
        for before, after in listed.get(id, {}).keys() - known:
            yield (
                f"{id}: no mutant makes `{before}` into `{after}`; drop it from {EQUIVALENT.name}."
            )


def equivalent(path: Path) -> dict[str, dict[tuple[str, str], str]]:
    """Of each exercise the mutants judged equivalent, (before, after) -> reason.

    Raises Complaint.
    """
    listed = {}
    for id, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
        listed[id] = {
            (entry["before"], after): entry["reason"]
            for entry in entries
            for after in entry["after"]
        }
        if not all(listed[id].values()):
            raise Complaint(f"{path.name}: an entry of {id} gives no reason.")
    return listed


def report(
    all_tasks: list[Task], proofs: list[Proof], listed: dict[str, dict], sampled: bool = False
) -> int:
    """Print the table and what is at fault; 1 if anything is.

    Of a sample, too few of each, the whole is judged.
    """
    with_reasons = [(proof, listed.get(proof.task.exercise.id, {})) for proof in proofs]
    scores = defaultdict(Score)
    for proof, reasons in with_reasons:
        scores[proof.task.row] += score(proof, reasons)
    total = totals(scores)
    print(HEAD)
    for id, counts in (scores | total).items():
        print(counts.line(id))
    found = [fault for proof, reasons in with_reasons for fault in faults(proof, reasons)]
    entries = list(stale(all_tasks, listed))
    for fault in [*found, *entries]:
        print(fault)
    rows = (total if sampled else scores).items()
    weak = [row for row, counts in rows if not counts.proven(row)]
    print(f"Not proven: {', '.join(weak)}." if weak else "All proven.")
    return int(bool(weak or entries or any(OUTDATED in fault for fault in found)))


def totals(scores: dict[str, Score]) -> dict[str, Score]:
    """Of the solutions, and of the second solutions where there are any."""
    total = {"all": Score()}
    for row, counts in scores.items():
        name = "all" + SECOND * row.endswith(SECOND)
        total[name] = total.get(name, Score()) + counts
    return total


def wanted(names: list[str], jobs: int) -> list[Task]:
    """The tasks of the notebooks ("02") and exercises ("2.4") named; all if none is."""
    known = [path for path in named.solved(names) if number(path) in exercises.NOTEBOOKS]
    gc.freeze()  # no fork searches torch for garbage
    with FORK.Pool(jobs) as pool:
        found = [one for notebook in pool.map(solved, known, chunksize=1) for one in notebook]
        first = [one.task() for one in found if named.is_named(one.id, names)]
        written = [task.exercise for task in first if task.exercise.id not in DESIGNED]
        mutants_by_id = pool.map(second_mutants, [exercise.id for exercise in written])
    second = map(second_tasks, written, mutants_by_id)
    return [*first, *(task for tasks in second for task in tasks)]


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("authoring.prove", __doc__)
    named.add_argument(parser)
    parser.add_argument(
        "--jobs", type=command_line.count, default=1, help="exercises at a time, a process each"
    )
    parser.add_argument(
        "--sample",
        type=command_line.count,
        metavar="N",
        help="judge N mutants only, drawn by chance",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    options = parser.parse_args(arguments)
    try:
        all_tasks, listed = wanted(options.names, options.jobs), equivalent(EQUIVALENT)
        if options.sample:
            sample(all_tasks, options.sample, options.seed)
        return report(all_tasks, prove(all_tasks, options.jobs), listed, bool(options.sample))
    except Complaint as complaint:
        print(complaint)
        return 1


if __name__ == "__main__":
    sys.exit(main())

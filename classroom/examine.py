"""One submission, exercise by exercise: tried behind the walls, and judged here."""

import functools
import json
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import exercises
from checker.card import Card
from checker.exercise import Choice, Exercise, Number
from checker.judge import conclude, judge
from checker.sandbox import Outcome
from checker.verdict import State, Verdict
from classroom import frames, outline, own_numbers, serialization, source_cuts, walls
from classroom.records import (
    Answer,
    Asked,
    Bounds,
    Claim,
    Earlier,
    End,
    Ending,
    Job,
    Ready,
    Record,
    Solution,
    Spliced,
    Told,
    Trouble,
    dumps,
)
from course import slices
from course.paths import ROOT
from exercises.own_numbers import NUMBER

# One thread: a fork keeps no others, and as many learners compute at once as there are jobs.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
GRACE = 1.0  # seconds between asking code to stop and killing it
# Users that exist nowhere else, one a grader: what a learner's code may do to its own processes
# it may do to no others.
FIRST_USER, USERS = 1_000_000, 1_000_000
LONGEST_LINE, LONGEST_REFUSAL = 300, 500
TOO_SLOW = (
    "Your code was still running after {limit:g} s and was ended. Is there a loop without end?"
)
ENDS = {
    End.TIME: (State.STOPPED, TOO_SLOW),
    End.MEMORY: (
        State.STOPPED,
        "Your code asked for more than {memory:.1f} GB of memory, and was ended.",
    ),
    End.FLOOD: (State.STOPPED, "Your code sent back more than can be read."),
    End.CROWD: (State.STOPPED, "Your code started process after process, and was ended."),
    End.DIED: (
        State.NOT_YET,
        "Your code ended Python itself, so nothing came back (status {status}).",
    ),
}
# All that may go wrong when a claim is read that was made to harm.
UNREADABLE = (
    serialization.Malformed,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    MemoryError,
)


@dataclass(frozen=True)
class Terms:
    """What all submissions of a run have in common.

    `seconds` caps the time limit of an exercise.
    """

    seed: int
    seconds: float = 10.0
    memory: int = 2_000_000_000


@dataclass(frozen=True)
class Result(Record):
    """What became of one exercise; `card` is what its check would show, as HTML."""

    id: str
    state: State
    points: int
    maximum: int
    card: str

    @classmethod
    def of(cls, form):
        return cls(**form | {"state": State(form["state"])})


class Walled:
    """The process that forks for every exercise; started when needed, and again if it died."""

    def __init__(self, scratch: Path):
        self.process, self.scratch = None, scratch

    def start(self):
        self.close()
        self.process = subprocess.Popen(
            self._command(),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | ONE_THREAD,
            start_new_session=True,  # Ctrl-C in the terminal is the main process's alone
        )
        if frames.receive(self.process.stdout, Ready) is None:
            raise RuntimeError(
                "The server does not start. To see why:"
                f" `python -m classroom.server {walls.NOWHERE} 0`"
            )

    def _command(self) -> list[str]:
        prefix = walls.prefix()
        root = tempfile.mkdtemp(dir=self.scratch) if prefix else walls.NOWHERE
        user = FIRST_USER + os.getpid() % USERS
        return [*(prefix or []), sys.executable, "-m", "classroom.server", root, str(user)]

    def ask(self, job: Job, memory: int) -> tuple[Ending, bytes]:
        """How the job ended, and its reply."""
        if self.process is None:
            self.start()
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            answer = self._answer(Bounds(job.limit + GRACE, memory, folder), job)
        if answer is None:
            self.start()
            return Ending(End.DIED, "the server died"), b""
        return answer

    def _answer(self, bounds: Bounds, job: Job) -> tuple[Ending, bytes] | None:
        """None from a server that is gone: a learner's code may have found a way to kill it."""
        try:
            frames.send(self.process.stdin, bounds, dumps(job).encode())
            return frames.receive(self.process.stdout, Ending)
        except BrokenPipeError:
            return None

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.kill()
            self.process.wait()


@functools.cache
def prepared(id: str, seed: int) -> tuple[Exercise, Told | None]:
    """An exercise with its expectations kept, and what the learner's side gets to know of it."""
    exercise = exercises.find(id)
    if isinstance(exercise, (Number, Choice)):
        return exercise, None
    exercise.expected(seed)
    return exercise, source_cuts.of(exercise, seed)


def examine(
    spliced: Spliced, terms: Terms, walled: Walled, drawn: list[Number] = ()
) -> list[Result]:
    """Judge every exercise of a submission's notebook; of own numbers, the student's."""
    if spliced.number == NUMBER:
        theirs = {exercise.id: (exercise, None) for exercise in drawn}
        examiner = Examiner(spliced, terms, walled, [], theirs.__getitem__)
        return [examiner.result(asked) for asked in own_numbers.outline()]
    given = outline.given(spliced.number)
    examiner = Examiner(spliced, terms, walled, given, lambda id: prepared(id, terms.seed))
    return [examiner.result(asked) for asked in outline.exercises(spliced.number)]


@dataclass(frozen=True)
class Before:
    """An exercise that was examined; `solution` is the learner's if it passed."""

    exercise: Exercise
    name: str
    solution: Solution | None

    @property
    def needs(self) -> list[str]:
        return self.solution.needs if self.solution else []

    def told(self) -> Earlier:
        theirs = Answer(cell=self.solution.source) if self.solution else None
        answer = theirs or source_cuts.reference(self.exercise)
        return Earlier(self.exercise.id, self.name, answer)


class Examiner:
    """Goes through one submission; remembers what was passed, because later ones may use it."""

    def __init__(self, spliced: Spliced, terms: Terms, walled: Walled, given: list, find):
        self.solutions, self.terms, self.walled, self.find = spliced.solutions, terms, walled, find
        self.available, self.before = [*given, *spliced.helpers], []

    def result(self, asked: Asked) -> Result:
        exercise, told = self.find(asked.id)
        solution = self.solutions.get(asked.id)
        verdict = self._verdict(exercise, told, asked, solution)
        passed, points = verdict.state == State.PASSED, exercise.points
        self.before.append(Before(exercise, asked.name, solution if passed else None))
        card = Card(verdict)._repr_html_()
        return Result(exercise.id, verdict.state, points * passed, points, card)

    def _verdict(self, exercise, told, asked, solution) -> Verdict:
        if solution is None:
            missing = f"There is no cell that defines `{asked.name}`."
            return Verdict(exercise, State.TO_DO, missing)
        limit = min(exercise.limit, self.terms.seconds)
        how, reply = self.walled.ask(self._job(exercise, told, solution, limit), self.terms.memory)
        if how.end != End.DONE:
            return Verdict(exercise, *_ended(how.end, limit, self.terms.memory, how.status))
        return judged(exercise, reply, self.terms.seed, limit)

    def _job(self, exercise, told, solution: Solution, limit: float) -> Job:
        pieces, before = self._needed(solution)
        return Job(
            id=exercise.id,
            name=solution.name,
            limit=limit,
            pieces=[one.source for one in pieces],
            earlier=[one.told() for one in before],
            solution=solution.source,
            told=told,
        )

    def _needed(self, solution: Solution) -> tuple[list[slices.Piece], list[Before]]:
        """Of all that stands before the cell what it needs, and what that needs in turn."""
        names, more = None, set(solution.needs)
        while more != names:
            names = more
            pieces = slices.needed(self.available, names)
            more = names.union(*(one.needs for one in pieces))
            before = [one for one in self.before if one.name in more]
            more = more.union(*(one.needs for one in before))
        return pieces, before


def _ended(end: End, limit: float, memory: int = 0, status=0) -> tuple[State, str]:
    state, text = ENDS[end]
    return state, text.format(limit=limit, memory=memory / 1e9, status=status)


def judged(exercise: Exercise, reply: bytes, seed: int, limit: float) -> Verdict:
    """A verdict on the claim of a learner's code, which may be anything at all."""
    try:
        claim = Claim.of(json.loads(reply))
        return _with_trouble(_judged(exercise, claim, seed, limit), claim.trouble)
    except UNREADABLE:
        return Verdict(exercise, State.NOT_YET, "What came back from your code cannot be read.")


def _with_trouble(verdict: Verdict, trouble: Trouble | None) -> Verdict:
    """Says first what the cell itself raised."""
    if trouble is None or verdict.state == State.PASSED:
        return verdict
    why = f"Your cell {str(trouble.text)[:LONGEST_LINE]}. {verdict.why}".strip()
    line = str(trouble.line)[:LONGEST_LINE] if trouble.line else verdict.line
    return replace(verdict, why=why, line=line)


def _judged(exercise: Exercise, claim: Claim, seed: int, limit: float) -> Verdict:
    if claim.slow:
        return Verdict(exercise, *_ended(End.TIME, limit))
    if claim.missing:
        return Verdict(exercise, State.NOT_YET, "Your cell does not define what is asked for.")
    if claim.refusal is not None:
        return Verdict(exercise, State.NOT_YET, str(claim.refusal)[:LONGEST_REFUSAL])
    if claim.outcomes is not None:
        return _judged_outcomes(exercise, claim.outcomes, seed)
    value = serialization.decode(claim.value)
    if not isinstance(exercise, (Number, Choice)) and value is not Ellipsis:
        raise serialization.Malformed("no outcomes")
    return judge(exercise, value, seed)


def _judged_outcomes(exercise: Exercise, forms: list, seed: int) -> Verdict:
    outcomes = [serialization.decode_outcome(form) for form in forms]
    if not outcomes:
        raise serialization.Malformed("no outcomes")
    refuse_a_canary(exercise, seed)
    verdict = conclude(exercise, outcomes, seed)
    if verdict.state == State.PASSED and len(outcomes) != len(exercise.calls(seed)):
        raise serialization.Malformed("not one outcome for every case")
    return verdict


def refuse_a_canary(exercise: Exercise, seed: int) -> None:
    """Before every verdict: a secret that cannot be right must not pass here."""
    canary = [Outcome(secrets.token_hex(8)) for _ in exercise.calls(seed)]
    pairs = zip(canary, exercise.expected(seed))
    if any(exercise.agrees(outcome, wanted) for outcome, wanted in pairs):
        raise RuntimeError(f"The comparison of {exercise.id} lets anything through.")

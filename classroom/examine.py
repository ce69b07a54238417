"""One submission, exercise by exercise: tried behind the walls, and judged here."""

import functools
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import exercises
from checker.card import Card
from checker.exercise import Choice, Exercise, Number
from checker.judge import conclude, judge
from checker.sandbox import PATIENCE, Outcome
from checker.verdict import State, Verdict
from classroom import frames, outline, own_numbers, serialization, source_cuts, walls
from classroom.records import (
    Asked,
    Bounds,
    Claim,
    Earlier,
    End,
    Ending,
    Job,
    Plan,
    Ready,
    Record,
    Spliced,
    Step,
    Told,
    Trouble,
    dumps,
)
from course.paths import ROOT
from exercises.own_numbers import NUMBER

# One thread: a fork keeps no others, and as many learners compute at once as there are jobs.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
OWN = 3  # times as long as an exercise may a learner's own cells above the check take
WIDE = 10  # and for so long may all of them be tried in one notebook
GRACE = 1.0  # seconds between asking code to stop and killing it
# Users that exist nowhere else, one a grader: what a learner's code may do to its own processes
# it may do to no others.
FIRST_USER, USERS = 1_000_000, 1_000_000
LONGEST_LINE, LONGEST_REFUSAL = 300, 500
TOO_SLOW = (
    "Your code was still running after {limit:g} s and was ended. Is there a loop without end?"
)
OWN_TOO_SLOW = (
    "Your own cells up to this check were still running after {limit:g} s, and were ended: so long"
    " they may take while grading."
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
            answer = self._answer(bounds(job, memory, folder), job)
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


def bounds(job: Job, memory: int, folder: str) -> Bounds:
    clock = PATIENCE * (job.limit + GRACE)
    return Bounds(job.own_limit + job.limit + GRACE, clock, memory, folder)


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
        examiner = Examiner(spliced, terms, walled, theirs.__getitem__)
        return [examiner.result(asked) for asked in own_numbers.outline()]
    examiner = Examiner(spliced, terms, walled, lambda id: prepared(id, terms.seed))
    return [examiner.result(asked) for asked in outline.exercises(spliced.number)]


class Examiner:
    """Goes through one submission; remembers what was failed, for its check hands on ours."""

    def __init__(self, spliced: Spliced, terms: Terms, walled: Walled, find):
        self.plans, self.terms, self.walled, self.find = spliced.plans, terms, walled, find
        self.before, self.failed = {}, set()
        self.wide_until = time.monotonic() + WIDE * terms.seconds

    def result(self, asked: Asked) -> Result:
        exercise, told = self.find(asked.id)
        verdict = self._verdict(exercise, told, asked)
        passed, points = verdict.state == State.PASSED, exercise.points
        self.before[asked.id] = asked.name, exercise
        if not passed:
            self.failed.add(asked.id)
        card = Card(verdict)._repr_html_()
        return Result(exercise.id, verdict.state, points * passed, points, card)

    def _verdict(self, exercise, told, asked) -> Verdict:
        plans = self.plans.get(asked.id)
        if not plans:
            missing = f"There is no cell that defines `{asked.name}`."
            return Verdict(exercise, State.TO_DO, missing)
        # Who hands in one number or letter after the other does not know it.
        kept = plans[:1] if isinstance(exercise, (Number, Choice)) else plans
        verdicts = (self._by_plan(exercise, told, plan) for plan in kept)
        return _first_passed(verdicts)

    def _by_plan(self, exercise, told, plan: Plan) -> Verdict:
        ways = [plan.steps] if plan.wide is None else [plan.steps, plan.wide]
        return _first_passed(
            self._tried(exercise, told, plan, steps)
            for steps in ways
            if steps is plan.steps or time.monotonic() < self.wide_until
        )

    def _tried(self, exercise, told, plan: Plan, steps: list[Step]) -> Verdict:
        limit = min(exercise.limit, self.terms.seconds)
        job = self._job(exercise, told, plan, steps, limit)
        how, reply = self.walled.ask(job, self.terms.memory)
        if how.end != End.DONE:
            return Verdict(exercise, *_ended(how.end, limit, self.terms.memory, how.status))
        return judged(exercise, reply, self.terms.seed, limit)

    def _job(self, exercise, told, plan: Plan, steps: list[Step], limit: float) -> Job:
        return Job(
            id=exercise.id,
            name=plan.name,
            cell=plan.cell,
            has_check=plan.has_check,
            limit=limit,
            own_limit=OWN * limit,
            steps=steps,
            earlier=self._earlier(plan, steps),
            told=told,
        )

    def _earlier(self, plan: Plan, steps: list[Step]) -> list[Earlier]:
        """Our answers, where the notebook goes on with them."""
        handed = {id for step in steps for id in step.checks if id in self.failed}
        missing = {id for id in plan.missing if id in self.before}
        told = [(id, *self.before[id]) for id in sorted(handed | missing)]
        return [
            Earlier(id, name, id in missing, source_cuts.reference(exercise))
            for id, name, exercise in told
        ]


def _first_passed(verdicts: Iterable[Verdict]) -> Verdict:
    """Else the first."""
    first = None
    for verdict in verdicts:
        if verdict.state == State.PASSED:
            return verdict
        first = first or verdict
    return first


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
    where = "A cell of yours above" if trouble.above else "Your cell"
    why = f"{where} {str(trouble.text)[:LONGEST_LINE]}. {verdict.why}".strip()
    line = str(trouble.line)[:LONGEST_LINE] if trouble.line else verdict.line
    return replace(verdict, why=why, line=line)


def _judged(exercise: Exercise, claim: Claim, seed: int, limit: float) -> Verdict:
    if claim.slow:
        return Verdict(exercise, State.STOPPED, OWN_TOO_SLOW.format(limit=OWN * limit))
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

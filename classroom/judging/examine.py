"""One submission, exercise by exercise: tried behind the walls, and judged here."""

import functools
import time
from collections.abc import Iterable
from dataclasses import dataclass

import exercises
from checker.exercise import Choice, Exercise, Number
from checker.sandbox import PATIENCE
from checker.verdict import State, Verdict
from classroom.judging import claims, partial, source_cuts
from classroom.judging.result import result_of, source_of
from classroom.records.job import Bounds, Earlier, End, Job, Told
from classroom.records.results import STATUSES, Result, Status
from classroom.records.spliced import Asked, Plan, Spliced, Step
from classroom.students import own_numbers
from classroom.submissions import outline
from classroom.walls.client import Walled
from exercises.own_numbers import NUMBER

WIDE = 10  # and so many times as long, in one notebook, the tries of all cells above a check
GRACE = 1.0  # seconds between asking code to stop and killing it
TOGETHER = (
    "Your exercises together have taken {together:g} s, which is all that a notebook gets. This"
    " one was not tried to the end."
)
NOT_GRADED = "This notebook could not be graded. Ask your teacher, who is told why."


@dataclass(frozen=True)
class Terms:
    """What all submissions of a run have in common.

    `seconds` caps the time limit of an exercise; `together` are the seconds by the clock that all
    exercises of a submission may take. With `partial`, parts of an answer are worth points.
    """

    seed: int
    seconds: float = 10.0
    together: float = 300.0
    memory: int = 2_000_000_000
    partial: bool = False


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


def nothing(number: str, drawn: list[Number] = ()) -> list[Result]:
    """No points for every exercise of a notebook."""
    asked = drawn or [exercises.find(one.id) for one in outline.exercises(number)]
    verdicts = [Verdict(exercise, State.STOPPED, NOT_GRADED) for exercise in asked]
    return [result_of(one, STATUSES[one.state], 0.0) for one in verdicts]


class Examiner:
    """Goes through one submission; remembers what was failed, for its check hands on ours."""

    def __init__(self, spliced: Spliced, terms: Terms, walled: Walled, find):
        self.plans, self.broken, self.trouble = spliced.plans, spliced.broken, spliced.trouble
        self.terms, self.walled, self.find = terms, walled, find
        self.before, self.failed = {}, set()
        self.wide_until = time.monotonic() + WIDE * terms.seconds
        self.until = time.monotonic() + terms.together

    def result(self, asked: Asked) -> Result:
        exercise, told = self.find(asked.id)
        verdict = self._verdict(exercise, told, asked)
        status = Status.UNREADABLE if self.trouble else STATUSES[verdict.state]
        share = self._share(verdict, status)
        result = result_of(verdict, status, share, source_of(self.plans.get(asked.id)))
        self.before[asked.id] = asked.name, exercise
        if result.status != Status.PASSED:
            self.failed.add(asked.id)
        return result

    def _share(self, verdict: Verdict, status: Status) -> float:
        """Of the points of an exercise."""
        if status != Status.WRONG or not self.terms.partial or not verdict.outcomes:
            return float(status == Status.PASSED)
        try:
            return partial.share(verdict.exercise, verdict.outcomes, self.terms.seed)
        except Exception:  # what a learner's code gave may be anything at all
            return 0.0

    def _verdict(self, exercise, told, asked) -> Verdict:
        plans = self.plans.get(asked.id)
        if not plans and asked.id in self.broken:
            why = f"The cell that defines `{asked.name}` {self.broken[asked.id]}."
            return Verdict(exercise, State.NOT_YET, why, layer=claims.CELL)
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
        if self._left() <= 0:
            return self._too_late(exercise)
        limit = min(exercise.limit, self.terms.seconds)
        job = self._job(exercise, told, plan, steps, limit)
        how, reply = self.walled.ask(job, self._bounds(job))
        if how.end == End.TIME and self._left() <= 0:
            return self._too_late(exercise)
        if how.end != End.DONE:
            ended = claims.ended(how.end, limit, self.terms.memory, how.status)
            return Verdict(exercise, *ended, layer=claims.CELL)
        return claims.judged(exercise, reply, self.terms.seed, limit)

    def _job(self, exercise, told, plan: Plan, steps: list[Step], limit: float) -> Job:
        return Job(
            id=exercise.id,
            name=plan.name,
            cell=plan.cell,
            has_check=plan.has_check,
            limit=limit,
            own_limit=claims.OWN * limit,
            steps=steps,
            earlier=self._earlier(plan, steps),
            told=told,
        )

    def _bounds(self, job: Job) -> Bounds:
        clock = min(PATIENCE * (job.limit + GRACE), self._left() + GRACE)
        return Bounds(job.own_limit + job.limit + GRACE, clock, self.terms.memory)

    def _left(self) -> float:
        return self.until - time.monotonic()

    def _too_late(self, exercise) -> Verdict:
        said = TOGETHER.format(together=self.terms.together)
        return Verdict(exercise, State.STOPPED, said)

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

"""One submission, exercise by exercise: tried behind the walls, and judged here."""

import copy
import functools
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import exercises
from checker.exercise import Choice, Exercise, Number
from checker.judge import conclude, is_stub, judge, try_cases
from checker.sandbox import PATIENCE, Outcome
from checker.verdict import State, Verdict
from classroom.judging import outcomes, partial, source_cuts
from classroom.judging.graded_card import GradedCard
from classroom.records.job import Bounds, Claim, Earlier, End, Job, Told, Trouble
from classroom.records.results import STATUSES, Result, Status
from classroom.records.spliced import Asked, Plan, Spliced, Step
from classroom.records.tables import number
from classroom.students import own_numbers
from classroom.submissions import outline
from classroom.walls import order, serialization
from classroom.walls.client import Walled
from exercises.own_numbers import NUMBER

OWN = 3  # times as long as an exercise may a learner's own cells above the check take
WIDE = 10  # and for so long may all of them be tried in one notebook
GRACE = 1.0  # seconds between asking code to stop and killing it
LONGEST_LINE, LONGEST_REFUSAL = 300, 500
TOO_SLOW = (
    "Your code was still running after {limit:g} s and was ended. Is there a loop without end?"
)
OWN_TOO_SLOW = (
    "Your own cells up to this check were still running after {limit:g} s, and were ended: so long"
    " they may take while grading."
)
TOGETHER = (
    "Your exercises together have taken {together:g} s, which is all that a notebook gets. This"
    " one was not tried to the end."
)
NOT_GRADED = "This notebook could not be graded. Ask your teacher, who is told why."
UNREADABLE = "What came back from your code cannot be read."
CELL = "cell"  # the layer of what is said where there is nothing to try
LONGEST_SOURCE, LONGEST_SAID = 4_000, 2_000  # characters
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
    return [_result(one, STATUSES[one.state], 0.0) for one in verdicts]


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
        result = _result(verdict, status, share, _source(self.plans.get(asked.id)))
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
            return Verdict(exercise, State.NOT_YET, why, layer=CELL)
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
            ended = _ended(how.end, limit, self.terms.memory, how.status)
            return Verdict(exercise, *ended, layer=CELL)
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


def _ended(end: End, limit: float, memory: int = 0, status=0) -> tuple[State, str]:
    state, text = ENDS[end]
    return state, text.format(limit=limit, memory=memory / 1e9, status=status)


def _result(verdict: Verdict, status: Status, share: float, source: str = "") -> Result:
    verdict, card = _shown(verdict)
    exercise, passed = verdict.exercise, status == Status.PASSED
    unnamed = status == Status.WRONG and not verdict.mistake and verdict.outcomes
    return Result(
        id=exercise.id,
        status=status,
        points=number(exercise.points * share),
        maximum=exercise.points,
        card=card,
        mistake=verdict.mistake or "",
        layer="" if passed else verdict.layer,
        found=_text(verdict.found),
        why=_text(verdict.why),
        call="" if verdict.case is None else _text(exercise.say(verdict.case)).strip("`"),
        source="" if status == Status.BLANK else _text(source, LONGEST_SOURCE),
        outcomes=outcomes.kept(verdict.outcomes) if unnamed else None,
    )


def _text(said: str, longest: int = LONGEST_SAID) -> str:
    """Such that any file can hold it."""
    return said[:longest].encode(errors="replace").decode()


def _source(plans: list[Plan] | None) -> str:
    """The student's cell that makes an answer."""
    steps = plans[0].steps if plans else []
    own = [step for step in steps if step.own and step.cell == plans[0].cell]
    return "\n".join(step.source.strip("\n") for step in own if not step.checks)


def _shown(verdict: Verdict) -> tuple[Verdict, str]:
    """With its card, as text that any file can hold."""
    try:
        card = GradedCard(verdict)._repr_html_()
    except Exception:  # what a card says is in part what the learner's code claims
        verdict = Verdict(verdict.exercise, State.NOT_YET, UNREADABLE)
        card = GradedCard(verdict)._repr_html_()
    return verdict, card.encode(errors="replace").decode()


def judged(exercise: Exercise, reply: bytes, seed: int, limit: float) -> Verdict:
    """A verdict on the claim of a learner's code, which may be anything at all.

    Raises RuntimeError where the comparison itself is broken.
    """
    if not isinstance(exercise, (Number, Choice)):
        refuse_a_canary(exercise, seed)
    try:
        claim = Claim.of(json.loads(reply))
        capped = _capped(exercise, limit)
        return _with_trouble(_judged(capped, claim, seed, limit), claim.trouble)
    except Exception:  # a claim made to harm may raise what nobody thinks of
        return Verdict(exercise, State.NOT_YET, UNREADABLE)


def _capped(exercise: Exercise, limit: float) -> Exercise:
    """The same with the limit that it was tried with, so that no card tells another."""
    capped = copy.copy(exercise)
    capped.limit = limit
    return capped


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
        said = "Your cell does not define what is asked for."
        return Verdict(exercise, State.NOT_YET, said, layer=CELL)
    if claim.refusal is not None:
        said = str(claim.refusal)[:LONGEST_REFUSAL]
        return Verdict(exercise, State.NOT_YET, said, layer="kind")
    if claim.outcomes is not None:
        return _judged_outcomes(exercise, claim.outcomes, seed)
    value = serialization.decode(claim.value)
    if not isinstance(exercise, (Number, Choice)) and value is not Ellipsis:
        raise serialization.Malformed("no outcomes")
    verdict = judge(exercise, value, seed)
    return replace(verdict, outcomes=tuple(try_cases(exercise, value, seed)))


def _judged_outcomes(exercise: Exercise, forms: list, seed: int) -> Verdict:
    found = [serialization.decode_outcome(form) for form in forms]
    if not found:
        raise serialization.Malformed("no outcomes")
    in_order = _in_order(exercise, found, seed)
    verdict = conclude(exercise, in_order, seed)
    if verdict.state == State.PASSED and len(found) != len(exercise.calls(seed)):
        raise serialization.Malformed("not one outcome for every case")
    return replace(verdict, outcomes=tuple(in_order))


def _in_order(exercise: Exercise, found: list[Outcome], seed: int) -> list[Outcome]:
    """As the cases were made. One that was not tried after a stop is left out of the verdict, as
    it agrees with what is expected.
    """
    if is_stub(found[0].error):
        return found
    return order.restored(found, exercise.expected(seed), seed)


def refuse_a_canary(exercise: Exercise, seed: int) -> None:
    """Before every verdict: a secret that cannot be right must not pass here."""
    canary = [Outcome(secrets.token_hex(8)) for _ in exercise.calls(seed)]
    pairs = zip(canary, exercise.expected(seed))
    if any(exercise.agrees(outcome, wanted) for outcome, wanted in pairs):
        raise RuntimeError(f"The comparison of {exercise.id} lets anything through.")

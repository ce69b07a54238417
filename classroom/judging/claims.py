"""A verdict on what a learner's code claims, which may be anything at all, or on how it ended."""

import copy
import json
import secrets
from dataclasses import replace

from checker.exercise import Choice, Exercise, Number
from checker.judge import conclude, is_stub, judge, try_cases
from checker.sandbox import Outcome
from checker.verdict import State, Verdict
from classroom.records.job import Claim, End, Trouble
from classroom.walls import order, serialization

OWN = 3  # times as long as an exercise may a learner's own cells above the check take
LONGEST_LINE, LONGEST_REFUSAL = 300, 500
TOO_SLOW = (
    "Your code was still running after {limit:g} s and was ended. Is there a loop without end?"
)
OWN_TOO_SLOW = (
    "Your own cells up to this check were still running after {limit:g} s, and were ended: so long"
    " they may take while grading."
)
UNREADABLE = "What came back from your code cannot be read."
CELL = "cell"  # the layer of what is said where there is nothing to try
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


def ended(end: End, limit: float, memory: int = 0, status=0) -> tuple[State, str]:
    state, text = ENDS[end]
    return state, text.format(limit=limit, memory=memory / 1e9, status=status)


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

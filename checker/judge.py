"""Judging an attempt: run it on every case, compare, and find the mistake that was made.

Where an attempt is wrong, the same cases are run through the catalogue of mistakes: the one that
gives exactly the learner's outcomes is the one that was made.
"""

import inspect

import numpy as np
import torch
from torch import nn

from checker import comparison, diagnosis, errors, sandbox, settings, show
from checker.diagnosis import Said, Trials
from checker.exercise import Exercise, Mistake, Module, Number
from checker.module_comparison import Unfit
from checker.verdict import State, Verdict

NOTHING = Said("", "")


@settings.course()
def judge(exercise: Exercise, attempt, seed: int = 0) -> Verdict:
    """Try an attempt on every case and say what was found.

    Raises nothing that the attempt raises.
    """
    if attempt is Ellipsis:
        return _to_do(exercise)
    refusal = exercise.refuse(attempt)
    if refusal:
        return Verdict(exercise, State.NOT_YET, refusal, layer="kind")
    # Before the attempt's clock starts: what torch loads late is then there.
    exercise.expected(seed)
    outcomes = try_cases(exercise, attempt, seed)
    return conclude(exercise, outcomes, seed, diagnosis.Trials(exercise, attempt, seed))


@settings.course()
def passes(exercise: Exercise, attempt, seed: int = 0) -> bool:
    """Whether an attempt passes, with no word about why: it ends at the first failing case."""
    if attempt is Ellipsis or exercise.refuse(attempt):
        return False
    wanted, deadline = exercise.expected(seed), sandbox.Deadline(exercise.limit)
    watch = bool(exercise.forbidden)
    for place, case in enumerate(exercise.calls(seed)):
        outcome = exercise.run(attempt, case, deadline, watch=watch)
        if not exercise.agrees(outcome, wanted[place]) or outcome.used & exercise.forbidden:
            return False
    return True


def try_cases(exercise: Exercise, attempt, seed: int = 0) -> list[sandbox.Outcome]:
    """The outcomes up to the time limit; a case that was stopped is the last.

    Needs no reference.
    """
    # Made before the clock starts: they may load much of torch.
    cases, outcomes = (exercise.calls(seed), [])
    deadline = sandbox.Deadline(exercise.limit)
    for case in cases:
        outcomes.append(exercise.run(attempt, case, deadline, watch=bool(exercise.forbidden)))
        if isinstance(outcomes[-1].error, (sandbox.TimeUp, KeyboardInterrupt)) or is_stub(
            outcomes[0].error
        ):
            break
    return outcomes


@settings.course()
def conclude(
    exercise: Exercise,
    outcomes: list[sandbox.Outcome],
    seed: int = 0,
    trials: Trials | None = None,
) -> Verdict:
    """What the outcomes of an attempt mean; `trials` makes other calls, to try what is said on.

    The grader calls it with outcomes from another process.
    """
    if is_stub(outcomes[0].error):
        return _to_do(exercise)
    failed = _first_failure(exercise, outcomes, seed, trials) or _used_forbidden(
        exercise, outcomes
    )
    return failed or _passed(exercise, outcomes)


def is_stub(error) -> bool:
    """`raise NotImplementedError` as handed out; torch's own errors of that type carry a
    message.
    """
    return isinstance(error, NotImplementedError) and not error.args


def _to_do(exercise) -> Verdict:
    return Verdict(exercise, State.TO_DO, f"about {exercise.minutes} min")


def _passed(exercise, outcomes) -> Verdict:
    count = len(outcomes)
    message = exercise.because or (f"{count} of {count} cases" if count > 1 else "right")
    return Verdict(exercise, State.PASSED, message, printed=outcomes[0].printed)


def _first_failure(exercise, outcomes, seed, trials) -> Verdict | None:
    expected = exercise.expected(seed)
    cases = exercise.calls(seed)
    for place, (case, outcome, wanted) in enumerate(zip(cases, outcomes, expected)):
        if exercise.agrees(outcome, wanted):
            continue
        state, found = _failure(exercise, case, outcome, wanted)
        mistake = None if state == State.STOPPED else diagnose(exercise, outcomes, seed)
        said = _why(exercise, mistake, outcomes, place, seed, trials)
        line = errors.line_of(outcome.error) if outcome.error is not None else None
        return Verdict(
            exercise,
            state,
            found,
            why=said.text,
            mistake=mistake and mistake.name,
            line=line,
            printed=outcome.printed,
            case=case,
            layer=said.layer,
        )
    return None


def _why(exercise, mistake, outcomes, place, seed, trials) -> Said:
    """The first layer that has something to say."""
    if mistake:
        return Said("catalogue", mistake.sentence)
    if isinstance(outcomes[place].error, Unfit):
        return Said("part", outcomes[place].error.why)
    if _says_itself(exercise, outcomes[place], exercise.expected(seed)[place]):
        return _where_wrong(exercise, outcomes, place, seed, trials) or Said("kind", "")
    if remark := _remark(exercise, outcomes, place, seed):
        return Said("error" if outcomes[place].error is not None else "remark", remark)
    if isinstance(outcomes[-1].error, (sandbox.TimeUp, KeyboardInterrupt)):
        return NOTHING
    if several := diagnosis.at_once(exercise, outcomes, seed):
        return Said("several", several)
    return _observed(exercise, outcomes, seed, trials) or NOTHING


def _says_itself(exercise, outcome, wanted) -> bool:
    """Where what came back is no answer at all, and what was found says so."""
    if outcome.error is not None:
        return False
    no_number = isinstance(exercise, Number) and isinstance(outcome.value, (str, set))
    return no_number or comparison.by_accident(outcome.value, wanted.value) is not None


def _where_wrong(exercise, outcomes, place, seed, trials) -> Said | None:
    """Of a None: on which calls it comes."""
    if outcomes[place].value is not None or outcomes[place].error is not None:
        return None
    return _observed(exercise, outcomes, seed, trials, diagnosis.where_wrong)


def _observed(exercise, outcomes, seed, trials, say=diagnosis.observed) -> Said | None:
    try:
        calls = diagnosis.seen(exercise, outcomes, seed)
        calls += trials.fresh(calls) if trials else []
        return say(exercise, calls, trials)
    except Exception:  # an object that can't be looked at costs the sentence, not the card
        return None


def _failure(exercise, case, outcome, wanted) -> tuple[State, str]:
    """The state and the sentence for one failed case."""
    called = exercise.say(case)
    if isinstance(outcome.error, sandbox.TimeUp):
        return State.STOPPED, f"{called} {_late(exercise, outcome.error)}"
    if isinstance(outcome.error, KeyboardInterrupt):
        return (
            State.STOPPED,
            f"{called} was interrupted: you pressed stop, or the code raises KeyboardInterrupt.",
        )
    if isinstance(outcome.error, Unfit):
        return State.NOT_YET, f"{called}: {outcome.error}"
    if outcome.error is not None:
        return State.NOT_YET, f"{called} {_raised(outcome.error, wanted)}"
    return (
        State.NOT_YET,
        f"{called} {exercise.miss(outcome.value, wanted.value) or 'gave the right answer.'}",
    )


def _late(exercise, error) -> str:
    if error.args:
        clock = exercise.limit * sandbox.PATIENCE
        return (
            f"had not ended after {clock:g} s. For {float(error.args[0]):.1f} s of these it was"
            " computing; does it sleep, or wait for something?"
        )
    return f"was still running after {exercise.limit:g} s. Is there a loop that never ends?"


def _raised(error, wanted) -> str:
    expected = show.short(wanted.value) if not isinstance(wanted.value, dict) else "a result"
    if errors.line_of(error) is None and isinstance(error, TypeError) and "argument" in str(error):
        return f"{errors.what_raised(error)}. Keep the arguments of the stub as they were."
    return f"{errors.what_raised(error)}, expected {expected}."


def _remark(exercise, outcomes, place, seed) -> str:
    """A sentence where no catalogued mistake fits: what was seen beside the value."""
    outcome, case = outcomes[place], exercise.calls(seed)[place]
    if outcome.error is not None:
        return errors.in_words(outcome.error) or ""
    if outcome.changed is not None:
        return _changed(exercise, case, outcome.changed)
    if outcome.seeded:
        return "But your code set a random seed, which changes every draw after it. Take that out."
    if outcome.left:
        return f"But your code left {' and '.join(outcome.left)} changed for all that comes after."
    if _only_shapes_differ(exercise, outcomes, seed):
        return "The numbers are right, only the shape is not."
    if outcome.alias and not _may_be_a_view(exercise, case, place, seed):
        return "What came back is the input itself, or a view of it."
    return ""


def _changed(exercise, case, place) -> str:
    """Which argument was changed, and how to keep it as it was."""
    if exercise.probed or isinstance(exercise, Module):
        return "But your code changed its input, which the caller still needs. Work on a copy."
    value = case.kwargs[place] if isinstance(place, str) else case.args[place]
    names = list(inspect.signature(exercise.answer).parameters)
    name = place if isinstance(place, str) else names[min(place, len(names) - 1)]
    copy = next((text for kind, text in COPIES.items() if isinstance(value, kind)), "")
    way = f": `{name} = {copy.format(name)}`" if copy else ""
    return f"But your code changed `{name}`, which the caller still needs. Work on a copy{way}."


COPIES = {
    torch.Tensor: "{}.clone()",
    np.ndarray: "{}.copy()",
    list: "list({})",
    dict: "dict({})",
    nn.Module: "copy.deepcopy({})",
}


def _only_shapes_differ(exercise, outcomes, seed) -> bool:
    """On every case, one of more than one number among them."""
    pairs = list(zip(outcomes, exercise.expected(seed)))
    if any(outcome.error is not None for outcome, _ in pairs):
        return False
    several = any(
        isinstance(wanted.value, torch.Tensor)
        and wanted.value.unique().numel() > 1
        and not exercise.agrees(outcome, wanted)
        for outcome, wanted in pairs
    )
    return several and all(
        comparison.only_shapes_differ(outcome.value, wanted.value, exercise.tolerance)
        for outcome, wanted in pairs
    )


def _may_be_a_view(exercise, case, place, seed) -> bool:
    """Whether some right answer gives a view of its input here."""
    deadline = sandbox.Deadline(exercise.limit)
    return exercise.expected(seed)[place].alias or any(
        exercise.run(right, case, deadline).alias for right in exercise.alternatives
    )


def diagnose(exercise: Exercise, outcomes, seed: int = 0) -> Mistake | None:
    """The one mistake that gives the same outcomes on every case; None if there is none, or more
    than one.
    """
    fits = [mistake for mistake in exercise.mistakes if _fits(exercise, mistake, outcomes, seed)]
    return fits[0] if len(fits) == 1 else None


def _fits(exercise, mistake, outcomes, seed) -> bool:
    """The same outcomes, and one wrong value among them. Where there is none, only the very same
    errors speak for the mistake.
    """
    if exercise.refuse(mistake.attempt):
        return False
    wrong = False
    for place, (outcome, wanted) in enumerate(zip(outcomes, exercise.expected(seed))):
        other = exercise.mistaken(mistake, place, seed)
        if not exercise.agrees(outcome, other, errors.same_kind):
            return False
        wrong = wrong or outcome.error is None and not exercise.agrees(outcome, wanted)
    return wrong or all(
        exercise.agrees(outcome, exercise.mistaken(mistake, place, seed))
        for place, outcome in enumerate(outcomes)
    )


def _used_forbidden(exercise, outcomes) -> Verdict | None:
    used = set().union(*(outcome.used for outcome in outcomes)) & exercise.forbidden
    if not used:
        return None
    found = f"The answer is right, but it calls the library's `{min(used)}`."
    why, name = "This exercise is to write it yourself.", "library call"
    return Verdict(exercise, State.NOT_YET, found, why, name, layer=name)

"""What a notebook calls: `check`, `again`, `claim` and `progress`."""

import os

from checker import marks, registry, sandbox
from checker.card import Card
from checker.judge import judge
from checker.progress import Progress
from checker.verdict import State, Verdict

# the last attempt at each exercise: after a failed check its name stands for our answer
_attempts = {}


class NotPassed(AssertionError):
    """Raised for anything but a pass while a grader runs the notebook."""


def check(id: str, attempt):
    """Judge an attempt, show the card, and return what the notebook goes on with.

    That is the attempt if it passes and the right answer otherwise. Raises `NotPassed` for
    anything but a pass where COURSE_GRADING or NBGRADER_EXECUTION is set.
    """
    from IPython.display import display  # here: who only judges does without

    exercise = registry.find(id)
    attempt = _theirs(exercise, attempt)
    verdict = judge(exercise, attempt)
    _attempts[id] = attempt
    display(Card(verdict))
    if verdict.state != State.PASSED:
        return _not_passed(verdict)
    trouble = marks.add(id)
    if trouble:
        print(trouble)
    return attempt


def _theirs(exercise, attempt):
    """After a failed check the name stands for our answer: run twice, a check must not pass that
    off as theirs.
    """
    return (
        _attempts.get(exercise.id, attempt)
        if callable(attempt) and attempt is exercise.answer
        else attempt
    )


def _not_passed(verdict: Verdict):
    raise_if_grading(verdict)
    return verdict.exercise.answer


def raise_if_grading(verdict: Verdict) -> None:
    if os.environ.get("COURSE_GRADING") or os.environ.get("NBGRADER_EXECUTION"):
        raise NotPassed(f"{verdict.exercise.id} {verdict.state}: {verdict.message}")


def again(id: str):
    """Make the first failing call of the last checked attempt once more, outside the check; return
    what it returns.

    Prints show, an error comes with its whole traceback, and a debugger works. Raises LookupError
    where no call fails.
    """
    exercise = registry.find(id)
    if id not in _attempts:
        raise LookupError(f"Run the check of {id} first.")
    attempt = _attempts[id]
    verdict = judge(exercise, attempt)
    if verdict.case is None:
        raise LookupError(f"No call of {id} fails: it is {verdict.state}.")
    print(exercise.say(verdict.case).strip("`"))
    case = sandbox.copies((verdict.case.args, verdict.case.kwargs))
    return exercise.ask(attempt, *case[0], **case[1])


def claim(sentence: str, holds: bool) -> None:
    """Print a verdict of an experiment in one line that is compared on every run."""
    print(f"{'holds' if holds else 'does not hold'}: {sentence}")


def progress() -> Progress:
    """All notebooks of the course and how many of their exercises were passed here."""
    return Progress()

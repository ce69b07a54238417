"""What a notebook calls: `check`, `again`, `where`, `claim`, `review` and `progress`."""

import contextlib
import sys
from dataclasses import replace

import torch

from checker import kernel, marks, registry, sandbox, settings, tries
from checker.card import Card, Notice
from checker.judge import judge
from checker.progress import Progress
from checker.review import ANY, Review
from checker.verdict import State, Verdict
from checker.where import can_look, looked_for

# the last attempt at each exercise: after a failed check its name stands for our answer
_attempts = {}
_verdicts: dict[str, Verdict] = {}  # on these


def _show(sentence: str) -> None:
    from IPython.display import display

    display(Notice(sentence))


settings.put_back()
_shell = kernel.shell()
_cells = _shell and kernel.listen(_shell, _show)


class NotPassed(AssertionError):
    """Raised for anything but a pass while a grader runs the notebook."""


def check(id: str, attempt):
    """Judge an attempt, show the card, and return what the notebook goes on with.

    That is the attempt if it passes and the right answer otherwise. Raises `NotPassed` for
    anything but a pass where COURSE_GRADING or NBGRADER_EXECUTION is set.
    """
    from IPython.display import display  # here: who only judges does without

    exercise = registry.find(id)
    notes = [*_put_back(), *_version(exercise, attempt)]
    attempt = _attempts[id] = _theirs(exercise, attempt)
    with _named_as_theirs(exercise, attempt, sys._getframe(1).f_globals):
        verdict = _verdicts[id] = judge(exercise, attempt)
    count, trouble = tries.count(verdict, attempt)
    added = tries.said(verdict, count, _look(verdict, attempt))
    display(Card(replace(verdict, notes=tuple(notes)), added, tries.hints_open(count)))
    if trouble:
        print(trouble)
    if verdict.state != State.PASSED:
        return _not_passed(verdict)
    _attempts[id] = exercise.kept(attempt)
    return _attempts[id]


def _put_back() -> list[str]:
    others = " and ".join(settings.put_back())
    return [f"A cell had changed {others}. The course's setting is back."] * bool(others)


def _version(exercise, attempt) -> list[str]:
    """Which version is judged, where it may not be the one in sight."""
    if newer := kernel.newer(_cells, exercise.id):
        return [newer]
    same = attempt is exercise.handed_on or attempt is _attempts.get(exercise.id, _attempts)
    return ["No new version was run since the last check: this is about the same one."] * same


def _look(verdict, attempt) -> str:
    """Offers a look for the line, where there is one to look at."""
    if not can_look(verdict, attempt):
        return ""
    return f'`from checker import where; where("{verdict.exercise.id}")` looks for the line.'


def _theirs(exercise, attempt):
    """After a failed check the name stands for our answer: run twice, a check must not pass that
    off as theirs.
    """
    return _attempts.get(exercise.id, ...) if attempt is exercise.handed_on else attempt


@contextlib.contextmanager
def _named_as_theirs(exercise, attempt, namespace):
    """While it is judged, code that calls itself by its name meets itself, not our answer."""
    names = [name for name, value in namespace.items() if value is exercise.handed_on]
    namespace.update(dict.fromkeys(names, attempt))
    try:
        yield
    finally:
        namespace.update(dict.fromkeys(names, exercise.handed_on))


def _not_passed(verdict: Verdict):
    raise_if_grading(verdict)
    return verdict.exercise.handed_on


def raise_if_grading(verdict: Verdict) -> None:
    """Raises NotPassed with what was found, where a blank answer must earn nothing."""
    if marks.is_grading():
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
    with _named_as_theirs(exercise, attempt, sys._getframe(1).f_globals):
        verdict = judge(exercise, attempt)
        if verdict.case is None:
            raise LookupError(f"No call of {id} fails: it is {verdict.state}.")
        print(exercise.say(verdict.case).strip("`"))
        case = sandbox.copies((verdict.case.args, verdict.case.kwargs))
        return exercise.ask(attempt, *case[0], **case[1])


def where(id: str) -> None:
    """Look for the line of the last checked attempt that one small change would mend, and show it.

    Takes 3 seconds at most. Raises LookupError where nothing was checked.
    """
    from IPython.display import display

    registry.find(id)
    if id not in _verdicts:
        raise LookupError(f"Run the check of {id} first.")
    display(looked_for(_verdicts[id], _attempts[id]))


def claim(sentence: str, holds) -> None:
    """Print a verdict of an experiment in one line that is compared on every run.

    holds: a bool, or a tensor (seeds, ...) of bool. Then it holds if it is true in every seed.
    """
    held = torch.as_tensor(holds)
    held = held.flatten(1).all(1) if held.dim() > 1 else held
    verdict = "holds" if held.all() else "does not hold"
    count = f" (true in {int(held.sum())} of {held.numel()} seeds)" if held.dim() else ""
    print(f"{verdict}{count}: {sentence}")


def review(answers=(...,) * 10, before: str = ANY) -> Review:
    """Short questions from earlier notebooks; where they are answered, whether that is right.

    answers: one for each question, `...` where there is none yet. With dots alone other questions
    are asked. before: the number of the notebook that opens with them, "05". Raises LookupError
    where nothing comes before it.
    """
    return Review(answers, before if before == ANY else str(before).zfill(2))


def progress() -> Progress:
    """All notebooks of the course and how many of their exercises were passed here."""
    return Progress()

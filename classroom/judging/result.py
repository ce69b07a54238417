"""A verdict as a result: its card, and what is kept of it, as text that any file can hold."""

from checker.verdict import State, Verdict
from classroom.judging import outcomes
from classroom.judging.claims import UNREADABLE
from classroom.judging.graded_card import GradedCard
from classroom.records.results import Result, Status
from classroom.records.spliced import Plan
from classroom.records.tables import number

LONGEST_SOURCE, LONGEST_SAID = 4_000, 2_000  # characters


def result_of(verdict: Verdict, status: Status, share: float, source: str = "") -> Result:
    verdict, card = shown(verdict)
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


def source_of(plans: list[Plan] | None) -> str:
    """The student's cell that makes an answer."""
    steps = plans[0].steps if plans else []
    own = [step for step in steps if step.own and step.cell == plans[0].cell]
    return "\n".join(step.source.strip("\n") for step in own if not step.checks)


def shown(verdict: Verdict) -> tuple[Verdict, str]:
    """With its card, as text that any file can hold."""
    try:
        card = GradedCard(verdict)._repr_html_()
    except Exception:  # what a card says is in part what the learner's code claims
        verdict = Verdict(verdict.exercise, State.NOT_YET, UNREADABLE)
        card = GradedCard(verdict)._repr_html_()
    return verdict, card.encode(errors="replace").decode()

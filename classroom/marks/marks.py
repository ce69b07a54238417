"""Marks: the points that count, made from what the checks found."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from classroom.records.results import Graded, Result
from classroom.students import own_numbers
from classroom.submissions import outline
from exercises import find
from exercises.own_numbers import NUMBER

NOT_HANDED_IN = "not handed in"
DROPPED = "dropped"


@dataclass(frozen=True)
class Mark:
    """Of one exercise, or of something that a person marks. `state` is in words; `reason` is a
    teacher's, who gave these points in place of those `found`.
    """

    id: str
    state: str
    points: float
    maximum: float
    card: str = ""
    reason: str = ""
    source: str = ""
    found: float = 0.0

    def by_hand(self, points: float, reason: str) -> Self:
        return replace(self, points=points, reason=reason, state=f"{self.state}, by hand")


@dataclass(frozen=True)
class Marked:
    """A student's notebook: when its file was changed, where it was handed in, what a person must
    read, and the points that it loses for being late.
    """

    student: str
    number: str
    marks: list[Mark]
    remarks: list[str]
    changed: str = ""
    file: str = ""
    words: str = ""
    lost: float = 0.0

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.marks) - self.lost

    @property
    def maximum(self) -> float:
        return sum(mark.maximum for mark in self.marks)

    @property
    def is_handed_in(self) -> bool:
        return any(mark.state != NOT_HANDED_IN for mark in self.marks)


def of(one: Graded) -> Marked:
    marks = [_mark(result) for result in one.results]
    return Marked(one.student, one.number, marks, one.remarks, one.changed, one.file, one.words)


def _mark(one: Result) -> Mark:
    return Mark(
        one.id, one.status, one.points, one.maximum, one.card, source=one.source, found=one.points
    )


def complete(
    every: list[Marked], students: Iterable[str], numbers: Iterable[str] = ()
) -> list[Marked]:
    """With what was not handed in, and of these notebooks alone; else of all that anybody has."""
    there = {(one.student, one.number): one for one in every}
    names = sorted({one.student for one in every} | set(students))
    numbers = sorted(numbers or {one.number for one in every})
    return [
        there.get((name, number)) or _missing(name, number) for name in names for number in numbers
    ]


def _missing(student: str, number: str) -> Marked:
    return Marked(
        student, number, [Mark(id, NOT_HANDED_IN, 0, most) for id, most in _asked(number)], []
    )


def _asked(number: str) -> list[tuple[str, int]]:
    """The exercises of a notebook with their points."""
    if number == NUMBER:
        return [(one.id, 1) for one in own_numbers.outline()]
    return [(one.id, find(one.id).points) for one in outline.exercises(number)]


def count(one: Marked, bonus: set[str], dropped: set[str]) -> Marked:
    """Points of a bonus exercise come on top of the maximum; a dropped one has none."""
    marks = [_counted(mark, mark.id in bonus, mark.id in dropped) for mark in one.marks]
    return replace(one, marks=marks)


def _counted(mark: Mark, is_bonus: bool, is_dropped: bool) -> Mark:
    if is_dropped:
        return replace(mark, points=0, maximum=0, state=DROPPED)
    return replace(mark, maximum=0) if is_bonus else mark

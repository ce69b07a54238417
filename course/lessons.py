"""Plans for lessons, one a notebook: what to show and in how many minutes, what to run before,
what to ask, which mistakes to expect. They lie in book/lessons/.

Cells and mistakes are named by their ids, so that what is said of them comes from the notebooks
and the catalogue.
"""

import functools
import tomllib
from dataclasses import dataclass

import exercises
from checker.exercise import Exercise, Mistake
from course.paths import ROOT, Complaint

FOLDER = ROOT / "book" / "lessons"
MINUTES = 90  # a lesson
# Notebooks by week: 15 follows 10, 14 what it builds on, and the contest ends the course.
TWELVE_WEEKS = "00 01, 02, 03, 04, 05, 06, 07, 08 09, 10 15, 11, 12 14, 13"
SIX_WEEKS = "00 01 02, 03 04 05, 06 07, 08 09 10, 15 11 12, 14 13"


@dataclass(frozen=True)
class Show:
    """Something to show: cells of text, each with what follows it up to the next."""

    minutes: int
    cells: list[str]
    do: str


@dataclass(frozen=True)
class Run:
    """A cell to run before the lesson."""

    cell: str
    why: str


@dataclass(frozen=True)
class Question:
    """A question to a class, and the answer."""

    q: str
    a: str


@dataclass(frozen=True)
class Lesson:
    """The plan for one notebook; `work` are the exercises that are solved in class."""

    number: str
    idea: str
    work: list[Exercise]
    mistakes: list[tuple[Exercise, Mistake]]
    show: list[Show]
    ask: list[Question]
    before: list[Run]

    @property
    def minutes(self) -> int:
        return sum(one.minutes for one in self.show)

    @property
    def home(self) -> list[Exercise]:
        """What is left of the core."""
        every = exercises.of(self.number).values()
        return [one for one in every if one.core and one not in self.work]


@functools.cache
def load(number: str) -> Lesson:
    """Raises Complaint where there is no such plan, or it names what is not there."""
    path = FOLDER / f"{number}.toml"
    if not path.is_file():
        raise Complaint(f"There is no plan of a lesson on notebook {number} in {FOLDER.name}/.")
    try:
        return _lesson(number, tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise Complaint(f"{path.name} cannot be read: {error}.") from None
    except (KeyError, TypeError) as error:
        raise Complaint(f"{path.name} lacks something, or has too much: {error}.") from None


def _lesson(number: str, form: dict) -> Lesson:
    return Lesson(
        number,
        form["idea"],
        [exercises.find(id) for id in form["work"]],
        [_mistake(*one.split(maxsplit=1)) for one in form["mistakes"]],
        [Show(**one) for one in form["show"]],
        [Question(**one) for one in form["ask"]],
        [Run(**one) for one in form["before"]],
    )


def _mistake(id: str, name: str) -> tuple[Exercise, Mistake]:
    exercise = exercises.find(id)
    found = [one for one in exercise.mistakes if one.name == name]
    if not found:
        raise Complaint(f"Exercise {id} has no mistake {name}.")
    return exercise, found[0]


def weeks(plan: str) -> list[list[str]]:
    """The notebooks of each week."""
    return [week.split() for week in plan.split(",")]

"""Whatever a task asks for is tried: each demand stands in its text, and a mistake breaks it."""

import functools

import pytest

import exercises
from checker.exercise import Choice, Number
from course.notebook_files import exercise_id, read, role
from course.paths import SOLUTIONS, sources
from course.stub import stub

ALL = [exercise for number in exercises.NOTEBOOKS for exercise in exercises.of(number).values()]
CODE = [exercise for exercise in ALL if not isinstance(exercise, Choice | Number)]
DEMANDS = [(exercise, demand) for exercise in ALL for demand in exercise.demands]
each_demand = pytest.mark.parametrize(
    ("exercise", "demand"), DEMANDS, ids=[f"{one.id}-{demand.text}" for one, demand in DEMANDS]
)


@functools.cache
def texts() -> dict[str, str]:
    """What a learner reads of each exercise: the task and the stub, as plain words."""
    found = {}
    for path in sources(SOLUTIONS, list(exercises.NOTEBOOKS)):
        for cell in read(path).cells:
            if role(cell) in ("exercise", "solution"):
                source = stub(cell.source) if role(cell) == "solution" else cell.source
                found[exercise_id(cell)] = f"{found.get(exercise_id(cell), '')} {plain(source)}"
    return found


def plain(text: str) -> str:
    """Without layout and emphasis."""
    return " ".join(text.replace("*", "").replace("`", "").lower().split())


@each_demand
def test_it_stands_in_the_task(exercise, demand):
    assert plain(demand.text) in texts()[exercise.id]


@each_demand
def test_a_mistake_breaks_it(exercise, demand):
    """That it is rejected, by its name, is tested with all mistakes."""
    assert demand.violated_by in [mistake.name for mistake in exercise.mistakes]


@pytest.mark.parametrize("exercise", CODE, ids=lambda exercise: exercise.id)
def test_every_task_lists_what_it_asks_for(exercise):
    assert exercise.demands

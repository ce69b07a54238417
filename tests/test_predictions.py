"""A prediction costs nothing: the experiment, not the check, says who was right."""

import re

import pytest

import exercises
from checker.exercise import Prediction
from checker.judge import judge
from checker.verdict import State
from course.notebook_files import exercise_id, read, role
from course.paths import SOLUTIONS, sources

ALL = [one for number in exercises.NOTEBOOKS for one in exercises.of(number).values()]
PREDICTIONS = [exercise for exercise in ALL if isinstance(exercise, Prediction)]
TASKS = {
    exercise_id(cell): cell.source
    for path in sources(SOLUTIONS)
    for cell in read(path).cells
    if role(cell) == "exercise"
}


@pytest.mark.parametrize("exercise", PREDICTIONS, ids=lambda exercise: exercise.id)
def test_every_letter_passes_with_the_same_card(exercise):
    verdicts = [judge(exercise, letter) for letter in exercise.letters]
    assert {verdict.state for verdict in verdicts} == {State.PASSED}
    assert len({verdict.message for verdict in verdicts}) == 1


@pytest.mark.parametrize("exercise", PREDICTIONS, ids=lambda exercise: exercise.id)
def test_what_is_no_letter_of_it_is_refused(exercise):
    assert {judge(exercise, other).state for other in ("x", "ab", 3)} == {State.NOT_YET}
    assert judge(exercise, ...).state == State.TO_DO


def test_there_are_some():
    assert {"1.12", "3.11", "5.12", "10.1"} <= {exercise.id for exercise in PREDICTIONS}


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_a_task_says_whether_it_is_to_be_guessed_or_to_be_known(exercise):
    said = TASKS[exercise.id].partition("min` ")[2]
    guessed = isinstance(exercise, Prediction)
    assert ("Any letter passes: the experiment answers." in said) == guessed
    assert guessed or not re.search(r"\bPredict\b", said)


OUTCOME = re.compile(
    r"\b(?:than|better|worse|lower|higher|falls?|rises?|loses?|clearly|never|always|guesses"
    r"|overlap|smooths|removes|far (?:above|below|apart)|near(?:er|ly)?)\b"
)


@pytest.mark.parametrize("path", sources(SOLUTIONS), ids=lambda path: path.stem)
def test_no_alt_text_in_sight_tells_what_is_to_be_predicted(path):
    asked = False
    for cell in read(path).cells:
        asked |= bool(re.search(r"\bPredict\b|Any letter passes", cell.source))
        written = re.search(r'alt=((?:\s*f?"[^"]*")+)', cell.source)
        if asked and written and cell.cell_type == "code":
            assert not OUTCOME.search(re.sub(r'"\s+"', "", written[1])), cell.id
        asked &= "claim(" not in cell.source

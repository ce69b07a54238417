"""How long a notebook takes is said once, in the map of the course; its title says it in words."""

import pytest

from course.notebook_files import read
from course.paths import SOLUTIONS, sources
from exercises import NOTEBOOKS, of

WORDS = {
    15: ("quarter of an hour",),
    80: ("eighty minutes", "hour and twenty minutes"),
    90: ("ninety minutes",),
    100: ("hundred minutes", "100 minutes", "hour and forty minutes"),
    120: ("two hours.",),
    150: ("two and a half hours", "two hours and a half"),
    160: ("two hours and forty minutes",),
    180: ("three hours",),
}


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_the_title_says_the_minutes_of_the_map(number):
    (path,) = sources(SOLUTIONS, [number])
    opening = read(path).cells[0].source.lower()
    said = [minutes for minutes, words in WORDS.items() if any(w in opening for w in words)]
    assert said == [NOTEBOOKS[number].minutes]


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_there_is_time_for_all_exercises(number):
    assert sum(exercise.minutes for exercise in of(number).values()) <= NOTEBOOKS[number].minutes

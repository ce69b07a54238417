"""No core exercise needs one that is not: by names in its cells, or by a number in its task."""

import pytest
from pages import SOLVED, code, prose

from authoring.needs import needs
from course.notebook_files import read
from course.paths import SOLUTIONS, number, sources
from exercises import NOTEBOOKS, of

PATHS = {number(path): path for path in sources(SOLUTIONS)}


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_no_core_exercise_needs_one_that_is_not(number):
    cells, asked = read(PATHS[number]).cells, of(number)
    core = [id for id, exercise in asked.items() if exercise.core]
    needed = {other for id in core for other in needs(cells, id, asked)}
    assert core and needed <= {*core}


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_the_core_is_a_part_of_every_notebook(number):
    assert any(exercise.core for exercise in of(number).values())


def asked(id, name, solution, task=""):
    """The three cells of an exercise."""
    cell = f"ex-{id.replace('.', '-')}"
    return [
        prose(cell, f"### {id}\n{task}", "exercise"),
        code(f"{cell}-solution", solution, "solution"),
        code(f"{cell}-check", f'{name} = check("{id}", {name})', "check"),
    ]


FIRST = asked("2.4", "double", SOLVED)
KNOWN = ["2.4", "2.5"]


@pytest.mark.parametrize(
    "cells",
    [
        asked("2.5", "four", "four = lambda x: double(double(x))"),
        [code("given", "six = double(3)"), *asked("2.5", "seven", "seven = six + 1")],
        [code("given", "def six(): return double(3)"), *asked("2.5", "seven", "seven = six()")],
        asked("2.5", "four", "four = 4", task="As in 2.4, and once more."),
    ],
    ids=["its solution", "a given number", "a given function", "its task"],
)
def test_what_an_exercise_needs_is_found(cells):
    assert needs([*FIRST, *cells], "2.5", KNOWN) == {"2.4"}


@pytest.mark.parametrize(
    "cells",
    [
        asked("2.5", "four", "four = 4", task="Its weight is 12.4, and 2.45 at most."),
        asked("2.5", "double", "double = lambda x: x + x"),
        [*asked("2.5", "four", "four = 4"), code("given", "print(double(four))")],
    ],
    ids=["another number", "the name made anew", "a later cell"],
)
def test_what_it_does_not_need_is_not(cells):
    assert needs([*FIRST, *cells], "2.5", KNOWN) == set()

"""Who leaves exercises undone goes on with our answers, and still solves the ones that follow."""

import pytest

import exercises
from authoring.prove import solved
from checker.judge import judge
from course.cells import asked
from course.notebook_files import read, role
from course.paths import SOLUTIONS, sources

CELLS = [
    (path, *parts)
    for path in sources(SOLUTIONS, list(exercises.NOTEBOOKS))
    for parts in solved(path)
    if parts[1] and exercises.find(parts[0]).forbidden
]


def answers(path) -> dict:
    """The names of a notebook's checks, each with our answer."""
    checks = [cell.source for cell in read(path).cells if role(cell) == "check"]
    return {
        name: exercises.find(id).answer for source in checks for id, name in asked(source).items()
    }


@pytest.mark.parametrize("path, id, name, source, needs, _", CELLS, ids=[c[1] for c in CELLS])
def test_with_our_answers_before_it(path, id, name, source, needs, _):
    scope = {"__name__": "solution"}
    exec(needs, scope)
    scope |= answers(path)
    exec(source, scope)
    verdict = judge(exercises.find(id), scope[name])
    assert verdict.state == "passed", verdict.message

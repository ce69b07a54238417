"""Who leaves exercises undone goes on with our answers, and still solves the ones that follow."""

from pathlib import Path

import pytest

import exercises
from authoring.prove import Solved, solved
from checker.judge import judge
from course.cells import asked
from course.notebook_files import read, role
from course.paths import SOLUTIONS, sources

FROM_SCRATCH = [
    (path, one)
    for path in sources(SOLUTIONS, list(exercises.NOTEBOOKS))
    for one in solved(path)
    if one.name and exercises.find(one.id).forbidden
]


def answers(path: Path) -> dict:
    """The names of a notebook's checks, each with our answer."""
    checks = [cell.source for cell in read(path).cells if role(cell) == "check"]
    return {
        name: exercises.find(id).answer for source in checks for id, name in asked(source).items()
    }


@pytest.mark.parametrize(("path", "one"), FROM_SCRATCH, ids=[one.id for _, one in FROM_SCRATCH])
def test_with_our_answers_before_it(path: Path, one: Solved):
    scope = {"__name__": "solution"}
    exec(one.needs, scope)
    scope |= answers(path)
    exec(one.source, scope)
    verdict = judge(exercises.find(one.id), scope[one.name])
    assert verdict.state == "passed", verdict.message

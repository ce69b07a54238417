"""What is the course's own and what a learner wrote: a card quotes the learner's line alone."""

import json
import linecache
import tomllib
from dataclasses import replace
from pathlib import Path

import linux_only  # noqa: F401
import numpy as np
import pytest
import torch

import checker.sandbox
import exercises
import utils.data
from checker.card import Card
from checker.exercise import Exercise, call
from checker.judge import judge
from checker.own_code import HOME, ROOMS, SHOWN, is_exercise_module, is_own_file, is_own_module
from classroom.records.job import ANSWER, Answer, Claim, Cut, Earlier, Job, Told
from classroom.records.record import dumps
from classroom.records.spliced import Step
from classroom.walls import serialization, walls
from classroom.walls.worker import work
from course.paths import ROOT, SOLUTIONS, STUDENT

FILES = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
NAMES = [str(path.relative_to(ROOT)) for path in FILES]
THEIRS = [
    "<0.1>",
    "<your other cells>",
    "/tmp/ipykernel_7/2418.py",
    "C:\\Users\\ann\\AppData\\Local\\Temp\\ipykernel_7\\2418.py",
    str(STUDENT / "helpers.py"),
    str(STUDENT / "checker" / "notebook.py"),
    str(ROOT / "my_notebooks" / "utils.py"),
    str(ROOT / "utils_of_mine.py"),
    "/home/ann/utils/data.py",
    "utils/data.py",
]
LIBRARIES = [torch.__file__, np.__file__, json.__file__, pytest.__file__]


def test_the_rooms_are_the_packages_of_the_clone():
    assert set(ROOMS) == {path.parent.name for path in ROOT.glob("*/__init__.py")}
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert set(ROOMS) == set(declared["importlinter"]["root_packages"])


def test_every_file_of_every_room_is_ours():
    assert {Path(name).parts[0] for name in NAMES} == set(ROOMS)
    assert [name for name, path in zip(NAMES, FILES) if not is_own_file(str(path))] == []
    modules = [name.removesuffix(".py").replace("/", ".") for name in NAMES]
    assert [module for module in modules if not is_own_module(module)] == []


@pytest.mark.parametrize("name", [*THEIRS, *LIBRARIES])
def test_neither_a_learners_file_nor_a_librarys_is_ours(name):
    assert not is_own_file(name)


@pytest.mark.parametrize("name", ["torch.nn", "__main__", "checkers", "my.utils", "data", ""])
def test_no_other_module_is_ours(name):
    assert not is_own_module(name) and not is_exercise_module(name)


def test_what_holds_answers_is_hidden_by_the_walls():
    shown = [*walls.PYTHON, *walls.COURSE]
    assert [is_exercise_module(room) for room in SHOWN] == [False] * len(SHOWN)
    assert {SOLUTIONS, STUDENT, *(HOME / room for room in ROOMS)} <= {
        *walls.hidden(shown),
        *walls.COURSE,
    }


def doubling():
    exercise = Exercise("9.1", "Double", difficulty=1, minutes=1)
    exercise.reference(lambda x: 2 * x)
    exercise.answer.__name__ = "double"
    exercise.cases(lambda rng: iter([call(3)]))
    return exercise


def card(source: str, **names) -> str:
    """What the card says of an attempt that raises; `names` are there before."""
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    exec(compile(source, FILE, "exec"), names)
    verdict = judge(doubling(), names["double"])
    assert "raised" in verdict.found, verdict
    return repr(Card(verdict))


def failing(file: str):
    """A function that raises in the second line of a file, as a traceback has it."""
    names = {}
    exec(compile("def fail(x):\n    return x.nothing\n", file, "exec"), names)
    return names["fail"]


FILE = "<9.1>"
CALLS = "def double(x):\n    return fail(x)\n"


@pytest.mark.parametrize("room", ROOMS)
def test_a_card_quotes_no_line_of_ours(room):
    for path in FILES:
        if path.is_relative_to(ROOT / room):
            said = card(CALLS, fail=failing(str(path)))
            assert "In your code, line 2: return fail(x)" in said, path


@pytest.mark.parametrize(
    "calls",
    [
        "utils.data.photograph('no such')",
        "exercises.find('77.1')",
        "exercises.find('0.1').answer('no picture')",
        "checker.sandbox.copies(n for n in [x])",
    ],
)
def test_nor_where_it_is_really_raised_there(calls):
    said = card(
        f"def double(x):\n    return {calls}\n", utils=utils, exercises=exercises, checker=checker
    )
    assert f"In your code, line 2: return {calls}" in said


def test_a_line_of_a_learners_own_file_is_quoted(tmp_path):
    path = tmp_path / "helpers.py"
    path.write_text("def fail(x):\n    return x.nothing\n", encoding="utf-8")
    said = card(CALLS, fail=failing(str(path)))
    assert "In your code, line 2: return x.nothing" in said


OURS = f"def fail(x):\n    return x.nothing\n{ANSWER} = fail"


def outcome(**known) -> dict:
    """What the grader's worker says of the only case of a solution that calls our `fail`."""
    told = Told("9.1", "double", False, False, [CASE], None, Cut("", []), None)
    steps = [Step(0, CALLS)]
    job = Job("9.1", "double", 0, False, 5.0, 15.0, steps, [], told)
    (found,) = Claim.of(json.loads(work(dumps(replace(job, **known)).encode()))).outcomes
    return found


CASE = serialization.encode([(3,), {}], strict=True)


def test_the_grader_quotes_no_line_of_ours_either():
    """Of an earlier exercise that was failed the learner's code gets our answer."""
    ours = Earlier("9.0", "fail", True, Answer(source=OURS))
    assert outcome(earlier=[ours])["error"]["line"] == "line 2: return fail(x)"

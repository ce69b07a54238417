"""How long a notebook takes is counted by one rule, and said wherever it is said by that count."""

import functools

import pytest
from pages import code, exercise, prose

from authoring import minutes, stamp
from authoring.minutes import LINES, LONGEST_CORE, MORE, WORDS
from checker.exercise import Exercise
from checker.progress import Progress
from course.notebook_files import exercise_id, read, role
from course.paths import SOLUTIONS, number, sources
from course.stub import solved_lines
from exercises import NOTEBOOKS, of

WHOLE_CORE = 16 * 60  # of the fourteen notebooks from 00 to 13
TWICE = Exercise("2.4", "Twice", difficulty=1, minutes=7)
LATER = Exercise("2.4", "Twice", difficulty=1, minutes=7, core=False)
PATHS = {number(path): path for path in sources(SOLUTIONS)}


@functools.cache
def taken(number):
    return stamp.stamped(PATHS[number])[1]


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_a_core_fits_in_ninety_minutes(number):
    assert taken(number).core <= LONGEST_CORE


def test_the_core_of_the_course_fits_in_sixteen_hours():
    assert sum(taken(number).core for number in NOTEBOOKS if number < "14") <= WHOLE_CORE


def test_what_is_said_is_what_is_counted(capsys):
    assert stamp.main(["--check"]) == 0, capsys.readouterr().out


def test_progress_says_the_minutes_of_the_notebooks(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "none.txt"))
    shown = Progress()._repr_html_()
    for nn in NOTEBOOKS:
        said = taken(nn).rounded()
        assert f" {said.core} min</td><td>0 of {len(of(nn))}, {said.all} min" in shown


def tasks_and_solutions(number):
    """Each exercise of a notebook, its task and its solution."""
    cells = {(exercise_id(cell), role(cell)): cell for cell in read(PATHS[number]).cells}
    for id, one in of(number).items():
        yield one, cells[id, "exercise"].source, cells[id, "solution"].source


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_an_exercise_has_time_to_be_read_and_a_minute_for_each_solved_line(number):
    for one, task, solution in tasks_and_solutions(number):
        lines = [line for line in solved_lines(solution) if line and line[0] != "#"]
        typed = 0 if hasattr(one, "letters") else len(lines)
        assert one.minutes >= len(task.split()) / WORDS + typed, one.id


def words(count, start=""):
    return start + "word " * (count - len(start.split()))


def counted(cells, asked, seconds=0):
    return minutes.minutes(cells, {one.id: one for one in asked}, seconds)


def test_text_given_code_running_time_and_exercises_are_counted_once_each():
    cells = [prose("text", words(2 * WORDS)), code("given", "x = 1\n\n" * 3 * LINES), *exercise()]
    assert counted(cells, [TWICE], seconds=60) == (2 + 3 + 7 + 1,) * 2


def test_the_core_does_without_other_exercises_and_what_is_marked():
    marked = [
        prose("part", words(WORDS, "# T\n\n## Part\n\n")),
        prose("middle", words(2 * WORDS, f"{MORE}\n\n")),
        prose("below", words(4 * WORDS, "### Below\n\n")),
        prose("next", words(8 * WORDS, "## Next\n\n")),
        *exercise(),
        prose("last", words(16 * WORDS, f"## Last\n{MORE}\n\n")),
        code("run", "x = 1\n" * 32 * LINES),
    ]
    assert counted(marked, [LATER]) == (1 + 8, 1 + 2 + 4 + 8 + 16 + 32 + 7)


def test_minutes_are_said_to_ten():
    assert minutes.Minutes(84.9, 125.1).rounded() == (80, 130)


def test_the_place_to_rest_is_halfway():
    parts = [prose(name, words(size * WORDS, f"## {name}\n\n")) for name, size in SIZES.items()]
    assert minutes.rest([prose("title", "# T"), *parts], {}) == "B"


SIZES = {"A": 2, "B": 4, "C": 5, "D": 2}


@pytest.mark.parametrize(
    "minutes, said", [(70, "70 minutes"), (120, "2 hours"), (130, "2 hours 10 minutes")]
)
def test_minutes_in_words(minutes, said):
    assert stamp.in_words(minutes) == said


def test_an_opening_names_both_ways_and_a_place_to_rest():
    cells = [prose("title", "# T\n\nAfterwards"), prose("a", words(200 * WORDS, "## A\n\n"))]
    asked = {"2.4": TWICE, "2.5": LATER}
    said = stamp.opening(cells, asked, minutes.Minutes(60, 200))
    assert said.startswith("**Core:** 60 minutes, 1 exercise. **All:** 3 hours 20 minutes, 2 ")
    assert said.endswith("A good place to rest: after *A*.")
    short = stamp.opening(cells, asked, minutes.Minutes(30, 80))
    assert "rest" not in short
    assert stamp.opening(cells, {"2.4": TWICE}, minutes.Minutes(20, 20)) == (
        "**Core and all:** 20 minutes, 1 exercise."
    )


def test_stamping_twice_changes_nothing_and_keeps_the_rest():
    cells = [prose("title", "# T\n\nAfterwards you can\n\n- read")]
    for said in ("**Core:** 1.", "**Core:** 2."):
        stamp.set_opening(cells, said)
    assert cells[0].source == "# T\n\n**Core:** 2.\n\nAfterwards you can\n\n- read"


@pytest.mark.parametrize("before", ["", "### Old\n", "### Old\n`2 min`\n", TWICE.header() + "\n"])
def test_a_task_begins_with_its_header_whatever_stood_there(before):
    cell = prose("ex-2-4", f"{before}\nTwice `x`.\n\n`double(2)` is 4.", "exercise")
    stamp.set_headers([cell], {"2.4": TWICE})
    assert cell.source == f"{TWICE.header()}\n\nTwice `x`.\n\n`double(2)` is 4."


def test_the_table_of_the_readme_gets_the_minutes():
    row = "| [00 A](notebooks/00_a.ipynb) | how |"
    new = stamp.readme(f"{row} 1 | 2 |\n| in all |", {"00_a": minutes.Minutes(58, 180)})
    assert new == f"{row} 60 | 180 |\n| in all | | 1 hour | 3 hours |"

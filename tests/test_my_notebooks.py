"""A learner's work survives a new version of the course, whatever happened to either."""

import pytest
from nbformat.v4 import new_code_cell
from pages import exercise, prose, store

from course.my_notebooks import MADE_FROM, bring_up_to_date
from course.notebook_files import read, text
from course.student_version import student_version

NAME = "02_shapes.ipynb"


@pytest.fixture
def course(tmp_path):
    """A course of one notebook, and the folder of a learner who began with it."""
    released(tmp_path, prose("title", "# Shapes"), *exercise(), prose("end", "Well done."))
    assert list(bring_up_to_date(tmp_path / "course", tmp_path / "work")) == []
    return tmp_path


def released(folder, *cells):
    solved = store(folder / "solved" / NAME, *cells)
    store_text(folder / "course" / NAME, student_version(solved, lambda id: 1))


def store_text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def edited(course, change):
    """The learner's notebook after `change(cells by id, cells)`."""
    path = course / "work" / NAME
    notebook = read(path)
    change({cell.id: cell for cell in notebook.cells}, notebook.cells)
    store_text(path, text(notebook))


def answered(by_id, cells):
    solution = next(cell for id, cell in by_id.items() if id.endswith("-solution"))
    solution.source = "def mine(x):\n    return x + 41"


def again(course):
    return list(bring_up_to_date(course / "course", course / "work"))


def sources(course):
    return [cell.source for cell in read(course / "work" / NAME).cells]


def new_version(course):
    released(course, prose("title", "# Shapes, better"), *exercise(), prose("end", "Well done!"))


def test_the_first_time_all_is_copied_and_then_left_alone(course):
    assert (course / "work" / NAME).read_bytes() == (course / "course" / NAME).read_bytes()
    edited(course, answered)
    before = (course / "work" / NAME).read_bytes()
    assert again(course) == [] and (course / "work" / NAME).read_bytes() == before


def test_answers_and_own_cells_move_into_a_new_version(course):
    edited(course, answered)
    edited(course, lambda by_id, cells: cells.insert(1, new_code_cell("mine = 1", id="own")))
    new_version(course)
    (said,) = again(course)
    assert "1 answer moved" in said and "Please look" not in said
    found = sources(course)
    assert found[:2] == ["# Shapes, better", "mine = 1"] and found[-1] == "Well done!"
    assert "def mine(x):\n    return x + 41" in found
    assert again(course) == []


def test_the_file_as_it_was_is_kept_every_time(course):
    edited(course, answered)
    before = (course / "work" / NAME).read_text(encoding="utf-8")
    new_version(course)
    again(course)
    released(course, prose("title", "# Third"), *exercise())
    again(course)
    kept = sorted((course / "work" / "earlier").iterdir())
    assert [path.name for path in kept] == ["02_shapes-1.ipynb", "02_shapes-2.ipynb"]
    assert kept[0].read_text(encoding="utf-8") == before


def test_a_changed_given_cell_is_said(course):
    edited(course, lambda by_id, cells: setattr(by_id["end"], "source", "My notes."))
    new_version(course)
    (said,) = again(course)
    assert "your change of the cell end stayed behind" in said
    assert sources(course)[-1] == "Well done!"


def test_an_exercise_that_is_gone_stays_with_its_answer(course):
    edited(course, answered)
    released(course, prose("title", "# Only text"))
    (said,) = again(course)
    assert "which the course no longer has" in said
    assert "def mine(x):\n    return x + 41" in sources(course)


def test_a_task_that_changed_is_said_and_the_answer_moves(course):
    edited(course, answered)
    task, solution, check = exercise()
    solution.source = solution.source.replace("(x)", "(x, y=0)")
    released(course, prose("title", "# Shapes"), task, solution, check)
    (said,) = again(course)
    assert "whose task changed" in said and "def mine(x):\n    return x + 41" in sources(course)


def test_ids_that_a_tool_replaced_are_found_by_nbgraders(course):
    edited(course, answered)
    edited(course, lambda by_id, cells: [setattr(c, "id", f"x{n}") for n, c in enumerate(cells)])
    new_version(course)
    again(course)
    assert "def mine(x):\n    return x + 41" in sources(course)


@pytest.mark.parametrize("damage", ["", "<<<<<<< HEAD\n{}", '{"cells": 3}', "\x00"])
def test_a_damaged_file_is_kept_and_a_fresh_one_put_in_its_place(course, damage):
    (course / "work" / NAME).write_text(damage, encoding="utf-8")
    new_version(course)
    (said,) = again(course)
    assert "cannot be read" in said
    assert (course / "work" / "earlier" / "02_shapes-1.ipynb").read_text(
        encoding="utf-8"
    ) == damage
    assert sources(course)[0] == "# Shapes, better"


def test_without_the_version_it_began_as_nothing_is_lost(course):
    edited(course, answered)
    (course / "work" / MADE_FROM / NAME).unlink()
    again(course)
    assert "def mine(x):\n    return x + 41" in sources(course)
    assert list((course / "work" / "earlier").iterdir())

"""A learner's work survives a new version of the course, whatever happened to either."""

import copy
import random
import subprocess

import pytest
from nbformat.v4 import new_code_cell
from pages import code, exercise, prose, store

from course import my_notebooks, paths
from course.my_notebooks import MADE_FROM, bring_up_to_date, fresh, key, main, mend
from course.notebook_files import YOURS, read, role, text
from course.paths import SOLUTIONS, STUDENT, Complaint
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


def test_a_notebook_that_nobody_touched_is_just_the_new_one(course):
    new_version(course)
    assert again(course) == []
    assert (course / "work" / NAME).read_bytes() == (course / "course" / NAME).read_bytes()
    assert not (course / "work" / "earlier").exists()


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
    for version, title in enumerate(("# Shapes", "# Shapes, better"), 1):
        (course / "work" / NAME).write_text(damage, encoding="utf-8")
        (said,) = again(course)
        assert "cannot be read" in said
        kept = course / "work" / "earlier" / f"02_shapes-{version}.ipynb"
        assert kept.read_text(encoding="utf-8") == damage and sources(course)[0] == title
        new_version(course)


def git(folder, *words):
    named = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


def begin(folder):
    """A folder of git, all that is in it on two branches."""
    git(folder, "init", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "begun")
    git(folder, "branch", "other")


def in_conflict(course, *style):
    """The learner's folder after git could not merge two answers, with an own cell in each."""
    work = course / "work"
    begin(work)
    git(work, "checkout", "other")
    edited(course, lambda by_id, cells: answer(by_id, "THEIRS"))
    git(work, "commit", "-am", "theirs")
    git(work, "checkout", "main")
    edited(course, lambda by_id, cells: answer(by_id, "MINE"))
    git(work, "commit", "-am", "mine")
    assert "CONFLICT" in git(work, *style, "merge", "other")
    assert "<<<<<<< HEAD" in (work / NAME).read_text(encoding="utf-8")


def answer(by_id, name):
    solution = next(cell for id, cell in by_id.items() if id.endswith("-solution"))
    solution.source = f"def mine(x):\n    return {name}"


def brought_up(course):
    return bring_up_to_date(course / "course", course / "work")


def mended(course):
    return mend(course / "course", course / "work", ["02"])


@pytest.mark.parametrize("how", [brought_up, mended])
@pytest.mark.parametrize("style", [(), ("-c", "merge.conflictStyle=diff3")])
@pytest.mark.parametrize("is_new", [False, True])
def test_of_a_git_conflict_the_learners_side_is_taken(course, how, style, is_new):
    in_conflict(course, *style)
    torn = (course / "work" / NAME).read_text(encoding="utf-8")
    if is_new:
        new_version(course)
    (said,) = list(how(course))[:1]
    assert "your side of a git conflict, 1 answer moved." in said
    assert "def mine(x):\n    return MINE" in sources(course)
    assert "THEIRS" not in "".join(sources(course))
    kept = course / "work" / "earlier" / "02_shapes-1.ipynb"
    assert kept.read_text(encoding="utf-8") == torn and again(course) == []


def test_of_a_stash_the_learners_side_is_the_lower_one(course):
    work = course / "work"
    begin(work)
    edited(course, lambda by_id, cells: answer(by_id, "MINE"))
    git(work, "stash")
    edited(course, lambda by_id, cells: answer(by_id, "THEIRS"))
    git(work, "commit", "-am", "theirs")
    assert "CONFLICT" in git(work, "stash", "pop")
    again(course)
    assert "def mine(x):\n    return MINE" in sources(course)


def test_a_conflict_that_leaves_no_notebook_is_kept_and_a_fresh_one_is_there(course):
    in_conflict(course)
    torn = (course / "work" / NAME).read_text(encoding="utf-8").replace('"cells": [', '"cells": ')
    store_text(course / "work" / NAME, torn)
    (said,) = again(course)
    assert "cannot be read" in said
    assert (course / "work" / NAME).read_bytes() == (course / "course" / NAME).read_bytes()


def test_without_the_version_it_began_as_nothing_is_lost(course):
    edited(course, answered)
    (course / "work" / MADE_FROM / NAME).unlink()
    again(course)
    assert "def mine(x):\n    return x + 41" in sources(course)
    assert list((course / "work" / "earlier").iterdir())


def test_a_given_cell_that_only_the_learner_changed_stays_theirs(course):
    edited(course, lambda by_id, cells: setattr(by_id["title"], "source", "# My title"))
    released(course, prose("title", "# Shapes"), *exercise(), prose("end", "Well done!"))
    (said,) = again(course)
    assert "Please look" not in said and sources(course)[0] == "# My title"


def test_a_cell_to_type_into_moves_like_an_answer(course):
    released(course, code("opening", "review([..., ...])", YOURS), prose("end", "Well done."))
    again(course)
    edited(course, lambda by_id, cells: setattr(by_id["opening"], "source", "review([5, 6])"))
    released(course, code("opening", "review([..., ..., ...])", YOURS))
    (said,) = again(course)
    assert sources(course)[0] == "review([5, 6])" and "opening, whose task changed" in said


def test_a_copy_of_an_answer_is_not_lost(course):
    def copied(by_id, cells):
        answered(by_id, cells)
        second = copy.deepcopy(by_id["ex-2-4-solution"])
        second.id, second.source = "pasted", "def mine(x):\n    return x + 42"
        cells.insert(1, second)

    edited(course, copied)
    new_version(course)
    again(course)
    found = sources(course)
    assert (
        "def mine(x):\n    return x + 41" in found and "def mine(x):\n    return x + 42" in found
    )
    assert again(course) == []


def test_a_file_that_was_kept_is_never_written_over(course):
    for number in (1, 2):
        edited(course, lambda by_id, cells, n=number: cells.append(new_code_cell(f"n = {n}")))
        list(fresh(course / "course", course / "work", ["02"]))
    kept = course / "work" / "earlier"
    (kept / "02_shapes-1.ipynb").unlink()
    before = (kept / "02_shapes-2.ipynb").read_bytes()
    for _ in range(2):
        list(fresh(course / "course", course / "work", ["02"]))
    assert (kept / "02_shapes-2.ipynb").read_bytes() == before
    assert sorted(path.name[-7] for path in kept.iterdir()) == ["1", "2", "3"]


# By one command


def broken(by_id, cells):
    answered(by_id, cells)
    by_id["title"].source = "mine"
    cells.remove(by_id["ex-2-4-check"])
    cells.append(new_code_cell("own = 1", id="own"))


def test_a_deleted_check_line_comes_back_around_the_answers(course):
    edited(course, broken)
    (said,) = mend(course / "course", course / "work", ["02"])
    assert "mended, 1 answer moved. The one before is work/earlier/02_shapes-1.ipynb" in said
    assert "your change of the cell title stayed behind" in said
    found = sources(course)
    assert found[0] == "# Shapes" and found[-1] == "own = 1"
    assert 'double = check("2.4", double)' in found
    assert "def mine(x):\n    return x + 41" in found


def test_a_notebook_begins_anew_and_the_old_one_is_kept(course):
    edited(course, broken)
    before = (course / "work" / NAME).read_bytes()
    (said,) = fresh(course / "course", course / "work", ["2"])
    assert said.endswith("a fresh one is here. The one before is work/earlier/02_shapes-1.ipynb.")
    assert (course / "work" / NAME).read_bytes() == (course / "course" / NAME).read_bytes()
    assert (course / "work" / "earlier" / "02_shapes-1.ipynb").read_bytes() == before
    assert again(course) == []


@pytest.mark.parametrize("how", [mend, fresh])
def test_what_was_deleted_whole_is_put_there(course, how):
    (course / "work" / NAME).unlink()
    (said,) = how(course / "course", course / "work", ["02"])
    assert said == f"{NAME}: a fresh one is here." and sources(course)[0] == "# Shapes"


@pytest.mark.parametrize("how", [mend, fresh])
def test_a_damaged_one_is_kept_too(course, how):
    (course / "work" / NAME).write_text("<<<<<<< HEAD", encoding="utf-8")
    list(how(course / "course", course / "work", ["02"]))
    kept = (course / "work" / "earlier" / "02_shapes-1.ipynb").read_text(encoding="utf-8")
    assert kept == "<<<<<<< HEAD" and sources(course)[0] == "# Shapes"


@pytest.mark.parametrize("how", [mend, fresh])
def test_a_number_that_is_none_changes_nothing(course, how):
    before = (course / "work" / NAME).read_bytes()
    with pytest.raises(Complaint, match="No notebook 77"):
        list(how(course / "course", course / "work", ["77"]))
    assert (course / "work" / NAME).read_bytes() == before


@pytest.fixture
def clone(course, monkeypatch):
    monkeypatch.setattr(my_notebooks, "STUDENT", course / "course")
    monkeypatch.setattr(my_notebooks, "MINE", course / "work")
    return course


@pytest.mark.parametrize("how, said", [("--mend", "mended, 1 answer"), ("--fresh", "a fresh one")])
def test_one_command_does_it(clone, capsys, how, said):
    edited(clone, broken)
    assert main([how, "02"]) == 0
    shown = capsys.readouterr().out
    assert said in shown and "Reload Notebook from Disk" in shown


def test_without_a_wish_it_brings_up_to_date(clone, capsys):
    edited(clone, answered)
    new_version(clone)
    assert main([]) == 0 and "a new version, 1 answer moved" in capsys.readouterr().out


@pytest.mark.parametrize("given", [["--fresh", "77"], ["--mend", "02", "78"]])
def test_a_wrong_number_is_one_sentence(clone, capsys, given):
    assert main(given) == 1
    assert "No notebook 7" in capsys.readouterr().out


@pytest.mark.parametrize("given", [["--fresh"], ["--fresh", "02", "--mend", "02"]])
def test_a_wish_that_is_none_is_refused(clone, given):
    with pytest.raises(SystemExit):
        main(given)


# The course's own notebooks, 02 and 05, in which a learner did all sorts of things


def learner(notebook, solved, rng, name="own") -> None:
    """Answers half of the exercises, rewrites some given cells, adds, copies and deletes some."""
    answers = {cell.id: cell.source for cell in read(solved).cells}
    for cell in notebook.cells:
        if role(cell) == "solution" and rng.random() < 0.5:
            cell.source = answers[cell.id] + f"\n# mine {rng.random()}"
        elif not role(cell) and rng.random() < 0.1:
            cell.source += f"\n# mine {rng.random()}"
    for number in range(5):
        own = copy.deepcopy(rng.choice(notebook.cells)) if number % 2 else new_code_cell()
        own.id, own.source = f"{name}{number}", f"# mine {rng.random()}"
        notebook.cells.insert(rng.randrange(len(notebook.cells)), own)
    for cell in rng.sample(notebook.cells, 5):
        if "# mine" not in cell.source:
            notebook.cells.remove(cell)


def author(notebook, rng) -> None:
    """A new version: cells rewritten, some gone, some new, some elsewhere."""
    for cell in notebook.cells:
        if rng.random() < 0.3:
            cell.source += "\n# newer"
    for cell in rng.sample(notebook.cells, 10):
        notebook.cells.remove(cell)
    for number in range(5):
        place = rng.randrange(len(notebook.cells))
        notebook.cells.insert(place, new_code_cell("# newer", id=f"new{number}"))


@pytest.mark.parametrize("number", ["02", "05"])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_in_a_new_version(tmp_path, number, seed):
    rng = random.Random(seed)
    [student], [solved] = paths.sources(STUDENT, [number]), paths.sources(SOLUTIONS, [number])
    mine = tmp_path / "work" / student.name
    store_text(tmp_path / "course" / student.name, student.read_text(encoding="utf-8"))
    list(bring_up_to_date(tmp_path / "course", tmp_path / "work"))
    theirs, new = read(mine), read(student)
    learner(theirs, solved, rng)
    author(new, rng)
    store_text(mine, text(theirs))
    store_text(tmp_path / "course" / student.name, text(new))
    (said,) = bring_up_to_date(tmp_path / "course", tmp_path / "work")
    found = [cell.source for cell in read(mine).cells]
    for cell in theirs.cells:
        if "# mine" in cell.source:
            given = f"your change of the cell {key(cell)} stayed behind"
            assert found.count(cell.source) == 1 or given in said, cell.source
    assert {cell.id for cell in new.cells} <= {cell.id for cell in read(mine).cells}
    kept = tmp_path / "work" / "earlier" / f"{student.stem}-1.ipynb"
    assert kept.read_text(encoding="utf-8") == text(theirs)
    assert list(bring_up_to_date(tmp_path / "course", tmp_path / "work")) == []


@pytest.mark.parametrize("seed", range(2))
def test_nothing_of_the_learners_side_is_lost_in_a_conflict(tmp_path, seed):
    [student], [solved] = paths.sources(STUDENT, ["02"]), paths.sources(SOLUTIONS, ["02"])
    work, given = tmp_path / "work", student.read_text(encoding="utf-8")
    store_text(work / student.name, given)
    begin(work)
    for branch in ("other", "main"):
        git(work, "checkout", branch)
        notebook = read(work / student.name)
        learner(notebook, solved, random.Random(f"{branch} {seed}"), branch)
        store_text(work / student.name, text(notebook))
        git(work, "commit", "-am", branch)
    assert "CONFLICT" in git(work, "merge", "other")
    (said,) = mend(STUDENT, work, ["02"])
    found = [cell.source for cell in read(work / student.name).cells]
    mine = [cell for cell in notebook.cells if "# mine" in cell.source]
    stayed = [key(cell) for cell in mine if cell.source not in found]
    assert "git conflict" in said and len(stayed) < len(mine) / 2
    assert all(f"your change of the cell {one} stayed behind" in said for one in stayed)

"""The student version of a solved notebook."""

import json

import jsonschema
import nbformat
import pytest
from pages import HEADER, SOLVED, code, exercise, points, prose, store, stream

from authoring.release import main, release
from course.paths import Complaint
from course.student_version import student_version

# nbgrader's cell metadata, version 3: these keys, no others.
FLAG = {"type": "boolean"}
NBGRADER = {
    "type": "object",
    "required": ["schema_version", "grade", "locked", "solution"],
    "additionalProperties": False,
    "properties": {
        "schema_version": {"const": 3},
        "grade": FLAG,
        "locked": FLAG,
        "solution": FLAG,
        "task": FLAG,
        "grade_id": {"type": "string", "pattern": r"^[a-zA-Z0-9_\-]+$"},
        "points": {"type": "number", "minimum": 0},
    },
}


@pytest.fixture
def solved(tmp_path):
    cells = [
        prose("title", "# Title"),
        *exercise(),
        code("after", "print(double(3))", outputs=[stream("6\n")]),
    ]
    return store(tmp_path / "solutions" / "02_shapes.ipynb", *cells)


def parsed(path):
    return nbformat.reads(student_version(path, points), as_version=4)


def test_only_the_solved_part_and_the_results_are_gone(solved):
    before, after = nbformat.read(solved, 4), parsed(solved)
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert (
        after.cells[2].source
        == 'def double(x):\n    """Twice x."""\n    raise NotImplementedError'
    )
    others = [
        (b.source, a.source)
        for b, a in zip(before.cells, after.cells)
        if a.id != "ex-2-4-solution"
    ]
    assert all(b == a for b, a in others)
    assert all(
        cell.outputs == [] and cell.execution_count is None
        for cell in after.cells
        if cell.cell_type == "code"
    )


def test_it_is_an_nbgrader_assignment(solved):
    cells = [cell for cell in parsed(solved).cells if "nbgrader" in cell.metadata]
    entries = [dict(cell.metadata.nbgrader) for cell in cells]
    for entry in entries:
        jsonschema.validate(entry, NBGRADER)
    ids = [entry["grade_id"] for entry in entries]
    assert ids == ["ex-2-4", "ex-2-4-solution", "ex-2-4-check"]
    assert [entry["locked"] for entry in entries] == [True, False, True]
    assert [entry["solution"] for entry in entries] == [False, True, False]
    assert [(entry["grade"], entry.get("points")) for entry in entries] == [
        (False, None),
        (False, None),
        (True, 2),
    ]


def test_the_points_are_those_of_the_exercise_object(tmp_path):
    cells = [prose("ex-0-1", "task", "exercise"), code("ex-0-1-solution", SOLVED, "solution")]
    cells += [code("ex-0-1-check", 'double = check("0.1", double)', "check")]
    entry = json.loads(student_version(store(tmp_path / "00_a.ipynb", *cells)))["cells"][2][
        "metadata"
    ]["nbgrader"]
    from exercises import find

    assert entry["points"] == find("0.1").points


OTHER_ID = [prose("ex-2-4", HEADER, "exercise"), code("solve", SOLVED, "solution")]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (exercise(solved="def double(x):\n    return 2 * x"), "02 cell ex-2-4-solution: has no"),
        (
            exercise(solved=SOLVED.replace("### END", "### AND")),
            "02 cell ex-2-4-solution: has a .* without",
        ),
        (exercise(solved=SOLVED + "\n)"), "02 cell ex-2-4-solution: is no valid Python"),
        (
            exercise(check='double = check("2.5", double)'),
            "02 cell ex-2-4-check: should be one line",
        ),
        (
            exercise(check='double = check("2.4", twice)'),
            "02 cell ex-2-4-check: should be one line",
        ),
        (OTHER_ID, "02 cell solve: is tagged solution, so its id"),
        (exercise()[:2], "02 exercise 2.4: has the cells exercise, solution; it needs"),
        ([*exercise(), code("more", "### BEGIN SOLUTION")], "02 cell more: has a solution marker"),
        (
            [*exercise(), code("more", "  return 2 * x + 0 * x")],
            "02 cell more: shows a line of ex-2-4-solution",
        ),
    ],
)
def test_a_fault_is_one_sentence_that_names_the_cell(tmp_path, cells, words):
    with pytest.raises(Complaint, match=words):
        student_version(store(tmp_path / "02_shapes.ipynb", *cells), points)


def test_short_and_common_lines_give_nothing_away(tmp_path):
    lines = "return x + 1", "super().__init__()"
    solved = SOLVED.replace("return 2 * x + 0 * x", "\n    ".join(lines))
    path = store(tmp_path / "02_shapes.ipynb", *exercise(solved), code("more", "\n".join(lines)))
    assert "return x + 1" in student_version(path, points)


def test_the_courses_own_notebooks_are_in_step(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().out


@pytest.fixture
def released(solved):
    """Both folders, in step."""
    folders = solved.parent, solved.parent.parent / "notebooks"
    assert release(*folders, check=False, points=points) == 0
    return folders


def test_check_passes_in_step(released, capsys):
    assert release(*released, check=True, points=points) == 0
    assert "differs" not in capsys.readouterr().out


def test_check_names_an_edited_notebook_and_writes_nothing(released, capsys):
    edited = released[1] / "02_shapes.ipynb"
    edited.write_text(edited.read_text().replace("Twice x", "Thrice x"))
    before = edited.read_text()
    assert release(*released, check=True, points=points) == 1
    assert "notebooks/02_shapes.ipynb differs" in capsys.readouterr().out
    assert edited.read_text() == before


def test_a_notebook_without_source_is_named_and_then_removed(released, capsys):
    orphan = store(released[1] / "03_old.ipynb", prose("title", "# Old"))
    assert release(*released, check=True, points=points) == 1
    assert "notebooks/03_old.ipynb has no source" in capsys.readouterr().out
    assert orphan.exists()
    assert release(*released, check=False, points=points) == 0
    assert not orphan.exists()


def test_one_faulty_source_leaves_all_as_it_was(released):
    store(released[0] / "02_shapes.ipynb", prose("title", "# New"))
    store(released[0] / "03_faulty.ipynb", *exercise(solved="x = 1"))
    before = {path: path.read_text() for path in released[1].iterdir()}
    with pytest.raises(Complaint):
        release(*released, check=False, points=points)
    assert {path: path.read_text() for path in released[1].iterdir()} == before

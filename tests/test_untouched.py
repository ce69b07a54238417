"""What an untouched notebook is expected to print: checks say "To do", all else is as in the
solved notebook.
"""

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook, new_output

from authoring.untouched import untouched


def cell(source, id, tag=None, *texts):
    made = new_code_cell(source, outputs=[new_output("stream", text=text) for text in texts])
    made["id"] = id
    made.metadata["tags"] = [tag] if tag else []
    return made


@pytest.fixture
def notebooks(tmp_path):
    def saved(name, *texts):
        cells = [
            cell("answer = 3", "ex-0-1-solution", "solution", "my own print\n"),
            cell('answer = check("0.1", answer)', "ex-0-1-check", "check", "Passed\n"),
            cell("print(answer)", "after", None, *texts),
        ]
        with open(tmp_path / name, "w") as file:
            write(new_notebook(cells=cells), file)
        return tmp_path / name

    return saved("student.ipynb"), saved("solved.ipynb", "3\n")


def test_the_cells_between_exercises_must_print_as_in_the_solved_notebook(notebooks):
    solution, check, after = untouched(*notebooks).cells
    assert after.outputs[0].text == "3\n" and solution.outputs == []
    assert check.outputs[0].data["text/plain"].startswith("To do · 0.1")


def test_a_drawing_of_the_answer_is_compared_in_the_solved_notebook_alone(tmp_path):
    drawing = cell("draw.net(answer)", "drawn", "own-drawing", "conv\n")
    write(new_notebook(cells=[drawing]), tmp_path / "a.ipynb")
    [drawn] = untouched(tmp_path / "a.ipynb", tmp_path / "a.ipynb").cells
    assert "nbval-ignore-output" in drawn.metadata["tags"] and drawn.outputs


def test_what_has_no_count_is_not_compared_so_every_cell_has_one(notebooks):
    assert all(cell.execution_count for cell in untouched(*notebooks).cells)

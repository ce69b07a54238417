"""An author tags three cells; their ids follow."""

from nbformat.v4 import new_notebook
from pages import exercise, prose

from course.notebook_files import set_ids


def test_three_tagged_cells_get_the_ids_of_what_they_check():
    cells = [prose("text", "Words."), *exercise(), prose("more", "Words.")]
    wanted = [cell.id for cell in cells]
    for place, cell in enumerate(cells[1:4]):
        cell["id"] = f"random-{place}"
    notebook = new_notebook(cells=cells)
    set_ids(notebook)
    assert [cell.id for cell in notebook.cells] == wanted


def test_an_incomplete_exercise_is_left_for_the_audit():
    cells = exercise()[1:]
    cells[0]["id"] = "random"
    notebook = new_notebook(cells=cells)
    set_ids(notebook)
    assert notebook.cells[0].id == "random"

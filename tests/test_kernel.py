"""In a real kernel: whatever a learner's cell does, the next one runs."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

BODIES = {
    "exit()": "SystemExit",
    "raise KeyboardInterrupt": "interrupted",
    "brightest_pixel(x)": "calls itself without an end",
    "input()": "raised",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    cells = [
        f"def brightest_pixel(x):\n    {body}\nb = check('0.1', brightest_pixel)"
        for body in BODIES
    ]
    sources = ["from checker import check", *cells, "print('alive')"]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    folder = tmp_path_factory.mktemp("kernel")
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    return [output for cell in nbformat.from_dict(notebook).cells for output in cell.outputs]


@pytest.mark.parametrize("place, said", list(enumerate(BODIES.values())), ids=BODIES)
def test_the_card_says_it(outputs, place, said):
    assert said in outputs[place].data["text/plain"]
    assert "In your code, line 2: " in outputs[place].data["text/plain"]


def test_the_kernel_lives_on(outputs):
    assert outputs[-1].text == "alive\n"

"""In a real kernel: whatever a learner's cell does, the next one runs, and the card says which
version of a cell it is about.
"""

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


RIGHT = "def b(x):\n    return x.amax((2, 3))"
BROKEN = "def b(x) return"
CHECK = "b = check('0.1', b)"
# Cells in a row, and what the last one shows: one text, and one that must not be there.
STORIES = {
    "a new version does not compile": (
        [RIGHT, CHECK, BROKEN, CHECK],
        "`b` was run again since, and stopped: SyntaxError: expected ':' (line 1). This is about",
        "No new version",
    ),
    "a new version raises before it is there": (
        [RIGHT, "1 / 0\n" + RIGHT, CHECK],
        "stopped: ZeroDivisionError: division by zero",
        "Not yet",
    ),
    "a new version is there before the cell raises": (
        [RIGHT, RIGHT.replace("amax", "amin") + "\n1 / 0", CHECK],
        "Not yet · 0.1",
        "run again since",
    ),
    "a broken version is mended": (
        [RIGHT, BROKEN, RIGHT, CHECK],
        "Passed · 0.1",
        "run again since",
    ),
    "a broken version of something else": (
        [RIGHT, BROKEN.replace(" b", " other"), CHECK],
        "Passed · 0.1",
        "run again since",
    ),
    "the only version does not compile": (
        [BROKEN, CHECK],
        "Stopped · `b` is not defined: its cell stopped with SyntaxError",
        "NameError",
    ),
    "no version was run": (
        [CHECK],
        "Stopped · `b` is not defined: the cell that defines it has not been run.",
        "NameError",
    ),
    "a version was deleted": (
        [RIGHT, CHECK, "del b", CHECK],
        "Stopped · `b` is not defined: the cell that defines it has not been run.",
        "NameError",
    ),
    "a letter without quotes": (
        ["red_channel = c"],
        'Stopped · A letter stands in quotes: `red_channel = "c"`.',
        "NameError",
    ),
    "a name that a later cell uses": (
        ["print(conv2d)"],
        "Stopped · `conv2d` is not defined. Is it spelled as where it is defined?",
        "NameError",
    ),
    "a name inside a function": (["def f():\n    return g\nf()"], "NameError", "Stopped"),
    "another error": (["[][1]"], "IndexError", "Stopped"),
    "a setting was changed": (
        ["import torch\ntorch.set_default_dtype(torch.float32)", RIGHT, CHECK],
        "A cell had changed the default dtype.",
        "Not yet",
    ),
    "nothing was changed": ([RIGHT, CHECK], "Passed · 0.1", "A cell had changed"),
}


def run(sources, folder, **options):
    """The outputs of each of these cells, in one kernel after the import."""
    cells = [new_code_cell(source) for source in ["from checker import check", *sources]]
    notebook = new_notebook(cells=cells)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=60, resources=resources, **options).execute()
    return [cell.outputs for cell in nbformat.from_dict(notebook).cells[1:]]


def said(outputs) -> str:
    """All that a cell shows, as text."""
    return "\n".join(
        output.get("ename") or output.get("text") or output.data["text/plain"]
        for output in outputs
    )


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    cells = [
        f"def brightest_pixel(x):\n    {body}\nb = check('0.1', brightest_pixel)"
        for body in BODIES
    ]
    return run([*cells, "print('alive')"], tmp_path_factory.mktemp("kernel"))


@pytest.fixture(scope="module")
def stories(tmp_path_factory):
    """The last outputs of every story, all told in one kernel that forgets in between."""
    forget = (
        "import checker.notebook as n\nn._attempts.clear()\nn._cells.failed.clear()\n"
        "globals().pop('b', None)"
    )
    cells = [[forget, "def other(): pass", *story] for story, *_ in STORIES.values()]
    shown = iter(run(sum(cells, []), tmp_path_factory.mktemp("stories"), allow_errors=True))
    return {name: [next(shown) for _ in told][-1] for name, told in zip(STORIES, cells)}


@pytest.mark.parametrize("place, what", list(enumerate(BODIES.values())), ids=BODIES)
def test_the_card_says_it(outputs, place, what):
    assert what in said(outputs[place])
    assert "In your code, line 2: " in said(outputs[place])


def test_the_kernel_lives_on(outputs):
    assert said(outputs[-1]) == "alive\n"


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_should(stories, name):
    _, there, absent = STORIES[name]
    assert there in said(stories[name]) and absent not in said(stories[name])

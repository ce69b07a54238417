"""`make test-notebooks` compares what it should: nbval under the project's conftest, on a small
notebook.
"""

import re
import shutil
import subprocess
import sys

import pytest
from pages import code, store, stream

from course.paths import ROOT

GIVEN = {"COURSE_GRADING": "1", "ATEN_CPU_CAPABILITY": "avx2"}
ASKED = (
    "import os\nprint(os.path.exists(os.environ['COURSE_PROGRESS']), *map(os.environ.get,"
    f" {[*GIVEN]}))"
)
CELLS = [
    (code("same", "print(1)", outputs=[stream("1\n")]), "PASSED"),
    (code("other", "print(2)", outputs=[stream("1\n")]), "FAILED"),
    (code("silent", "1", outputs=[stream("1\n")]), "FAILED"),
    (code("free", "print(2)", "nbval-ignore-output", outputs=[stream("1\n")]), "PASSED"),
    (code("learner", ASKED, outputs=[stream("False None None\n")]), "PASSED"),
    (code("raises", "1 / 0"), "FAILED"),
]


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What strict nbval says of every cell of a solved and of an untouched notebook, in order."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "conftest.py", folder)
    store(folder / "solutions" / "02_a.ipynb", *[cell for cell, _ in CELLS])
    store(
        folder / "untouched" / "02_a.ipynb",
        code("learner", ASKED, outputs=[stream("False None default\n")]),
    )
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-rA"]
    env = {"PYTHONPATH": str(ROOT), "PATH": "", **GIVEN}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    outcomes = {"solutions": {}, "untouched": {}}
    for outcome, kind, cell in re.findall(r"^([A-Z]+) (\w+)/.*::Cell (\d+)", done.stdout, re.M):
        outcomes[kind][int(cell)] = outcome
    return {kind: [cells[place] for place in sorted(cells)] for kind, cells in outcomes.items()}


def test_every_printed_result_is_compared_and_every_error_seen(said):
    outcomes = dict(zip([cell.id for cell, _ in CELLS], said["solutions"]))
    assert outcomes == {cell.id: expected for cell, expected in CELLS}


def test_an_untouched_notebook_runs_as_on_a_plain_processor(said):
    assert said["untouched"] == ["PASSED"]

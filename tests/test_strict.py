"""`make test-notebooks` compares what it should: nbval under the project's conftest, on a small notebook."""

import re
import shutil
import subprocess
import sys

from pages import code, store, stream

from authoring.paths import ROOT

GIVEN = {"COURSE_GRADING": "1", "ATEN_CPU_CAPABILITY": "avx2"}
ASKED = f"import os\nprint(os.path.exists(os.environ['COURSE_PROGRESS']), *map(os.environ.get, {[*GIVEN]}))"
CELLS = [
    (code("same", "print(1)", outputs=[stream("1\n")]), "PASSED"),
    (code("other", "print(2)", outputs=[stream("1\n")]), "FAILED"),
    (code("silent", "1", outputs=[stream("1\n")]), "FAILED"),
    (code("free", "print(2)", "nbval-ignore-output", outputs=[stream("1\n")]), "PASSED"),
    (code("learner", ASKED, outputs=[stream("False None None\n")]), "PASSED"),
    (code("raises", "1 / 0"), "FAILED"),
]


def strict(folder, kind="solutions"):
    """What strict nbval says of every cell of the notebook in a folder, in order."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-rA", kind]
    env = {"PYTHONPATH": str(ROOT), "PATH": "", **GIVEN}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    said = {int(cell): outcome for outcome, cell in re.findall(r"^([A-Z]+) .*::Cell (\d+)", done.stdout, re.M)}
    return [said[place] for place in sorted(said)]


def test_every_printed_result_is_compared_and_every_error_seen(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    store(tmp_path / "solutions" / "02_a.ipynb", *[cell for cell, _ in CELLS])
    outcomes = dict(zip([cell.id for cell, _ in CELLS], strict(tmp_path)))
    assert outcomes == {cell.id: expected for cell, expected in CELLS}


def test_an_untouched_notebook_runs_as_on_a_plain_processor(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    store(tmp_path / "untouched" / "02_a.ipynb", code("learner", ASKED, outputs=[stream("False None default\n")]))
    assert strict(tmp_path, "untouched") == ["PASSED"]

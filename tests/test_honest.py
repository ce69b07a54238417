"""What a notebook passes from top to bottom in a fresh kernel, the grader passes, and no more: a
sample. `python -m tests.honest` tries all, and compositions.
"""

import os
import subprocess
import sys

import linux_only  # noqa: F401
import pytest

from course.paths import ROOT
from tests.honest_changes import CHANGES, DIFFERENT

SAMPLE = 12  # of the changes, every time others
TOLD = os.environ | {"PYTHONPATH": str(ROOT)}


def compared(*options: str) -> subprocess.CompletedProcess:
    """A process with kernels that start at once."""
    python = [sys.executable, "-m"]
    command = [*python, "authoring.kernel_server", *python, "tests.honest", *options]
    return subprocess.run(command, cwd=ROOT, env=TOLD, capture_output=True, text=True)


@pytest.mark.parametrize("options", [list(CHANGES)[:: len(CHANGES) // SAMPLE], ["--random", "6"]])
def test_kernel_and_grader_agree(options):
    done = compared(*options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 differ." in done.stdout


def test_a_difference_is_seen():
    """Else the table would prove nothing. Here the two are known to differ."""
    done = compared(*DIFFERENT)
    assert done.returncode == 1 and done.stdout.count("DIFFERS") == len(DIFFERENT)

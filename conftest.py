"""Notebooks under test start as a learner's first run does: no marks, one thread, no grading.

Two may be tested at once, so each gets its own file for the marks; nbval starts a kernel after this hook has run.
"""

import os
import tempfile
from pathlib import Path

import pytest

MARKS = tempfile.TemporaryDirectory()


def pytest_configure(config):
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in ("COURSE_GRADING", "NBGRADER_EXECUTION"):
        os.environ.pop(name, None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    os.environ["COURSE_PROGRESS"] = str(Path(MARKS.name) / f"{item.path.parent.name}-{item.path.stem}.txt")

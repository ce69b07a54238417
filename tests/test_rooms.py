"""Imports run one way through the rooms of the house, and a wrong one is found."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checker.own_code import ROOMS, SHOWN
from course.notebook_files import read
from course.paths import ROOT, SOLUTIONS, sources


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the rooms that a test may spoil."""
    folder = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def contracts(folder: Path) -> subprocess.CompletedProcess:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_contracts_hold(house):
    done = contracts(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "file, line",
    [
        ("checker/card.py", "from utils import data"),
        ("utils/train.py", "import checker"),
        ("checker/judge.py", "import exercises"),
        ("utils/plots.py", "from course import paths"),
        ("exercises/nb00.py", "from classroom import walls"),
        ("authoring/prove.py", "from classroom import grade"),
        ("classroom/grade.py", "from authoring import prove"),
        ("course/files.py", "from authoring import run"),
        ("classroom/machines/pool.py", "from classroom import grade"),
        ("classroom/marks/late.py", "from classroom.judging import partial"),
        ("classroom/students/roster.py", "from classroom.submissions import collect"),
        ("classroom/records/job.py", "from classroom.walls import order"),
        ("classroom/walls/worker.py", "import exercises"),
        ("classroom/walls/server.py", "from classroom.students import people"),
    ],
)
def test_an_import_against_the_way_is_found(house, file, line):
    path = house / file
    whole = path.read_text(encoding="utf-8")
    path.write_text(f"{whole}\n{line}\n", encoding="utf-8")
    done = contracts(house)
    path.write_text(whole, encoding="utf-8")
    assert done.returncode == 1 and f"{file[:-3].replace('/', '.')} ->" in done.stdout, done.stdout


def test_a_file_of_the_classroom_that_is_in_no_room_is_found(house):
    path = house / "classroom" / "odds_and_ends.py"
    path.write_text("", encoding="utf-8")
    done = contracts(house)
    path.unlink()
    assert done.returncode == 1 and path.stem in done.stdout, done.stdout


@pytest.mark.parametrize("path", sources(SOLUTIONS), ids=lambda path: path.name[:2])
def test_notebooks_import_helpers_and_checker_only(path):
    found = {
        name for cell in read(path).cells if cell.cell_type == "code" for name in imported(cell)
    }
    assert found & set(ROOMS) <= set(SHOWN)


def imported(cell) -> set[str]:
    """Top-level names of the packages that a cell imports."""
    nodes = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Import)]
    froms = re.findall(r"^\s*from (\w+)[\w.]* import", cell.source, re.M)
    return {alias.name.split(".")[0] for node in nodes for alias in node.names} | set(froms)

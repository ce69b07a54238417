"""Re-execution: fresh, silent about what changes from run to run, all or nothing."""

import json
import os
import subprocess

import nbformat
import pytest
from nbformat.v4 import new_output
from pages import code, exercise, points, prose, store, stream

from authoring import run, timings
from course import normal_form
from course.paths import Complaint

CLOCK = "import time\nprint(time.perf_counter_ns())"
CHECK = "def check(id, attempt):\n    return attempt"


def git(folder, *words):
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def cells_of(path):
    return {cell.id: cell for cell in nbformat.read(path, 4).cells}


def stored(folder):
    return {
        path: path.read_bytes() for path in [*folder.glob("*.ipynb"), *folder.glob("timings/*")]
    }


def test_an_unchanged_notebook_gives_an_empty_diff(tmp_path):
    bar = "from tqdm import tqdm\nfor i in tqdm(range(3)):\n    pass"
    clock = code("clock", CLOCK, "nbval-ignore-output")
    path = store(
        tmp_path / "02_a.ipynb", code("check", CHECK), *exercise(), code("bar", bar), clock
    )
    assert run.run(path, points)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    before = stored(tmp_path)
    assert not run.run(path, points)
    assert stored(tmp_path) == before
    assert cells_of(path)["bar"].outputs == []


def test_an_uncompared_output_is_new_where_its_source_is(tmp_path):
    path = store(tmp_path / "02_a.ipynb", code("clock", "print('old')", "nbval-ignore-output"))
    run.run(path)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    path.write_text(path.read_text().replace("print('old')", "print('new')"))
    run.run(path)
    assert cells_of(path)["clock"].outputs[0].text == "new\n"


def test_the_kernel_is_a_learners_first(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_GRADING", "1")
    monkeypatch.setenv("COURSE_PROGRESS", "mine.txt")
    asked = (
        "import os\nprint(os.getcwd(), os.environ.get('COURSE_GRADING'),"
        " os.environ['OMP_NUM_THREADS'])"
    )
    marks = (
        "print(os.path.exists(os.environ['COURSE_PROGRESS']), os.environ['COURSE_PROGRESS'] =="
        " 'mine.txt')"
    )
    path = store(tmp_path / "02_a.ipynb", code("asked", asked), code("marks", marks))
    run.run(path)
    assert cells_of(path)["asked"].outputs[0].text == f"{os.path.realpath(tmp_path)} None 1\n"
    assert cells_of(path)["marks"].outputs[0].text == "False False\n"


def test_metadata_is_written_by_tag(tmp_path):
    path = store(tmp_path / "02_a.ipynb", prose("title", "# T"), code("check", CHECK), *exercise())
    run.run(path, points)
    assert cells_of(path)["ex-2-4-check"].metadata.nbgrader.points == 2
    assert "nbgrader" not in cells_of(path)["check"].metadata


def test_a_cell_that_raises_leaves_the_file_and_says_where(tmp_path):
    path = store(tmp_path / "02_a.ipynb", code("fine", "print(1)"), code("bad", "x = 1\n1 / 0"))
    before = path.read_bytes()
    with pytest.raises(
        Complaint, match=r"02 cell bad: ZeroDivisionError: division by zero\n[\s\S]*1 / 0"
    ):
        run.run(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_dead_kernel_is_said(tmp_path):
    path = store(tmp_path / "02_a.ipynb", code("bad", "import os\nos._exit(1)"))
    with pytest.raises(Complaint, match="02 cell bad: the kernel died"):
        run.run(path)


def test_streams_merge_and_bars_and_widgets_go():
    view = new_output(
        "display_data", data={normal_form.WIDGET: {"model_id": "1"}, "text/plain": "Bar"}
    )
    bar = [stream("\r 0%", "stderr"), stream("\r100%", "stderr")]
    raw = [stream("a\n"), view, stream("b\n"), *bar, stream("\n", "stderr"), stream("c\r\n")]
    assert [(output.name, output.text) for output in normal_form.outputs(raw)] == [
        ("stdout", "a\nb\n"),
        ("stdout", "c\r\n"),
    ]


def test_a_warning_beside_a_bar_stays():
    texts = "\r 10%|#  |", "\r100%|###|\n", "careful\n"
    kept = normal_form.outputs([stream(text, "stderr") for text in texts])
    assert [output.text for output in kept] == ["careful\n"]


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        (None, 3.14159, 3.14),
        (3.0, 3.9, 3.0),
        (10.0, 19.0, 10.0),
        (10.0, 21.0, 21.0),
        (10.0, 4.0, 4.0),
        (0.2, 1.1, 0.2),
    ],
)
def test_timings_change_only_when_they_mean_it(old, new, kept):
    assert timings.steady(old, new) == kept


def test_timings_list_what_takes_time_and_forget_what_is_gone(tmp_path):
    timings.save(tmp_path, "02", 5.0, {"long": 4.0, "quick": 0.05, "gone": 0.9})
    assert timings.load(tmp_path, "02") == {"total": 5.0, "cells": {"long": 4.0, "gone": 0.9}}
    timings.save(tmp_path, "02", 5.2, {"long": 4.1, "quick": 0.15})
    assert json.loads((tmp_path / "timings" / "02.json").read_text()) == {
        "total": 5.0,
        "cells": {"long": 4.0},
    }

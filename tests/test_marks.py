"""Marks survive two notebooks at once, a damaged file and a folder that cannot be written."""

from concurrent.futures import ProcessPoolExecutor

import pytest

from checker import marks
from checker.notebook import check, progress


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks.txt"))
    return tmp_path / "marks.txt"


def test_a_pass_is_noted_once(file):
    for _ in range(2):
        check("0.2", 32 * 3 * 28 * 28)
    check("0.3", "a")
    assert file.read_text().split() == ["0.2"]
    assert "1 of  4" in repr(progress()) and "1 of 4" in progress()._repr_html_()


def test_two_processes_lose_nothing():
    ids = [f"{n}.{k}" for n in range(10) for k in range(20)]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(marks.add, ids))
    assert marks.passed() == (set(ids), None)


def test_a_damaged_line_costs_that_mark_only(file):
    file.write_bytes(b"0.1\n\xff\xfe\x00garbage\n0.2\n")
    done, trouble = marks.passed()
    assert done == {"0.1", "0.2"} and "1 unreadable lines" in trouble
    assert trouble in repr(progress())
    check("0.3", "c")
    assert marks.passed()[0] == {"0.1", "0.2", "0.3"}


def test_a_file_that_cannot_be_used_says_so(file, capsys):
    file.mkdir()
    assert check("0.3", "c") == "c"
    assert "This mark cannot be kept" in capsys.readouterr().out
    assert "cannot be read" in repr(progress())

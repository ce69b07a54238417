"""Marks survive two notebooks at once, a damaged file and a folder that cannot be written."""

import io
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import exercises
from checker import marks
from checker.notebook import check, progress
from course.notebook_files import read
from course.paths import STUDENT, sources


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks.txt"))
    return tmp_path / "marks.txt"


def test_a_pass_is_noted_once(file):
    for _ in range(2):
        check("0.2", 32 * 3 * 28 * 28)
    check("0.3", ...)
    assert file.read_text().split() == ["0.2"]
    assert (
        "core  1 of  4, all  1 of  4" in repr(progress()) and "1 of 4" in progress()._repr_html_()
    )


def test_two_processes_lose_nothing():
    ids = [f"{n}.{k}" for n in range(10) for k in range(20)]
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(marks.add, ids))
    assert marks.passed() == (set(ids), None)


def test_two_processes_lose_no_failure():
    notes = [marks.Note("failed", f"{n}.{k}", f"{k:08}") for n in range(5) for k in range(20)]
    with ProcessPoolExecutor(2) as pool:
        assert set(pool.map(marks.write, notes)) == {None}
    assert sorted(marks.notes()[0]) == sorted(notes)


@pytest.mark.parametrize("line", ["failed 12.3 0123abcd", "recalled 12.3 05", "asked 05"])
def test_no_part_of_a_line_passes_for_a_mark(file, line):
    for end in range(len(line)):
        file.write_text(f"0.1\n{line[:end]}\n0.2\n")
        assert marks.passed()[0] == {"0.1", "0.2"}


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


@pytest.mark.parametrize(
    "given", [b"\r\n0.1\r\n\r\n0.2\r\n", b"\xef\xbb\xbf0.1\n0.2", b"0.1 \n\t0.2\n"]
)
def test_what_windows_and_editors_write_is_read(file, given):
    file.write_bytes(given)
    assert marks.passed() == ({"0.1", "0.2"}, None)


def test_marks_are_written_alike_on_every_system(file):
    marks.add("0.1")
    marks.add("0.2")
    assert file.read_bytes() == b"\n0.1\n\n0.2\n"


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs Linux's /dev/full, a disk without room"
)
def test_a_full_disk_is_said(monkeypatch, capsys):
    monkeypatch.setattr(
        marks, "open", lambda *_, **how: open("/dev/full", "ab", **how), raising=False
    )
    assert check("0.3", "c") == "c"
    assert "cannot be written (No space left on device)" in capsys.readouterr().out


class Small(io.FileIO):
    """A file on a disk that has room for five bytes more."""

    def write(self, line):
        return super().write(line[:5])


def test_what_a_disk_took_in_part_is_taken_back(file):
    file.write_bytes(b"\n0.1\n")
    with Small(file, "ab") as out, pytest.raises(OSError, match="No space left"):
        marks._append(out, b"\n1.12\n")
    assert file.read_bytes() == b"\n0.1\n"


def test_a_home_that_does_not_exist_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "no such home" / "marks.txt"))
    assert check("0.3", "c") == "c"
    assert "cannot be written (No such file or directory)" in capsys.readouterr().out


def test_a_folder_with_a_space_and_korean_letters_keeps_marks(monkeypatch, tmp_path):
    (tmp_path / "내 강의").mkdir()
    monkeypatch.chdir(tmp_path / "내 강의")
    monkeypatch.delenv("COURSE_PROGRESS")
    assert marks.add("0.1") is None and marks.passed() == ({"0.1"}, None)


# progress()


@pytest.fixture
def halfway(tmp_path, monkeypatch):
    """A learner in my_notebooks/ who has passed some of 00 and 02, and failed at two."""
    for notebook in exercises.NOTEBOOKS.values():
        (tmp_path / f"{notebook.file}.ipynb").touch()
    monkeypatch.chdir(tmp_path)
    for id in ("0.1", "0.2", "0.3", "0.4", "2.1", "2.2"):
        marks.add(id)
    for id, answer in (("2.4", "a"), ("2.4", "b"), ("2.6", "a"), ("2.4", "b"), ("2.1", "a")):
        marks.fail(id, answer)
    return progress()


def test_it_says_what_was_tried_and_what_is_left(halfway):
    text = repr(halfway)
    assert "Tried and not passed yet: 2.4 (2 tries), 2.6 (1 try)." in text
    [left] = [line for line in text.split("\n") if line.startswith("Left in 02: ")]
    ids = left.removeprefix("Left in 02: ").rstrip(".").split(", ")
    assert ids == [id for id in exercises.of("02") if id not in {"2.1", "2.2", "2.4", "2.6"}]
    assert "Left in 00" not in text and "Left in 01" not in text


def test_what_is_open_is_a_link_into_its_notebook(halfway):
    html = halfway._repr_html_()
    place = f'<a href="{exercises.NOTEBOOKS["02"].file}.ipynb'
    assert f'{place}#cell-id=ex-2-4">2.4</a> (2 tries)' in html
    assert (
        f'{place}#cell-id=ex-2-5">2.5</a>' in html and f'{place}">Convolution shapes</a>' in html
    )


def test_the_cells_that_it_links_to_are_there():
    for path in sources(STUDENT):
        ids = {f"ex-{id.replace('.', '-')}" for id in exercises.of(path.name[:2])}
        assert ids <= {cell.id for cell in read(path).cells}


def test_without_the_notebooks_there_is_no_link(halfway, monkeypatch, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert "<a " not in halfway._repr_html_() and "2.4 (2 tries)" in halfway._repr_html_()

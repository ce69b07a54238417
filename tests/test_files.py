"""A file is written whole or not at all; one that cannot be read is a sentence."""

import pytest

from classroom.submissions import outline
from course import files
from course.notebook_files import read
from course.paths import Complaint

NO_NOTEBOOKS = {
    "a folder": lambda path: path.mkdir(),
    "no JSON": lambda path: path.write_text("no JSON"),
    "a list": lambda path: path.write_text("[]"),
    "no text": lambda path: path.write_bytes(b"\xff"),
}


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(Complaint, match="taken cannot be written: Is a directory"):
        files.write(tmp_path / "taken", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("spoil", NO_NOTEBOOKS.values(), ids=NO_NOTEBOOKS)
def test_what_is_no_notebook_is_a_complaint(spoil, tmp_path, monkeypatch):
    path = tmp_path / "88_spoiled.ipynb"
    spoil(path)
    monkeypatch.setattr(outline, "SOLUTIONS", tmp_path)
    with pytest.raises(Complaint, match="cannot be read|no valid notebook"):
        read(path)
    with pytest.raises(Complaint, match="cannot be read|no valid notebook"):
        outline.cells("88")

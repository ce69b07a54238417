"""A file is written whole or not at all."""

import pytest

from course import files
from course.paths import Complaint


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(Complaint, match="taken cannot be written: Is a directory"):
        files.write(tmp_path / "taken", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]

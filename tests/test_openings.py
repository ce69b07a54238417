"""Each notebook from 02 on opens with three questions from before; they are no part of grading."""

import pytest

from checker import review
from course.notebook_files import YOURS, read, role, tags
from course.paths import SOLUTIONS, STUDENT, number, sources

OPENED = [path for path in sources(SOLUTIONS) if number(path) > "01"]
by_number = pytest.mark.parametrize("path", OPENED, ids=number)


def opening(path):
    return next(cell for cell in read(path).cells if cell.id == "review")


@by_number
def test_a_notebook_asks_for_what_comes_before_it(path):
    cell = opening(path)
    asked = f'from checker import review\n\nreview([..., ..., ...], before="{number(path)}")'
    assert cell.source == asked and tags(cell) == [YOURS] and role(cell) is None
    assert opening(STUDENT / path.name).source == asked


@by_number
def test_what_is_stored_is_what_a_first_run_asks(path, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks.txt"))
    asked = review([..., ..., ...], before=number(path))
    [output] = opening(path).outputs
    assert output.data["text/plain"] == repr(asked)
    assert output.data["text/html"] == asked._repr_html_()


def test_it_comes_before_the_first_exercise():
    for path in OPENED:
        cells = read(path).cells
        first = next(place for place, cell in enumerate(cells) if role(cell))
        assert [cell.id for cell in cells].index("review") < first

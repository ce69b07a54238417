"""The README's map is the course's."""

from pathlib import Path

import pytest

from exercises import NOTEBOOKS

README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_the_map_has_every_notebook_with_its_title_and_minutes(number):
    notebook = NOTEBOOKS[number]
    rows = [line for line in README.splitlines() if f"(notebooks/{notebook.file}.ipynb)" in line]
    assert len(rows) == 1
    assert rows[0].startswith(f"| [{number} {notebook.title}]") and rows[0].endswith(
        f"| {notebook.minutes} |"
    )

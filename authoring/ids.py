"""The ids of an exercise's three cells, which JupyterLab does not let an author type."""

import re

from nbformat import NotebookNode

from authoring.notebooks import TAGS, role

ASKS = re.compile(r'check\("(\d+)\.(\d+)"')


def set_ids(notebook: NotebookNode) -> None:
    """Give task, solution and check, where they follow each other, the ids of the exercise checked; in place."""
    cells = [cell for cell in notebook.cells if role(cell)]
    for trio in zip(cells, cells[1:], cells[2:]):
        asked = ASKS.search(trio[2].source)
        if [role(cell) for cell in trio] == list(TAGS) and asked:
            for cell in trio:
                cell["id"] = f"ex-{asked[1]}-{asked[2]}{TAGS[role(cell)]}"

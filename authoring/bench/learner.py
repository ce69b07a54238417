"""Functions as a learner leaves them, from the solved notebooks, without the experiments."""

from types import SimpleNamespace

from authoring.context import context
from course.notebook_files import read
from course.paths import SOLUTIONS, sources


def take(notebook: str, *names: str) -> SimpleNamespace:
    """The functions and classes `names` of a solved notebook ("02")."""
    (path,) = sources(SOLUTIONS, [notebook])
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    space: dict = {}
    exec(context(cells, "\n".join(names)), space)
    return SimpleNamespace(**{name: space[name] for name in names})

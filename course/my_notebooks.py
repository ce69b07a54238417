"""A learner's own notebooks, in my_notebooks/: `python -m course.my_notebooks`.

`make lab` does that first. What is missing there is copied from notebooks/. A notebook of which
the course has a newer version is brought up to date: your answers and your own cells move over by
their ids, and the file as it was stays in my_notebooks/earlier/. Whatever is overwritten is kept.
"""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from course.files import write
from course.notebook_files import read, role, text
from course.paths import ROOT, STUDENT, Complaint, sources

MINE = ROOT / "my_notebooks"
MADE_FROM = ".made-from"  # the versions of the course that the notebooks in my_notebooks/ began as


@dataclass
class Moved:
    """A new version with a learner's work in it: how many answers moved, and what to look at."""

    notebook: NotebookNode
    answers: int = 0
    look_at: list[str] = field(default_factory=list)


def bring_up_to_date(course: Path, work: Path) -> Iterator[str]:
    """Copy what is missing, move answers into newer versions; a sentence for each that changed."""
    for path in sources(course):
        mine, made_from = work / path.name, work / MADE_FROM / path.name
        if not mine.exists():
            _put(path, mine, made_from)
        elif not made_from.exists() or made_from.read_bytes() != path.read_bytes():
            yield _renew(path, mine, made_from)


def _put(path: Path, mine: Path, made_from: Path) -> None:
    for target in (mine, made_from):
        write(target, path.read_text(encoding="utf-8"))


def _renew(path: Path, mine: Path, made_from: Path) -> str:
    kept = _keep(mine)
    try:
        theirs = read(mine)
        began_as = read(made_from if made_from.exists() else path)
    except Complaint:
        _put(path, mine, made_from)
        return f"{path.name}: yours cannot be read, so it is now {kept}, and a fresh one is here."
    moved = move(theirs, began_as, read(path))
    write(mine, text(moved.notebook))
    write(made_from, path.read_text(encoding="utf-8"))
    return _said(path.name, moved, kept)


def _keep(mine: Path) -> str:
    """A copy of the file as it is, under a name of its own."""
    folder = mine.parent / "earlier"
    folder.mkdir(parents=True, exist_ok=True)
    count = sum(1 for _ in folder.glob(f"{mine.stem}-*{mine.suffix}")) + 1
    shutil.copy2(mine, folder / f"{mine.stem}-{count}{mine.suffix}")
    return f"{mine.parent.name}/earlier/{mine.stem}-{count}{mine.suffix}"


def _said(name: str, moved: Moved, kept: str) -> str:
    answers = f"{moved.answers} answer{'s' * (moved.answers != 1)} moved"
    look = f" Please look at: {'; '.join(moved.look_at)}." if moved.look_at else ""
    return f"{name}: a new version, {answers}. It was {kept}.{look}"


def move(theirs: NotebookNode, began_as: NotebookNode, new: NotebookNode) -> Moved:
    """Put the answers and own cells of `theirs` into `new`; it `began_as` another version."""
    moved = Moved(new)
    before = {key(cell): cell.source for cell in began_as.cells}
    changed = [cell for cell in theirs.cells if before.get(key(cell)) != cell.source]
    places = {key(cell): cell for cell in new.cells}
    for cell in changed:
        if key(cell) not in before or key(cell) not in places:
            _insert(cell, theirs, moved)
        elif role(cell) == "solution":
            _answer(cell, before, places, moved)
        elif places[key(cell)].source != cell.source:
            moved.look_at.append(f"your change of the cell {key(cell)} stayed behind")
    return moved


def key(cell: NotebookNode) -> str:
    """What a cell is known by: its id, or nbgrader's where a tool gave the cell another one."""
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id


def _answer(cell, before, places, moved) -> None:
    place = places[key(cell)]
    if place.source != before[key(cell)]:
        moved.look_at.append(f"{key(cell)}, whose task changed")
    place.source = cell.source
    moved.answers += 1


def _insert(cell, theirs, moved) -> None:
    """A cell that the new version lacks: behind the one that it stood behind, else at the end."""
    at = theirs.cells.index(cell)
    known = {key(one): place for place, one in enumerate(moved.notebook.cells)}
    ahead = [known[key(one)] for one in theirs.cells[:at] if key(one) in known]
    if any(one.id == cell.id for one in moved.notebook.cells):
        cell.id = f"{cell.id}-mine"
    moved.notebook.cells.insert(ahead[-1] + 1 if ahead else len(moved.notebook.cells), cell)
    if role(cell):
        moved.look_at.append(f"{key(cell)}, which the course no longer has")


def main() -> int:
    try:
        for sentence in bring_up_to_date(STUDENT, MINE):
            print(sentence)
    except (Complaint, OSError) as error:
        print(f"Your notebooks in {MINE.name}/ could not be brought up to date: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A learner's own notebooks, in my_notebooks/: `python -m course.my_notebooks`.

`make lab` does that first. What is missing there is copied from notebooks/. A notebook of which
the course has a newer version is brought up to date: your answers and your own cells move over by
their ids, and the file as it was stays in my_notebooks/earlier/. Whatever is overwritten is kept.
Where git left the marks of a conflict, your side of it is taken.

With --mend 02 the cells of the course in notebook 02 are put back as they should be, your answers
and your own cells stay; with --fresh 02 the notebook is as on the first day.
"""

import itertools
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from course import command_line, conflicts
from course.files import write
from course.notebook_files import YOURS, read, role, tags, text
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
    """Copy what is missing, move answers into newer versions; a sentence for each that was
    touched.
    """
    for path, mine, made_from in _files(course, work):
        untouched = not mine.exists() or _are_same(mine, made_from)
        if untouched and not _are_same(mine, path):
            _put(path, mine, made_from)
        elif not untouched and not (_are_same(made_from, path) and _is_readable(mine)):
            yield _renew(path, mine, made_from)


def _are_same(one: Path, other: Path) -> bool:
    return other.exists() and one.exists() and one.read_bytes() == other.read_bytes()


def _is_readable(path: Path) -> bool:
    try:
        return bool(read(path))
    except Complaint:
        return False


def mend(course: Path, work: Path, numbers: list[str]) -> Iterator[str]:
    """Put back the cells of the course around a learner's answers; a sentence for each."""
    for path, mine, made_from in _files(course, work, numbers):
        if mine.exists():
            yield _renew(path, mine, made_from, mended=True)
        else:
            yield _put_in_place(path, mine, made_from)


def fresh(course: Path, work: Path, numbers: list[str]) -> Iterator[str]:
    """Begin notebooks anew, and keep the old ones; a sentence for each."""
    for path, mine, made_from in _files(course, work, numbers):
        kept = f" The one before is {_keep(mine)}." if mine.exists() else ""
        yield _put_in_place(path, mine, made_from) + kept


def _files(course, work, numbers=None) -> Iterator[tuple[Path, Path, Path]]:
    for path in sources(course, numbers):
        yield path, work / path.name, work / MADE_FROM / path.name


def _put_in_place(path: Path, mine: Path, made_from: Path) -> str:
    _put(path, mine, made_from)
    return f"{path.name}: a fresh one is here."


def _put(path: Path, mine: Path, made_from: Path) -> None:
    for target in (mine, made_from):
        write(target, path.read_text(encoding="utf-8"))


def _renew(path: Path, mine: Path, made_from: Path, mended: bool = False) -> str:
    """A learner's work in the course's version of a notebook; a sentence about it."""
    kept, is_torn = _keep(mine), not _is_readable(mine)
    try:
        theirs = read(mine, conflicts.without)
        began_as = read(made_from, conflicts.without) if made_from.exists() else None
    except Complaint:
        _put(path, mine, made_from)
        return f"{path.name}: yours cannot be read, so it is now {kept}, and a fresh one is here."
    moved = move(theirs, began_as, read(path), mended)
    write(mine, text(moved.notebook))
    write(made_from, path.read_text(encoding="utf-8"))
    what = "your side of a git conflict" if is_torn else "mended" if mended else "a new version"
    return _said(path.name, what, moved, kept)


def _keep(mine: Path) -> str:
    """A copy of the file as it is, under a name of its own."""
    folder = mine.parent / "earlier"
    folder.mkdir(parents=True, exist_ok=True)
    names = (f"{mine.stem}-{count}{mine.suffix}" for count in itertools.count(1))
    name = next(name for name in names if not (folder / name).exists())
    shutil.copy2(mine, folder / name)
    return f"{mine.parent.name}/earlier/{name}"


def _said(name: str, what: str, moved: Moved, kept: str) -> str:
    answers = f"{moved.answers} answer{'s' * (moved.answers != 1)} moved"
    look = f" Please look at: {'; '.join(moved.look_at)}." if moved.look_at else ""
    return f"{name}: {what}, {answers}. The one before is {kept}.{look}"


def move(
    theirs: NotebookNode, began_as: NotebookNode | None, new: NotebookNode, mended: bool = False
) -> Moved:
    """Put the answers and own cells of `theirs` into `new`; it `began_as` another version.

    A cell of the course that only the learner changed stays as it is now, unless it is to be
    mended or nobody knows what it began as.
    """
    moved = Moved(new)
    mended = mended or began_as is None
    _set_copies_apart(theirs)
    before = {key(cell): cell.source for cell in (began_as or new).cells}
    changed = [cell for cell in theirs.cells if before.get(key(cell)) != cell.source]
    places = {key(cell): cell for cell in new.cells}
    for cell in changed:
        place = places.get(key(cell))
        if key(cell) not in before or place is None:
            _insert(cell, theirs, moved)
        elif role(cell) == "solution" or YOURS in tags(cell):
            _answer(cell, before, place, moved)
        elif place.source == before[key(cell)] and role(cell) != "check" and not mended:
            place.source = cell.source
        elif place.source != cell.source:
            moved.look_at.append(f"your change of the cell {key(cell)} stayed behind")
    return moved


def key(cell: NotebookNode) -> str:
    """What a cell is known by: its id, or nbgrader's where a tool gave the cell another one."""
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id


def _set_copies_apart(notebook: NotebookNode) -> None:
    """A copy of a cell is a cell of one's own, though it brings nbgrader's id along; in place."""
    known = {}
    for cell in notebook.cells:
        known.setdefault(key(cell), []).append(cell)
    for same in known.values():
        first = next((cell for cell in same if cell.id == key(cell)), same[0])
        for cell in same:
            if cell is not first:
                cell.metadata = NotebookNode()


def _answer(cell, before, place, moved) -> None:
    if place.source != before[key(cell)]:
        moved.look_at.append(f"{key(cell)}, whose task changed")
    place.source = cell.source
    moved.answers += role(cell) == "solution"


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


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("course.my_notebooks", __doc__)
    one = parser.add_mutually_exclusive_group()
    how = {"nargs": "+", "type": command_line.notebook, "metavar": "NN", "default": []}
    one.add_argument("--mend", help="put the cells of the course back, keep your answers", **how)
    one.add_argument("--fresh", help="begin notebooks anew; the old ones are kept", **how)
    asked = parser.parse_args(arguments)
    try:
        for sentence in _asked(asked.mend, asked.fresh):
            print(sentence)
    except (Complaint, OSError) as error:
        print(f"Your notebooks in {MINE.name}/ could not be brought up to date: {error}")
        return 1
    return 0


def _asked(mended: list[str], begun: list[str]) -> Iterator[str]:
    if not mended + begun:
        return bring_up_to_date(STUDENT, MINE)
    done = mend(STUDENT, MINE, mended) if mended else fresh(STUDENT, MINE, begun)
    return itertools.chain(done, [OPEN])


OPEN = "Where it is open in JupyterLab: File, Reload Notebook from Disk."


if __name__ == "__main__":
    sys.exit(main())

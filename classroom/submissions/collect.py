"""From a folder to submissions: who handed in what, what is handed in twice, what is no submission
at all.

The student is the first folder below the one given (`anna/02_convolution_shapes.ipynb`, nbgrader's
`submitted/anna/shapes/...`); for a file that lies there directly, its name without the notebook's
(`anna_02_convolution_shapes.ipynb`, `02_convolution_shapes-anna.ipynb`). people.py knows what
platforms add, and roster.py has the list that decides.

Of several files of one student for one notebook, one that can be read goes before one that cannot,
one that was worked on before an untouched one, a newer before an older.
"""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from classroom.records.spliced import Spliced
from classroom.students import own_numbers, people
from classroom.students.roster import Roster
from classroom.submissions.notebook_cells import LARGEST
from course.paths import ROOT, SOLUTIONS, Complaint
from exercises import NOTEBOOKS
from exercises.own_numbers import NUMBER

SKIPPED = {"__pycache__", "__MACOSX", "Thumbs.db", "desktop.ini"}
ENDS = (".ipynb", ".ipynb.json", ".ipynb.txt")
COURSE = {"notebooks", "exercises", "checker"}  # stand beside solutions/ in a clone
READING = 90  # seconds
NAMED = 3  # files that a remark names
MOST = 60  # files of one student that are read: four times as many as there are notebooks


@dataclass(frozen=True)
class Submission:
    """One file of one student; `number` says of which notebook, "" where nobody can tell. `home`
    is the student's folder, if there is one; `place` is the path below the folder of all students.
    """

    student: str
    path: Path
    number: str = ""
    trouble: str = ""
    spliced: Spliced = field(default=Spliced(), repr=False)
    remarks: tuple[str, ...] = ()
    home: Path | None = None
    place: str = ""

    @property
    def taken(self) -> Spliced:
        """What is graded of it, also where only its name says of which notebook it is."""
        return replace(self.spliced, number=self.number, trouble=self.trouble)

    def digest(self) -> str:
        """Of the content; of a file that is too large, or that cannot be read, none."""
        try:
            if self.path.stat().st_size > LARGEST:
                return "large"
            with open(self.path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()[:16]
        except OSError:
            return "unreadable"


def refuse(folder: Path) -> None:
    """Raises Complaint where there is no folder."""
    if not folder.exists():
        raise Complaint(f"There is no folder {folder}.")
    if not folder.is_dir():
        todo = "Unpack it, and give" if _is_zip(folder) else "Give"
        raise Complaint(f"{folder} is a file. {todo} the folder with what was handed in.")


def find(folder: Path, roster: Roster | None = None) -> tuple[list[Submission], list[Path]]:
    """The notebooks of a folder with their students, and all other files."""
    paths = sorted(_files(folder))
    top = _top(folder, paths)
    notebooks = [path for path in paths if is_submission(path, top)]
    guessed = {path: people.guess(path.relative_to(top)) for path in notebooks}
    known = people.labels(list(guessed.values()))
    names = {path: _label(guessed[path], known, roster) for path in notebooks}
    found = [_found(names[path], path, top) for path in notebooks]
    theirs = [one for one in found if not not_theirs(one, found)]
    return theirs, [path for path in paths if path not in guessed]


def _label(who: people.Who, known: dict[people.Who, str], roster) -> str:
    return (roster and roster.find(who)) or known[who]


def _found(student: str, path: Path, top: Path) -> Submission:
    place = people.readable(str(path.relative_to(top)))
    return Submission(student, path, home=_home(path, top), place=place)


def _home(path: Path, top: Path) -> Path | None:
    first, *rest = path.relative_to(top).parts
    return top / first if rest else None


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder but those that programs leave; a folder that cannot be read is one
    of them.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = list(os.scandir(here))
        except OSError:
            yield here
            continue
        for entry in entries:
            if entry.name in SKIPPED or entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            else:
                yield Path(entry.path)


def _top(folder: Path, paths: list[Path]) -> Path:
    """Where the students are: below a single folder that holds one notebook of several of them, as
    a zip of all makes one.
    """
    below = [path.relative_to(folder).parts for path in paths if _is_notebook(path)]
    inner = [Path(*parts[1:]) for parts in below if len(parts) > 1]
    if len(inner) < len(below) or len({parts[0] for parts in below}) != 1:
        return folder
    return folder / below[0][0] if _are_of_several(inner) else folder


def _are_of_several(paths: list[Path]) -> bool:
    """A file that lies there under its bare name is of the student whose folder it is."""
    if any(path.name == str(path) and people.is_bare(path.name) for path in paths):
        return False
    names = [people.NAMED.search(path.name) for path in paths]
    files = [found[0].casefold() for found in names if found]
    several = len(set(map(people.guess, paths))) > 1
    return several and len(set(files)) < len(files)


def is_submission(path: Path, top: Path) -> bool:
    return _is_notebook(path) and not is_of_the_course(path, top)


def _is_notebook(path: Path) -> bool:
    """Whether a file is one by its name; a link, a pipe or a device is none."""
    try:
        return path.name.lower().endswith(ENDS) and stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_of_the_course(path: Path, top: Path) -> bool:
    """Whether a file lies in `solutions/` of a clone of the course, which holds our answers."""
    below = [folder for folder in path.parents if folder.is_relative_to(top) and folder != top]
    return any(
        folder.name == SOLUTIONS.name and any((folder.parent / one).is_dir() for one in COURSE)
        for folder in below
    )


def why_not(path: Path, top: Path) -> str:
    """Why a file is no submission."""
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if stat.S_ISLNK(mode):
        return "a link, which is not followed"
    if stat.S_ISDIR(mode):
        return "a folder that cannot be read"
    if not stat.S_ISREG(mode):
        return "no file but a pipe, a socket or a device"
    if is_of_the_course(path, top):
        return "the course's own solutions, which are no submission"
    if _is_zip(path):
        return "a zip: unpack it, then grade again"
    return "no notebook by its name" if not _is_notebook(path) else "of no notebook of this course"


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip"


def not_theirs(one: Submission, found: list[Submission]) -> bool:
    """Own numbers may be handed out all together: the one with the student's name counts."""
    named = own_numbers.file_name(one.student)
    here = people.readable(one.path.name)
    if not here.startswith(own_numbers.FILE) or here == named:
        return False
    return any(
        other.student == one.student and people.readable(other.path.name) == named
        for other in found
    )


def read(submission: Submission, outline: Path) -> Submission:
    """With what is graded of it, taken out by a process of its own."""
    command = [sys.executable, "-m", "classroom.submissions.splice"]
    paths = [str(submission.path.absolute()), str(outline)]
    try:
        done = subprocess.run([*command, *paths], capture_output=True, timeout=READING, cwd=ROOT)
        spliced = Spliced.of(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError):
        spliced = Spliced(trouble="cannot be read in the time and memory that a file may take")
    return replace(submission, number=spliced.number, trouble=spliced.trouble, spliced=spliced)


def few(found: list[Submission]) -> tuple[list[Submission], list[Submission]]:
    """The newest files of every student, up to `MOST`; and all others, which are not read."""
    by_student = defaultdict(list)
    for one in sorted(found, key=lambda one: -_time(one.path)):
        by_student[one.student].append(one.path)
    kept = {path for paths in by_student.values() for path in paths[:MOST]}
    why = f"is not among the {MOST} newest files of this student, and was not read"
    many = [replace(one, trouble=why) for one in found if one.path not in kept]
    return [one for one in found if one.path in kept], many


def placed(submissions: list[Submission]) -> list[Submission]:
    """What cannot be read counts for the notebook its name says, else the only one handed in."""
    known = {one.number for one in submissions if one.number}
    return [
        one if one.number else replace(one, number=_guess(one.path, known)) for one in submissions
    ]


def _guess(path: Path, known: set[str]) -> str:
    found = people.NAMED.search(path.name)
    files = {notebook.file: number for number, notebook in NOTEBOOKS.items()}
    files[own_numbers.FILE] = NUMBER
    if found:
        return files[re.sub("[ _]+", "_", found[0].casefold())]
    named = [one for one in re.findall(r"(?<!\d)\d\d(?!\d)", path.stem) if one in NOTEBOOKS]
    return named[0] if named else min(known) if len(known) == 1 else ""


def newest(submissions: list[Submission]) -> list[Submission]:
    """One a student and notebook; what else they handed in is named in its remarks."""
    groups = defaultdict(list)
    for one in submissions:
        groups[one.student, one.number].append(one)
    return [_newest(group) for _, group in sorted(groups.items())]


def _newest(group: list[Submission]) -> Submission:
    *others, best = sorted(group, key=_worth)
    why = [f"handed in more than once: {one.path.name} {_lack(one)}, not graded" for one in others]
    ours = ["is the course's own solved notebook"] if _is_ours(best) else []
    return replace(best, remarks=(*why, *ours, *best.spliced.remarks))


def _worth(one: Submission) -> tuple:
    return not one.trouble, one.spliced.is_worked_on, _time(one.path), one.path.name


def _lack(one: Submission) -> str:
    if one.trouble:
        return one.trouble
    return "is older" if one.spliced.is_worked_on or not one.spliced.number else "is untouched"


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def changed(path: Path) -> str:
    """When a file was last changed, in UTC; "" where it does not tell."""
    seconds = _time(path) // 10**9
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else ""
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return ""


def _is_ours(one: Submission) -> bool:
    """Whether a file is a solved notebook of the course, byte by byte."""
    if one.number not in NOTEBOOKS:
        return False
    ours = SOLUTIONS / f"{NOTEBOOKS[one.number].file}.ipynb"
    return ours.exists() and Submission("", ours).digest() == one.digest()


def beside(student: str, strays: list[Path], found: list[Submission]) -> list[str]:
    """Remarks that name what else lies in the folders of a student."""
    homes = {one.home for one in found if one.student == student and one.home}
    theirs = [path for path in strays if not homes.isdisjoint(path.parents)]
    solved = [path for path in theirs if _is_in_a_clone(path, homes)]
    names = [people.readable(path.name) for path in theirs if path not in solved]
    said = []
    if solved:
        said.append("holds the course's own solutions/, which are not graded")
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        said.append(f"not graded: {', '.join(names[:NAMED])}{more}")
    return said


def _is_in_a_clone(path: Path, homes: set[Path]) -> bool:
    return any(is_of_the_course(path, home) for home in homes.intersection(path.parents))

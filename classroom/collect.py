"""From a folder to submissions: who handed in what, what is handed in twice, what is no submission
at all.

The student is the first folder below the one given (`anna/02_convolution_shapes.ipynb`, nbgrader's
`submitted/anna/shapes/...`); for a file that lies there directly, its name without the notebook's
(`anna_02_convolution_shapes.ipynb`, `02_convolution_shapes-anna.ipynb`). Of two files of one
student for one notebook the newest counts, by the time of the file, then by name.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from classroom import own_numbers
from classroom.records import Spliced
from course.paths import ROOT
from exercises import NOTEBOOKS
from exercises.own_numbers import NUMBER

SKIPPED = {".ipynb_checkpoints", "__pycache__", ".DS_Store", "__MACOSX"}
READING = 90  # seconds


@dataclass(frozen=True)
class Submission:
    """One file of one student; `number` says of which notebook, "" where nobody can tell."""

    student: str
    path: Path
    number: str = ""
    trouble: str = ""
    spliced: Spliced = field(default=Spliced(), repr=False)
    remarks: tuple[str, ...] = ()

    def digest(self) -> str:
        with open(self.path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def find(folder: Path) -> tuple[list[Submission], list[Path]]:
    """The notebooks of a folder with their students, and all other files."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    paths = [path for path in paths if not SKIPPED & set(path.relative_to(folder).parts)]
    notebooks = [path for path in paths if path.suffix == ".ipynb" and not path.is_symlink()]
    found = [Submission(student(path, folder), path) for path in notebooks]
    theirs = [one for one in found if not not_theirs(one, found)]
    return theirs, [path for path in paths if path not in notebooks]


def not_theirs(one: Submission, found: list[Submission]) -> bool:
    """Own numbers may be handed out all together: the one with the student's name counts."""
    named = own_numbers.file_name(one.student)
    if not one.path.name.startswith(own_numbers.FILE) or one.path.name == named:
        return False
    return any(other.student == one.student and other.path.name == named for other in found)


def student(path: Path, folder: Path) -> str:
    first = path.relative_to(folder).parts[0]
    if first != path.name:
        return first
    name = path.stem
    for file in (own_numbers.FILE, *(notebook.file for notebook in NOTEBOOKS.values())):
        name = name.replace(file, "")
    return re.sub(r"^[\W_]+|[\W_]+$", "", name) or path.stem


def read(submission: Submission, outline: Path) -> Submission:
    """With what is graded of it, taken out by a process of its own."""
    command = [sys.executable, "-m", "classroom.splice"]
    paths = [str(submission.path.resolve()), str(outline)]
    try:
        done = subprocess.run([*command, *paths], capture_output=True, timeout=READING, cwd=ROOT)
        spliced = Spliced.of(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError):
        spliced = Spliced(trouble="cannot be read")
    return replace(submission, number=spliced.number, trouble=spliced.trouble, spliced=spliced)


def placed(submissions: list[Submission]) -> list[Submission]:
    """What cannot be read counts for the notebook its name says, else the only one handed in."""
    known = {one.number for one in submissions if one.number}
    return [
        one if one.number else replace(one, number=_guess(one.path, known)) for one in submissions
    ]


def _guess(path, known) -> str:
    named = [NUMBER] if own_numbers.FILE in path.name else []
    named += [number for number, notebook in NOTEBOOKS.items() if notebook.file in path.name]
    named += re.findall(r"(?<!\d)(\d\d)(?!\d)", path.stem)
    return next(
        (number for number in named if number in {*NOTEBOOKS, NUMBER}),
        min(known) if len(known) == 1 else "",
    )


def newest(submissions: list[Submission]) -> list[Submission]:
    """One a student and notebook; what else they handed in is named in its remarks."""
    groups = defaultdict(list)
    for one in submissions:
        groups[one.student, one.number].append(one)
    return [_newest(group) for _, group in sorted(groups.items())]


def _newest(group) -> Submission:
    *older, last = sorted(group, key=lambda one: (one.path.stat().st_mtime_ns, one.path.name))
    twice = [f"handed in more than once: {one.path.name} is older, not graded" for one in older]
    return replace(last, remarks=tuple(twice))


def beside(student: str, strays: list[Path], folder: Path) -> list[str]:
    """A remark that names what else lies in a student's folder."""
    names = [path.name for path in strays if path.relative_to(folder).parts[0] == student]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return [f"not graded: {', '.join(names[:3])}{more}"] if names else []

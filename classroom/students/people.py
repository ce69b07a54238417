"""Who is who: the student that a folder or a file name stands for. roster.py has the list that
decides.

Moodle, Canvas, Blackboard and a browser that saves a file twice each add something to the name.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from classroom.students import own_numbers
from exercises import NOTEBOOKS

MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_\w+")
CANVAS = re.compile(
    r"(?P<name>[^\W\d_][^_]*)(?:_LATE)?_(?P<id>\d+)_\d+_(?P<file>.*)", re.IGNORECASE
)
BLACKBOARD = re.compile(r"(?:.*_)?(?P<name>[^_]+)_attempt_[\d-]+_(?P<file>.*)")
# What a browser, JupyterLab or Windows adds to a file that is there already.
COPY = re.compile(
    r"(?:[ _-]*(?:copy|kopie|copie|copia)[ _-]*\d*|\s*\(\d+\)|[ _-]late)$", re.IGNORECASE
)
FILES = [own_numbers.FILE, *(notebook.file for notebook in NOTEBOOKS.values())]
NAMED = re.compile(
    "|".join(re.escape(file).replace("_", "[ _]+") for file in FILES), re.IGNORECASE
)
EDGE = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True)
class Who:
    """A name, and the number that a learning platform gives its bearer."""

    name: str
    number: str = ""


def readable(text: str) -> str:
    """A name as text, composed: one that no UTF-8 holds is taken for Windows'."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return unicodedata.normalize("NFC", text)


def guess(path: Path) -> Who:
    """Who handed in a file, by its path below the folder of all submissions."""
    first, *rest = map(readable, path.parts)
    if not rest:
        return of_file(first)
    found = MOODLE.fullmatch(first)
    return Who(found["name"], found["id"]) if found else Who(first)


def of_file(name: str) -> Who:
    stem = stem_of(name)
    if found := CANVAS.fullmatch(stem):
        return Who(found["name"], found["id"])
    if found := BLACKBOARD.fullmatch(stem):
        return Who(found["name"])
    before, after = _around(stem)
    return Who(before or after or stem)


def is_bare(name: str) -> bool:
    """Whether a file name says of no student."""
    return of_file(name).name == _once(stem_of(name))


def stem_of(name: str) -> str:
    """`02_shapes` of `02_shapes.ipynb`, of `02_shapes.IPYNB` and of `02_shapes.ipynb.json`."""
    return re.sub(r"\.ipynb(\.json|\.txt)?$", "", name, flags=re.IGNORECASE)


def _around(stem: str) -> tuple[str, str]:
    """What stands before and after the name of the notebook, without signs of a copy."""
    found = NAMED.search(stem)
    before, after = (stem[: found.start()], stem[found.end() :]) if found else (stem, "")
    after = "" if re.fullmatch(r"[\W_]*\d{1,2}", after) else after
    return EDGE.sub("", _once(before)), EDGE.sub("", _once(after))


def _once(text: str) -> str:
    while (shorter := COPY.sub("", text)) != text:
        text = shorter
    return text


def labels(everybody: list[Who]) -> dict[Who, str]:
    """What each is called: the name, and the number too where two bear the same one."""
    numbers = defaultdict(set)
    for who in everybody:
        numbers[who.name].add(who.number)
    return {
        who: who.name if len(numbers[who.name]) == 1 else f"{who.name} {who.number}".strip()
        for who in everybody
    }
